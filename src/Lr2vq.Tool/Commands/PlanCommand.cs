using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Generator;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq plan MODEL</c>: the Plan (or the Interface) of a network as text. Reads no weights.</summary>
internal static class PlanCommand
{
    public static Command Create(ToolContext context)
    {
        Argument<string> model = new("MODEL") { Description = "An .onnx network, or an .lr2vq artifact." };
        Option<string?> output = new("--output", "-o") { Description = "File to write; default: standard output.", HelpName = "FILE" };
        Option<bool> isInterface = new("--interface") { Description = "Print the Interface: inputs, outputs and the options of the generated class." };
        Command command = new("plan", "Prints the Plan of a network.") { model, output, isInterface };
        ModelOptionSet options = ModelOptionSet.AddTo(command, o => o.Scope == OptionScope.Class || OptionTable.Fixes(o) || o.Name is "Labels" or "Backend" || o.IsPreProcessing);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(model)!;
            DiagnosticBag bag = new();
            ModelOptions chosen = OptionParser.Parse(options.Words(parsed), modelPath: null, bag, OptionSpelling.CommandLine);
            string? file = parsed.GetValue(output);
            if (!bag.HasErrors && file is not null) OutputFiles.Check(file, [path], bag);
            string? text = bag.HasErrors ? null
                : parsed.GetValue(isInterface) ? InterfaceOf(path, chosen, bag)
                : ArtifactFile.IsArtifact(path) ? ArtifactFile.PlanText(path)
                : ModelCompressor.Plan(path, chosen, bag) is { } plan ? PlanText.Write(plan.Network.Plan) : null;
            int code = DiagnosticPrinter.Finish(context, bag);
            if (text is null) return code;
            if (file is not null) OutputFiles.WriteText(file, text);
            else context.Output.Write(text);
            return code;
        });
        return command;
    }

    private static string? InterfaceOf(string path, ModelOptions options, DiagnosticBag bag)
    {
        ModelInterface? content = InterfaceReader.Read(path, bag);
        if (content is null) return null;
        string name = Path.GetFileNameWithoutExtension(path);
        ClassOptions ofClass = new(options.ClassName ?? Identifiers.Class(name), options.Namespace ?? "", options.IsPublic ? "public" : "internal",
            options.Storage.ToString().ToLowerInvariant(), name + ".lr2vq", Path.GetFileName(path), [.. options.Rename])
        {
            Pictures = string.Join(' ', options.PreProcessing.ToPairs().Select(p => $"{OptionTable.Find(p.Key)!.Name}={p.Value}")),
            Labels = options.Labels,
            UsesOnnxRuntime = options.Backend == Backend.OnnxRuntime,
        };
        return PlanText.WriteInterface(new PlanInterface(content.ToPlan(options.Fixed),
            ofClass.ToPairs(content.Outputs.Where(o => o.Dims is null).Select(o => o.Name))));
    }
}
