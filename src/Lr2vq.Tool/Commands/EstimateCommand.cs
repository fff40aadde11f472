using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Tool.Estimate;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq estimate MODEL.onnx</c>: what each tensor would become, before anything is compressed; with data also what each does to the outputs.</summary>
internal static class EstimateCommand
{
    public static Command Create(ToolContext context)
    {
        Argument<string> file = new("MODEL.onnx") { Description = "The network." };
        Option<string?> write = new("--write") { Description = "Write settings of single tensors there, for the option Config; steps by what each tensor does to the outputs, if there is data.", HelpName = "CONFIG.json" };
        Option<int?> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();
        Command command = new("estimate", "Tells what each tensor of a network would become: its spectrum, what d̃ leaves, bytes and error; with calibration data, what it does to the outputs.") { file, write };
        ModelOptionSet options = ModelOptionSet.AddTo(command, o => o.Name is "Preset" or "Method" or "Step" or "TargetRatio" or "MaxBytes" or "CalibrationData" || OptionTable.Fixes(o) || o.IsPreProcessing);
        foreach (Option option in (Option[])[threads, json]) command.Options.Add(option);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            DiagnosticBag bag = new();
            ModelOptions chosen = OptionParser.Parse(options.Words(parsed), null, bag, OptionSpelling.CommandLine);
            string? config = parsed.GetValue(write);
            if (bag.HasErrors || config is not null && !OutputFiles.Check(config, [path], bag)) return DiagnosticPrinter.Finish(context, bag);
            chosen = chosen with { Compression = chosen.Compression with { Threads = parsed.GetValue(threads) ?? 0 } };
            IReadOnlyList<EstimatedTensor>? tensors = EstimateRun.Of(path, chosen, bag, context.Cancellation, out EstimatedNetwork network);
            if (tensors is null) return DiagnosticPrinter.Finish(context, bag);
            if (parsed.GetValue(json)) JsonOutput.Write(context, ToJson(network, tensors));
            else WriteText(context, network, tensors);
            if (config is not null)
            {
                OutputFiles.WriteText(config, Config(tensors) + "\n");
                if (!parsed.GetValue(json)) context.Output.WriteLine($"written: {config}");
            }
            return DiagnosticPrinter.Finish(context, bag);
        });
        return command;
    }

    private static void WriteText(ToolContext context, EstimatedNetwork network, IReadOnlyList<EstimatedTensor> tensors)
    {
        Say($"{Path.GetFileName(network.Path)}: {Words.Bytes(network.OriginalBytes)} → about {Words.Bytes(network.Bytes)}, {Words.Ratio(network.OriginalBytes, network.Bytes)}, step {Number(network.Step)}, before outputs are compared, which may ask for more");
        context.Output.WriteLine();
        bool hasEffects = tensors.Any(t => t.Effect is not null), hasRanks = tensors.Any(t => t.Rank is not null);
        string[] columns = ["tensor", "shape", "method", .. hasRanks ? ["rank"] : Array.Empty<string>(), "m", "d", "beyond d", "bytes", "error"];
        TableText table = new(hasEffects ? [.. columns, "output change", "step"] : columns) { FirstNumber = 3, GivingWay = [0, 1] };
        foreach (EstimatedTensor tensor in tensors)
        {
            string[] cells = [tensor.Name, Words.Shape(tensor.Shape), tensor.Method, .. hasRanks ? [tensor.Rank is { } rank ? Words.Whole(rank) : "-"] : Array.Empty<string>(), tensor.Spectrum is { } s ? Words.Whole(s.M) : "-", tensor.Spectrum is { } d ? Words.Whole(d.Dimensions) : "-",
                tensor.Spectrum is { } b ? Words.Error(b.Beyond[b.Dimensions]) : "-", Words.Bytes(tensor.Bytes), Words.Error(tensor.RelativeError)];
            table.Add(hasEffects ? [.. cells, tensor.Effect is { } effect ? Words.Error(effect) : "-", tensor.Step is { } step ? Number(step) : "-"] : cells);
        }
        table.Write(context, context.Width);
        context.Output.WriteLine();
        Say("beyond d: share of the energy of subvectors of m weights beyond their first d principal components;");
        Say("--json has the whole curve" + (hasEffects ? "; output change: ‖a − b‖ ÷ ‖a‖ by a tensor alone" : "; --calibration-data measures what each tensor does to the outputs"));

        void Say(string sentence)
        {
            foreach (string line in Words.Lines(sentence, context.Width)) context.Output.WriteLine(line);
        }
    }

    private static JsonObject ToJson(EstimatedNetwork network, IReadOnlyList<EstimatedTensor> tensors) => new()
    {
        ["model"] = network.Path,
        ["originalBytes"] = network.OriginalBytes,
        ["bytes"] = Math.Round(network.Bytes),
        ["ratio"] = network.OriginalBytes / network.Bytes,
        ["step"] = network.Step,
        ["samples"] = network.Samples,
        ["tensors"] = new JsonArray([.. tensors.Select(t => new JsonObject
        {
            ["name"] = t.Name,
            ["shape"] = new JsonArray([.. t.Shape.Select(d => (JsonNode)d)]),
            ["method"] = t.Method,
            ["bytes"] = Math.Round(t.Bytes),
            ["relativeError"] = t.RelativeError,
            ["rank"] = t.Rank,
            ["slicing"] = t.Spectrum?.Axis.ToString(),
            ["m"] = t.Spectrum?.M,
            ["k"] = t.Spectrum?.K,
            ["d"] = t.Spectrum?.Dimensions,
            ["spectrum"] = t.Spectrum is null ? null : Numbers(t.Spectrum.Shares),
            ["beyond"] = t.Spectrum is null ? null : Numbers(t.Spectrum.Beyond),
            ["outputChange"] = t.Effect,
            ["step"] = t.Step,
        })]),
    };

    /// <summary>A file for the option Config.</summary>
    private static string Config(IReadOnlyList<EstimatedTensor> tensors)
    {
        JsonObject settings = [];
        foreach (EstimatedTensor tensor in tensors)
            if (tensor.Step is { } step) settings[tensor.Name] = new JsonObject { ["step"] = Math.Round(step, 5) };
        return new JsonObject { ["tensors"] = settings }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    private static JsonArray Numbers(IEnumerable<double> values) => [.. values.Select(v => (JsonNode)Math.Round(v, 6))];

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
