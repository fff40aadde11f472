using System.CommandLine;
using System.IO;
using Lr2vq.Diagnostics;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Training;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq install-training</c>: brings the training package, and the libtorch of this system, to the command line.</summary>
internal static class InstallTrainingCommand
{
    public static Command Create(ToolContext context)
    {
        Option<string[]> sources = new("--source") { Description = "A package source instead of those of nuget.config; may be given several times.", HelpName = "SOURCE" };
        Command command = new("install-training", "Brings what --fine-tune and train need into the user's NuGet packages: Lr2vq.Training, TorchSharp and the libtorch of this system (half a gigabyte).") { sources };
        command.SetAction(parsed =>
        {
            DiagnosticBag bag = new();
            TrainingSource source = TrainingSource.OfCommandLine();
            if (parsed.GetValue(sources) is { Length: > 0 } named) source = source with { Restore = new System.Collections.Generic.Dictionary<string, string> { ["RestoreSources"] = string.Join(';', named) } };
            if (source.Assembly is null)
            {
                context.Error.WriteLine($"restoring {TrainingSource.PackageId} {ToolVersion.Package}");
                if (TrainingLibraries.Restore(source, [(TrainingSource.PackageId, ToolVersion.Package)], context.Cancellation) is { } problem)
                    bag.Add(DiagnosticCatalogue.TrainingLibrariesMissing.At(default, $"{TrainingSource.PackageId} {ToolVersion.Package}", problem));
                source = source with { Assembly = TrainingSource.OfCommandLine().Assembly };
            }
            if (!bag.HasErrors && TrainingPackage.Find(source, command.Name, bag)?.Load(context.Error.WriteLine, bag, context.Cancellation) is not null)
                context.Output.WriteLine($"{TrainingSource.PackageId} {ToolVersion.Package}: {Path.GetDirectoryName(source.Assembly)}");
            return DiagnosticPrinter.Finish(context, bag);
        });
        return command;
    }
}
