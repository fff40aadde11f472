using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Sessions;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq run FILE --input NAME=FILE.npy</c>: computes a network and tells or saves its outputs, its largest classes and its time.</summary>
internal static class RunCommand
{
    private const int UsualClasses = 5, RoomForValues = 120;

    public static Command Create(ToolContext context)
    {
        Argument<string> file = new("FILE") { Description = "An .lr2vq artifact, or an .onnx network, whose weights are taken as they are." };
        Option<string[]> inputs = new("--input", "-i") { Description = "Value of an input: a .npy array or a picture (PNG, JPEG, BMP), which is turned upright by its Exif orientation and becomes the input as the artifact declares and the options below say. NAME= may be left out if there is one input.", HelpName = "NAME=FILE", AllowMultipleArgumentsPerToken = false };
        Option<int?> random = SharedOptions.Whole("--random", "SEED", "Fill inputs without a value with random numbers of this seed.", int.MinValue, int.MaxValue);
        Option<string[]> shapes = SharedOptions.Shape();
        Option<string?> folder = new("--output", "-o") { Description = "Folder for the outputs, a .npy each; it has to exist.", HelpName = "FOLDER" };
        Option<int?> top = SharedOptions.Whole("--top", "N", "Show the N largest values of outputs [N, classes], with their softmax unless they are a distribution already.", 1, 1000);
        Option<string?> labels = new("--labels") { Description = "File with a label a line, for --top (5 if that is not given).", HelpName = "FILE" };
        Option<int?> repeat = SharedOptions.Whole("--repeat", "N", "Calls after the first one, whose median time is told; default: up to 10 in a second, one at least.", 0, 1_000_000);
        Option<bool> json = SharedOptions.Json();
        Command command = new("run", "Runs a network on .npy arrays or pictures.") { file, inputs, random, shapes, folder, top, labels };
        ModelOptionSet choices = ModelOptionSet.AddTo(command, OptionTable.Fixes);
        PictureOptions pictures = PictureOptions.AddTo(command);
        command.Options.Add(repeat);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            DiagnosticBag bag = new();
            pictures.Check(parsed, bag);
            string? labelFile = parsed.GetValue(labels), target = parsed.GetValue(folder);
            IReadOnlyList<string>? names = labelFile is null ? null : LabelFile.Read(labelFile, bag.Add);
            int? classes = parsed.GetValue(top) ?? (names is null ? null : UsualClasses);
            if (target is not null) OutputFiles.CheckFolder(target, bag);
            FixedInputs given = OptionParser.Parse(choices.Words(parsed), null, bag, OptionSpelling.CommandLine).Fixed;
            if (bag.HasErrors) return DiagnosticPrinter.Finish(context, bag);

            Stopwatch clock = Stopwatch.StartNew();
            using RunnableModel? model = RunnableModel.Open(path, given, bag, context.Cancellation);
            if (model is null) return DiagnosticPrinter.Finish(context, bag);
            double loadMs = clock.Elapsed.TotalMilliseconds;
            InputValues values = new(model.Plan.Inputs, bag) { Pictures = pictures.Read(parsed, model.Runner.ReadPreProcessing()), RandomSeed = parsed.GetValue(random) };
            values.TakeShapes(parsed.GetValue(shapes) ?? []);
            values.TakeFiles(parsed.GetValue(inputs) ?? [], "--input");
            pictures.CheckUse(parsed, values.Pictures, model.Plan.Inputs, values.Files, "--input", bag);
            string?[] saved = target is null ? new string?[model.Plan.Outputs.Count] : [.. FilesOf(target, model.Plan.Outputs)];
            foreach (string? one in saved)
                if (one is not null) OutputFiles.Check(one, [path, .. values.Files], bag);
            if (!values.Finish()) return DiagnosticPrinter.Finish(context, bag);

            using ModelSession session = model.Runner.CreateSession();
            RunTimes times;
            try
            {
                if (!values.TryGive(session)) return DiagnosticPrinter.Finish(context, bag);
                times = RunTimes.Measure(session, parsed.GetValue(repeat), context.Cancellation);
            }
            catch (ArgumentException problem)
            {
                bag.Add(problem.InnerException is InputProblemException misfit
                    ? misfit.Diagnostic
                    : DiagnosticCatalogue.InputsDoNotFit.At(new DiagnosticPlace(path), Path.GetFileName(path), problem.Message.Split(" (Parameter")[0].TrimEnd('.')));
                return DiagnosticPrinter.Finish(context, bag);
            }
            NpyFile[] outputs = EvaluationNetwork.OutputsOf(session, model.Plan);
            for (int i = 0; i < outputs.Length; i++)
                if (saved[i] is { } one) OutputFiles.Write(one, outputs[i].Write);
            LargestClasses?[] largest = [.. outputs.Select((output, i) => classes is { } count ? LargestClasses.TryMake(model.Plan.Outputs[i].Name, output, count, labelFile, names, bag) : null)];
            if (classes is not null && !outputs.Any(LargestClasses.HasClasses))
                bag.Add(DiagnosticCatalogue.SettingNotUsed.At(new DiagnosticPlace { Option = "--top" }, "--top", "no output has the shape [N, classes]"));
            if (parsed.GetValue(json)) WriteJson(context, model.Plan.Outputs, outputs, saved, largest, loadMs, times);
            else WriteText(context, model.Plan.Outputs, outputs, saved, largest, loadMs, times);
            return DiagnosticPrinter.Finish(context, bag);
        });
        return command;
    }

    private static IEnumerable<string> FilesOf(string folder, IReadOnlyList<PlanPort> ports)
    {
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < ports.Count; i++)
        {
            string name = string.Concat(ports[i].Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_')).TrimStart('.');
            if (name.Length == 0 || !names.Add(name)) names.Add(name = $"{name}_{i}");
            yield return Path.Combine(folder, name + ".npy");
        }
    }

    private static void WriteText(ToolContext context, IReadOnlyList<PlanPort> ports, NpyFile[] outputs, string?[] saved, LargestClasses?[] largest, double loadMs, RunTimes times)
    {
        string[] columns = ["output", "type", "shape", "least", "largest", "mean", "first values"];
        // Cut numbers would be other numbers: the last column is there where it has room.
        if (context.Width < RoomForValues) columns = columns[..^1];
        TableText table = new(columns) { FirstNumber = 3, GivingWay = [0, 2] };
        for (int i = 0; i < outputs.Length; i++)
        {
            TensorSummary summary = TensorSummary.Of(outputs[i]);
            string[] cells = [ports[i].Name, ports[i].Type.ToString(), Words.Shape(outputs[i].Shape), TensorSummary.Text(summary.Least), TensorSummary.Text(summary.Largest),
                TensorSummary.Text(summary.Mean), string.Join(' ', summary.First.Select(TensorSummary.Text))];
            table.Add(cells[..columns.Length]);
        }
        table.Write(context, context.Width);
        foreach (LargestClasses? one in largest) one?.Write(context);
        context.Output.WriteLine();
        foreach (string? path in saved)
            if (path is not null) context.Output.WriteLine($"written: {path}");
        context.Output.WriteLine(FormattableString.Invariant($"load {loadMs:0.0} ms, {times}"));
    }

    private static void WriteJson(ToolContext context, IReadOnlyList<PlanPort> ports, NpyFile[] outputs, string?[] saved, LargestClasses?[] largest, double loadMs, RunTimes times)
    {
        JsonArray array = [];
        for (int i = 0; i < outputs.Length; i++)
        {
            TensorSummary summary = TensorSummary.Of(outputs[i]);
            JsonObject output = new()
            {
                ["name"] = ports[i].Name,
                ["type"] = ports[i].Type.ToString(),
                ["shape"] = new JsonArray([.. outputs[i].Shape.Select(d => (JsonNode)d)]),
                ["least"] = summary.Least,
                ["largest"] = summary.Largest,
                ["mean"] = summary.Mean,
                ["first"] = new JsonArray([.. summary.First.Select(v => (JsonNode)v)]),
                ["file"] = saved[i],
            };
            if (largest[i] is { } classes) output["top"] = classes.ToJson();
            array.Add((JsonNode)output);
        }
        JsonOutput.Write(context, new JsonObject
        {
            ["outputs"] = array,
            ["loadMs"] = loadMs,
            ["firstMs"] = times.FirstMs,
            ["runMs"] = times.MedianMs ?? times.FirstMs,
            ["calls"] = 1 + times.LaterMs.Count,
        });
    }
}
