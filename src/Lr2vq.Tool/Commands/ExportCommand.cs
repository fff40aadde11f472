using System.CommandLine;
using System.IO;
using Lr2vq.Diagnostics;
using Lr2vq.Export;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq export FILE.lr2vq -o OUT.onnx</c>.</summary>
internal static class ExportCommand
{
    public static Command Create(ToolContext context)
    {
        Argument<string> file = new("FILE.lr2vq") { Description = "The artifact." };
        Option<string> output = new("--output", "-o") { Description = "The network to write.", HelpName = "OUT.onnx", Required = true };
        Command command = new("export", "Writes an artifact as a dense .onnx that any ONNX program loads.") { file, output };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!, target = parsed.GetValue(output)!;
            DiagnosticBag bag = new();
            // A network above 2 GB has its weights in a second file.
            if (!OutputFiles.Check(target, [path], bag) || !OutputFiles.Check(target + DenseExport.WeightsSuffix, [path], bag)) return DiagnosticPrinter.Finish(context, bag);
            if (DenseExport.Export(path, target, bag, context.Cancellation)) context.Output.WriteLine($"{target}: {Words.Bytes(new FileInfo(target).Length)}");
            return DiagnosticPrinter.Finish(context, bag);
        });
        return command;
    }
}
