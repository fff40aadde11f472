using System;
using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Tool.Commands;
using Lr2vq.Tool.Output;

namespace Lr2vq.Tool;

/// <summary>The commands, and what is the same for all of them: usage errors, diagnostics, exit codes.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command line. Throws nothing but what the streams throw.</summary>
    public static int Run(string[] args, ToolContext context)
    {
        try
        {
            ParseResult parsed = Create(context).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Action is ParseErrorAction)
            {
                foreach (ParseError problem in parsed.Errors) context.Error.WriteLine("lr2vq : error : " + problem.Message);
                context.Error.WriteLine($"Try 'lr2vq {Path(parsed.CommandResult)}--help'.");
                return ExitCode.Usage;
            }
            return parsed.Invoke(new InvocationConfiguration
            {
                Output = context.Output,
                Error = context.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine("lr2vq : cancelled");
            return ExitCode.Cancelled;
        }
        catch (DiagnosticException problem)
        {
            DiagnosticPrinter.Print(context, problem.Diagnostics);
            return ExitCode.Errors;
        }
        catch (InvalidArtifactException problem)
        {
            DiagnosticPrinter.Print(context, [problem.Diagnostic]);
            return ExitCode.Errors;
        }
        catch (Exception problem) when (problem is not IOException)
        {
            DiagnosticPrinter.Print(context, [DiagnosticPrinter.Internal(problem)]);
            return ExitCode.Errors;
        }
    }

    public static RootCommand Create(ToolContext context) =>
        new("Compresses ONNX networks to .lr2vq artifacts, shows what is in them, runs them and exports them.")
        {
            CompressCommand.Create(context),
            PlanCommand.Create(context),
            InspectCommand.Create(context),
            RunCommand.Create(context),
            ExportCommand.Create(context),
            CacheCommand.Create(context),
            BuildCommand.Create(context),
            CompletionCommand.Create(context),
            DocsCommand.Create(context),
        };

    private static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? Path(parent) + command.Command.Name + " " : "";
}
