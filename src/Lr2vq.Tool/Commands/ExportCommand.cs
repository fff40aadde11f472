using System.CommandLine;
using System.IO;
using Lr2vq.Diagnostics;
using Lr2vq.Export;
using Lr2vq.Tool.Output;

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
            if (DenseExport.Export(path, target, bag)) context.Output.WriteLine($"{target}: {Words.Bytes(new FileInfo(target).Length)}");
            return DiagnosticPrinter.Finish(context, bag);
        });
        return command;
    }
}
