using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq run FILE --input NAME=FILE.npy</c>: computes a network once and tells or saves its outputs.</summary>
internal static class RunCommand
{
    public static Command Create(ToolContext context)
    {
        Argument<string> file = new("FILE.lr2vq") { Description = "The artifact." };
        Option<string[]> inputs = new("--input", "-i") { Description = "Value of an input: a .npy array or a picture (PNG, JPEG, BMP). NAME= may be left out if there is one input.", HelpName = "NAME=FILE", AllowMultipleArgumentsPerToken = false };
        Option<int?> random = new("--random") { Description = "Fill inputs without a value with random numbers of this seed.", HelpName = "SEED" };
        Option<string[]> shapes = new("--shape") { Description = "Shape of a random input whose dimensions are symbolic, such as x=1,3,48,320.", HelpName = "NAME=N,N,…" };
        Option<string?> folder = new("--output", "-o") { Description = "Folder for the outputs, a .npy each.", HelpName = "FOLDER" };
        Option<string?> mean = new("--mean") { Description = "For pictures: subtracted after scaling, one number or one a channel.", HelpName = "A,B,C" };
        Option<string?> std = new("--std") { Description = "For pictures: divided by after the mean.", HelpName = "A,B,C" };
        Option<string?> range = new("--range") { Description = "For pictures: what 0 and 255 become before mean and std; default 0,1.", HelpName = "LOW,HIGH" };
        Option<int> repeat = new("--repeat") { Description = "Run so often and tell the shortest time.", HelpName = "N", DefaultValueFactory = _ => 1 };
        Option<bool> json = SharedOptions.Json();
        Command command = new("run", "Runs an artifact on .npy arrays or pictures.") { file, inputs, random, shapes, folder, mean, std, range, repeat, json };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            DiagnosticBag bag = new();
            PictureScaling? scaling = PictureScaling.TryParse(parsed.GetValue(mean), parsed.GetValue(std), parsed.GetValue(range), bag);
            Stopwatch clock = Stopwatch.StartNew();
            using PlanRunner model = ArtifactFile.Guard(path, () => PlanRunner.Load(path));
            double loadMs = clock.Elapsed.TotalMilliseconds;
            InputValues values = new(model.Network.Plan.Inputs, bag) { Scaling = scaling, RandomSeed = parsed.GetValue(random) };
            values.TakeShapes(parsed.GetValue(shapes) ?? []);
            values.TakeFiles(parsed.GetValue(inputs) ?? []);
            if (!values.Finish()) return DiagnosticPrinter.Finish(context, bag);

            using ModelSession session = model.CreateSession();
            double runMs = double.PositiveInfinity;
            try
            {
                if (!values.TryGive(session)) return DiagnosticPrinter.Finish(context, bag);
                for (int i = 0; i < Math.Max(1, parsed.GetValue(repeat)); i++)
                {
                    context.Cancellation.ThrowIfCancellationRequested();
                    clock.Restart();
                    session.Run();
                    runMs = Math.Min(runMs, clock.Elapsed.TotalMilliseconds);
                }
            }
            catch (ArgumentException problem)
            {
                bag.Add(DiagnosticCatalogue.InputUnreadable.At(new DiagnosticPlace(path), path, string.Join(", ", model.Network.Plan.Inputs.Select(p => p.Name)), problem.Message.TrimEnd('.')));
                return DiagnosticPrinter.Finish(context, bag);
            }
            NpyFile[] outputs = [.. model.Network.Plan.Outputs.Select((port, i) => new NpyFile(port.Type, session.OutputShape(i).ToArray(), session.OutputBytes(i).ToArray()))];
            string?[] saved = Save(parsed.GetValue(folder), model.Network.Plan.Outputs, outputs);
            if (parsed.GetValue(json)) WriteJson(context, model.Network.Plan.Outputs, outputs, saved, loadMs, runMs);
            else WriteText(context, model.Network.Plan.Outputs, outputs, saved, loadMs, runMs);
            return DiagnosticPrinter.Finish(context, bag);
        });
        return command;
    }

    private static string?[] Save(string? folder, IReadOnlyList<PlanPort> ports, NpyFile[] outputs)
    {
        if (folder is null) return new string?[outputs.Length];
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        return [.. outputs.Select((output, i) =>
        {
            string name = string.Concat(ports[i].Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_')).TrimStart('.');
            if (name.Length == 0 || !names.Add(name)) names.Add(name = $"{name}_{i}");
            string path = Path.Combine(folder, name + ".npy");
            OutputFiles.Write(path, output.Write);
            return path;
        })];
    }

    private static void WriteText(ToolContext context, IReadOnlyList<PlanPort> ports, NpyFile[] outputs, string?[] saved, double loadMs, double runMs)
    {
        TableText table = new("output", "type", "shape", "least", "largest", "mean", "first values") { FirstNumber = 3 };
        for (int i = 0; i < outputs.Length; i++)
        {
            TensorSummary summary = TensorSummary.Of(outputs[i]);
            table.Add(ports[i].Name, ports[i].Type.ToString(), Words.Shape(outputs[i].Shape), TensorSummary.Text(summary.Least), TensorSummary.Text(summary.Largest),
                TensorSummary.Text(summary.Mean), string.Join(' ', summary.First.Select(TensorSummary.Text)));
        }
        table.Write(context);
        foreach (string? path in saved)
            if (path is not null) context.Output.WriteLine($"written: {path}");
        context.Output.WriteLine(FormattableString.Invariant($"load {loadMs:0.0} ms, run {runMs:0.00} ms"));
    }

    private static void WriteJson(ToolContext context, IReadOnlyList<PlanPort> ports, NpyFile[] outputs, string?[] saved, double loadMs, double runMs)
    {
        JsonArray array = [];
        for (int i = 0; i < outputs.Length; i++)
        {
            TensorSummary summary = TensorSummary.Of(outputs[i]);
            array.Add((JsonNode)new JsonObject
            {
                ["name"] = ports[i].Name,
                ["type"] = ports[i].Type.ToString(),
                ["shape"] = new JsonArray([.. outputs[i].Shape.Select(d => (JsonNode)d)]),
                ["least"] = Number(summary.Least),
                ["largest"] = Number(summary.Largest),
                ["mean"] = Number(summary.Mean),
                ["first"] = new JsonArray([.. summary.First.Select(Number)]),
                ["file"] = saved[i],
            });
        }
        JsonOutput.Write(context, new JsonObject { ["outputs"] = array, ["loadMs"] = loadMs, ["runMs"] = runMs });

        // JSON has no NaN and no infinity.
        static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;
    }
}
