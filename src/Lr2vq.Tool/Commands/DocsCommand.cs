using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq docs FOLDER</c>: writes the pages of the documentation that follow from the code.</summary>
internal static class DocsCommand
{
    public static Command Create(ToolContext context)
    {
        Argument<string> folder = new("FOLDER") { Description = "Folder of the documentation." };
        Command command = new("docs", "Writes the generated pages of the documentation.") { folder };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            foreach ((string name, string text) in Pages(CommandLine.Create(context)))
            {
                string path = Path.Combine(parsed.GetValue(folder)!, name);
                OutputFiles.WriteTextIfDifferent(path, text);
                context.Output.WriteLine(path);
            }
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>File name and text of each page.</summary>
    public static IEnumerable<(string Name, string Text)> Pages(Command root)
    {
        yield return ("diagnostics.md", Diagnostics());
        yield return ("options.md", Options());
        yield return ("command-line.md", Commands(root));
    }

    private const string Origin = "<!-- Written by `lr2vq docs docs`; a test compares. -->\n\n";

    private static string Diagnostics()
    {
        StringBuilder page = new("# Diagnostics\n\n" + Origin);
        page.Append("`LR2VQ1xxx` reading ONNX, `2xxx` graph, `3xxx` options, `4xxx` compression, `5xxx` artifact, `6xxx` build integration and cache, `9xxx` internal.\n")
            .Append("In the texts, `{0}`, `{1}`, … stand for names, numbers and files.\n");
        foreach (DiagnosticDefinition definition in Definitions())
        {
            page.Append($"\n## {definition.Id}\n\n{definition.Severity}: {Text(definition.Message)}.");
            if (definition.Remedy.Length > 0) page.Append($"\n\n{Text(definition.Remedy)}.");
            page.Append('\n');
        }
        return page.ToString();
    }

    /// <summary>All diagnostics by number.</summary>
    public static IEnumerable<DiagnosticDefinition> Definitions() =>
        typeof(DiagnosticCatalogue).GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(f => f.FieldType == typeof(DiagnosticDefinition)).Select(f => (DiagnosticDefinition)f.GetValue(null)!).OrderBy(d => d.Id, StringComparer.Ordinal);

    private static string Text(string format) => format.Replace("{{", "{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal);

    private static string Options()
    {
        StringBuilder page = new("# Options\n\n" + Origin);
        page.Append("Metadata of `<Lr2vqModel>`; with the prefix `Lr2vq` a property of the project that is the default of all its models (but for the names of one model); ")
            .Append("in kebab case an option of `lr2vq`.\n")
            .Append("What this version does not know is refused with a diagnostic, never ignored, and a setting that no tensor uses is a warning (LR2VQ3016).\n\n");
        Append(page, OptionTable.All);
        page.Append("\n## Relative error\n\n").Append(RelativeError).Append('\n');
        return page.ToString();
    }

    /// <summary>The one definition.</summary>
    private const string RelativeError = """
        The relative error of a tensor is Σ(w − ŵ)² / Σw²: the squared distance between its weights w and the decoded weights ŵ, as a share of the squared
        weights. 0 is exact; 0.001 (the aim of Balanced) is a distance of 3 % of the weights' length. The relative error of a network is the same quotient
        over all its weights together; biases, constants and integers are not counted. Balanced bounds it for each input channel, too: at most 0.01, since small
        weights may have large inputs. The build's line, `lr2vq compress`, `lr2vq inspect`, their JSON
        (`relativeError`), `MaxError` and the diagnostics all mean this number. `lr2vq compare` computes it of outputs: Σ(a − b)² / Σa².
        What builds say of outputs ("output changed by 0.8 %") is its square root, ‖a − b‖ / ‖a‖, the mean over generated inputs.
        """;

    private static void Append(StringBuilder page, IEnumerable<OptionDefinition> options)
    {
        page.Append("| metadata | property | command line | default | values | meaning |\n|---|---|---|---|---|---|\n");
        foreach (OptionDefinition option in options)
        {
            string property = option.HasProperty ? $"`{option.PropertyName}`" : "none";
            page.Append($"| `{option.Name}` | {property} | `--{option.KebabName}` | {option.Default} | {option.Values} | {option.Meaning} |\n");
        }
    }

    private static string Commands(Command root)
    {
        StringBuilder page = new("# Command line\n\n" + Origin);
        page.Append("Exit codes: 0 done, 1 errors were reported, 2 the command line was not understood, 3 cancelled. Results go to standard output, diagnostics and progress to standard error.\n")
            .Append("Tables fit the terminal, or `COLUMNS`, or 80 columns. Options of this page that a command does not know, and words that an option does not take, end with 2 and name the nearest one.\n");
        foreach (Command command in root.Subcommands.Where(c => !c.Hidden)) Append(page, "lr2vq", command);
        return page.ToString();
    }

    private static void Append(StringBuilder page, string parent, Command command)
    {
        string name = parent + " " + command.Name;
        string arguments = string.Concat(command.Arguments.Select(a => " " + a.Name));
        page.Append($"\n## {name}\n\n`{name}{arguments}` — {command.Description}\n");
        if (command.Arguments.Count + command.Options.Count > 0) page.Append("\n| | |\n|---|---|\n");
        foreach (Argument argument in command.Arguments) page.Append($"| `{argument.Name}` | {argument.Description} |\n");
        foreach (Option option in command.Options)
        {
            string value = option.HelpName is { } help ? " " + help : "";
            string aliases = string.Concat(option.Aliases.Order(StringComparer.Ordinal).Select(a => $", `{a}`"));
            page.Append($"| `{option.Name}{value}`{aliases} | {option.Description} |\n");
        }
        foreach (Command inner in command.Subcommands) Append(page, name, inner);
    }
}
