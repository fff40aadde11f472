using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Tool.Commands;
using Lr2vq.Tool.Output;

namespace Lr2vq.Tool;

/// <summary>The commands, and what is the same for all of them: help, usage errors, diagnostics, exit codes.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command line. Throws nothing but what the streams throw.</summary>
    public static int Run(string[] args, ToolContext context) => Guard(context, () =>
    {
        // As other tools take it, dotnet among them.
        if (args is ["help", ..]) args = [.. args[1..], "--help"];
        ParseResult parsed = Parse(args, context);
        if (parsed.Action is ParseErrorAction || (parsed.Action is HelpAction && IsGroup(parsed) && parsed.UnmatchedTokens.Count > 0))
        {
            foreach (string problem in Problems(parsed)) context.Error.WriteLine("lr2vq : error : " + problem);
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
    });

    /// <summary>Does something; what goes wrong is said and becomes an exit code.</summary>
    public static int Guard(ToolContext context, Func<int> work)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine("lr2vq : cancelled");
            return ExitCode.Cancelled;
        }
        catch (DiagnosticException problem)
        {
            DiagnosticPrinter.Print(context, problem.Diagnostics);
            return DiagnosticPrinter.Code(problem.Diagnostics);
        }
        catch (InvalidArtifactException problem)
        {
            DiagnosticPrinter.Print(context, [problem.Diagnostic]);
            return ExitCode.Errors;
        }
        catch (Exception problem) when (problem is not OutputClosedException)
        {
            DiagnosticPrinter.Print(context, [DiagnosticPrinter.Internal(problem)]);
            return ExitCode.Errors;
        }
    }

    public static RootCommand Create(ToolContext context)
    {
        RootCommand root = new("Compresses ONNX networks to .lr2vq artifacts, shows what is in them, runs them and exports them.")
        {
            CompressCommand.Create(context),
            PlanCommand.Create(context),
            EstimateCommand.Create(context),
            InspectCommand.Create(context),
            RunCommand.Create(context),
            CompareCommand.Create(context),
            ReportCommand.Create(context),
            ExportCommand.Create(context),
            TrainCommand.Create(context),
            CacheCommand.Create(context),
            InstallTrainingCommand.Create(context),
            BuildCommand.Create(context),
            CompletionCommand.Create(context),
            DocsCommand.Create(context),
        };
        foreach (HelpOption help in root.Options.OfType<HelpOption>()) help.Action = new HelpAction { MaxWidth = context.Width };
        return root;
    }

    /// <summary>A command that only groups others says what there is when it stands alone.</summary>
    private static ParseResult Parse(string[] args, ToolContext context)
    {
        RootCommand root = Create(context);
        ParserConfiguration configuration = new() { ResponseFileTokenReplacer = null };
        ParseResult parsed = root.Parse(args, configuration);
        return IsGroup(parsed) && parsed.Action is ParseErrorAction && parsed.UnmatchedTokens.Count == 0 ? root.Parse([.. args, "--help"], configuration) : parsed;
    }

    private static bool IsGroup(ParseResult parsed) => parsed.CommandResult.Command.Subcommands.Any(c => !c.Hidden);

    private static IEnumerable<string> Problems(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string name = ("lr2vq " + Path(parsed.CommandResult)).TrimEnd();
        string[] options = [.. Lineage(parsed.CommandResult).SelectMany(c => c.Options).Where(o => !o.Hidden).Select(o => o.Name)];
        string[] commands = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
        // The parser takes an option that it does not know for an argument, if one is still missing.
        string[] taken = [.. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value).Where(t => t.StartsWith("--", StringComparison.Ordinal))];
        int room = taken.Length;
        bool isValue = false;
        foreach (string token in parsed.UnmatchedTokens.Count > 0 ? taken.Concat(parsed.UnmatchedTokens) : [])
        {
            bool isOption = token.StartsWith('-');
            if (isOption) yield return $"'{token}' is not an option of '{name}'{Spelling.Hint(token, options)}";
            else if (commands.Length > 0)
            {
                yield return $"'{token}' is not a command of '{name}'{Spelling.Hint(token, commands)}; commands: {string.Join(", ", commands)}";
                // What follows is the command's.
                break;
            }
            // A word behind an option that is not known is its value.
            else if (!isValue && room-- <= 0) yield return $"'{token}' is one argument too many for '{name}'";
            isValue = isOption;
        }
        // A word that is not known makes others wrong: the value after an unknown option, a command that was not given.
        if (parsed.UnmatchedTokens.Count > 0) yield break;
        foreach (ParseError problem in parsed.Errors)
            yield return problem.SymbolResult is ArgumentResult { Tokens.Count: 0 } missing ? $"'{name}' wants {missing.Argument.Name}" : problem.Message.TrimEnd('.');
    }

    private static IEnumerable<Command> Lineage(CommandResult? command)
    {
        for (; command is not null; command = command.Parent as CommandResult) yield return command.Command;
    }

    private static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? Path(parent) + command.Command.Name + " " : "";
}
