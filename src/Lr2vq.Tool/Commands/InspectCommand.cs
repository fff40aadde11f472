using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Metrics;
using Lr2vq.Diagnostics;
using Lr2vq.Memory;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Sessions;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq inspect FILE</c>: what is in an artifact, tensor by tensor; of an .onnx, what would be compressed.</summary>
internal static class InspectCommand
{
    /// <summary>What a cell shows if a format does not have that.</summary>
    private const string None = "-";

    public static Command Create(ToolContext context)
    {
        Argument<string> file = new("FILE") { Description = "An .lr2vq artifact, or an .onnx network." };
        Option<string?> weight = new("--weight") { Description = "Only tensors whose names match (* and ?).", HelpName = "PATTERN" };
        Option<bool> wide = new("--wide") { Description = "A column for every parameter and whole names, however wide that gets." };
        Option<bool> json = SharedOptions.Json();
        Command command = new("inspect", "Shows what is in an artifact: sizes and relative error Σ(w − ŵ)² / Σw² of the network and of each tensor, and how it is stored.") { file, weight, wide };
        ModelOptionSet choices = ModelOptionSet.AddTo(command, OptionTable.Fixes);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            string pattern = parsed.GetValue(weight) ?? "*";
            return path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) && !ArtifactFile.IsArtifact(path)
                ? InspectModel(context, path, choices.Words(parsed), pattern, parsed.GetValue(wide), parsed.GetValue(json))
                : InspectArtifact(context, path, pattern, parsed.GetValue(wide), parsed.GetValue(json));
        });
        return command;
    }

    private static int InspectArtifact(ToolContext context, string path, string pattern, bool wide, bool json)
    {
        using ArtifactReader reader = ArtifactFile.Open(path);
        using NativeArena arena = new();
        ModelInfo info = ModelInfoReader.Read(reader, arena);
        TensorInfo[] tensors = [.. info.Tensors.Where(t => Matches(pattern, t.Name))];
        CheckMatches(path, pattern, tensors.Length, info.Tensors.Select(t => t.Name));
        if (json)
        {
            JsonOutput.Write(context, InspectJson.Of(info, tensors, reader.Meta));
            return ExitCode.Done;
        }
        string error = reader.Meta.RelativeError is { } value ? "relative error " + Words.Error(value) : "relative error not recorded";
        WriteLine(context, wide, $"{Path.GetFileName(path)}: {Words.Bytes(info.OriginalBytes)} → {Words.Bytes(info.CompressedBytes)}, {Words.Ratio(info.OriginalBytes, info.CompressedBytes)}, {error}");
        WriteLine(context, wide, $"model '{info.Name}', opset {Words.Whole(info.Opset)}, preset {info.Preset}, lr2vq {info.ToolVersion}");
        WriteLine(context, wide, $"structure {info.StructureHash[..Math.Min(12, info.StructureHash.Length)]}, {Words.Whole(info.Tensors.Count)} tensors: {Kinds(info.Tensors)}");
        if (reader.Meta.Held is { } held && held.Output < info.Outputs.Count)
        {
            string layers = LayersThatHold.Of(WeightsOf(info), info.CompressedBytes, held.Bytes);
            WriteLine(context, wide, $"held by the output '{info.Outputs[held.Output].Name}': without its limit {Words.Ratio(info.OriginalBytes, held.Bytes)}{(layers.Length > 0 ? "; most in " + layers : "")}");
        }
        if (reader.Meta.Tuning is { } tuning) WriteLine(context, wide, Words.Tuning(tuning));
        if (reader.Meta.Time is { } time) WriteLine(context, wide, Words.Time(time));
        foreach (PortInfo port in info.Inputs) WriteLine(context, wide, $"input   {port}");
        foreach ((string input, string words) in FixedInputs.Of(reader.Meta.Options).Constants) WriteLine(context, wide, $"fixed   {input} = {words}");
        foreach (PortInfo port in info.Outputs)
        {
            WriteLine(context, wide, $"output  {port}");
            if (reader.Meta.Outputs.FirstOrDefault(o => o.Name == port.Name) is { } change) WriteLine(context, wide, $"        {Change(change)}");
        }
        context.Output.WriteLine();
        if (wide) Wide(tensors).Write(context, 0);
        else Narrow(tensors).Write(context, context.Width);
        return ExitCode.Done;
    }

    internal static (string Name, long Weights, long Bytes)[] WeightsOf(ModelInfo info) => [.. info.Tensors.Select(t => (t.Name, Values(t.Shape), t.StoredBytes))];

    /// <summary>For example <c>changed by 0.8 %, at worst 1.2 %, same class 98 %</c>.</summary>
    private static string Change(OutputChange output)
    {
        List<string> parts = [];
        if (output.Mean > 0 || output.Worst > 0 || output.Agreement is null || output.Divergence is not null) parts.Add($"changed by {Words.Change(output.Mean)}, at worst {Words.Change(output.Worst)}");
        if (output.Divergence is { } divergence) parts.Add($"divergence {Words.Error(divergence)}");
        if (output.Agreement is { } agreement) parts.Add($"{(output.Divergence is null ? "equal elements" : "same class")} {Words.Change(agreement)}");
        return string.Join(", ", parts);
    }

    /// <summary>What fits 80 columns.</summary>
    private static TableText Narrow(TensorInfo[] tensors)
    {
        TableText table = new("tensor", "shape", "method", "settings", "stored", "ratio", "error") { FirstNumber = 4, GivingWay = [0, 3, 1] };
        foreach (TensorInfo tensor in tensors)
            table.Add(tensor.Name, Words.Shape(tensor.Shape), MethodOf(tensor), Cell(Settings(tensor.Description)), Words.Bytes(tensor.StoredBytes),
                Words.Ratio(OriginalBytes(tensor), tensor.StoredBytes), Words.Error(tensor.RelativeError));
        return table;
    }

    private static TableText Wide(TensorInfo[] tensors)
    {
        TableText table = new("tensor", "shape", "format", "method", "slicing", "form", "k", "m", "d", "bits", "step", "bytes", "ratio", "error") { FirstNumber = 6 };
        foreach (TensorInfo tensor in tensors)
        {
            TensorDescription form = tensor.Description;
            table.Add(tensor.Name, Words.Shape(tensor.Shape), tensor.Format, Cell(form.Method), Cell(form.AxisWord), Cell(string.Join(", ", tensor.Forms)), Cell(string.Join('+', form.K.Select(k => Words.Whole(k)))),
                Cell(form.M), Cell(form.D), Cell(form.Bits), form.Step is { } step ? Step(step) : None,
                Words.Whole(tensor.StoredBytes), Words.Ratio(OriginalBytes(tensor), tensor.StoredBytes), Words.Error(tensor.RelativeError));
        }
        return table;
    }

    private static string MethodOf(TensorInfo tensor) => tensor.Description.Method.Length > 0 ? tensor.Description.Method : tensor.Type.ToString().ToLowerInvariant();

    /// <summary>For example <c>k256 m4 ic</c>, <c>4 bit</c> or <c>step 0.11</c>.</summary>
    private static string Settings(TensorDescription form)
    {
        List<string> words = [];
        if (form.K.Count > 0) words.Add("k" + string.Join('+', form.K.Select(k => Words.Whole(k))));
        if (form.M is { } m) words.Add("m" + Words.Whole(m));
        if (form.D is { } d && d != form.M) words.Add("d" + Words.Whole(d));
        if (form.AxisWord.Length > 0) words.Add(form.AxisWord);
        if (form.K.Count == 0 && form.Bits is { } bits && form.Group is not null) words.Add(Words.Whole(bits) + " bit");
        if (form.Step is { } step) words.Add("step " + Step(step));
        return string.Join(' ', words);
    }

    private static string Step(double step) => step.ToString("0.####", CultureInfo.InvariantCulture);

    /// <summary>For example <c>52 tc-ecsq, 20 fp16</c>.</summary>
    private static string Kinds(IEnumerable<TensorInfo> tensors) =>
        string.Join(", ", tensors.GroupBy(MethodOf).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{Words.Whole(g.Count())} {g.Key}"));

    private static void WriteLine(ToolContext context, bool wide, string line)
    {
        foreach (string part in wide ? [line] : Words.Lines(line, context.Width)) context.Output.WriteLine(part);
    }

    /// <exception cref="DiagnosticException">The pattern matches no tensor.</exception>
    private static void CheckMatches(string path, string pattern, int matches, IEnumerable<string> names)
    {
        if (matches > 0 || pattern == "*") return;
        throw new DiagnosticException(DiagnosticCatalogue.NothingMatches.At(new DiagnosticPlace(path), pattern, Path.GetFileName(path), Spelling.Hint(pattern, names)));
    }

    private static int InspectModel(ToolContext context, string path, IReadOnlyList<KeyValuePair<string, string>> words, string pattern, bool wide, bool json)
    {
        DiagnosticBag bag = new();
        FixedInputs fixedOnes = OptionParser.Parse(words, null, bag, OptionSpelling.CommandLine).Fixed;
        Plan? plan = bag.HasErrors ? null : ModelCompressor.Plan(path, fixedOnes, bag);
        int code = DiagnosticPrinter.Finish(context, bag);
        if (plan is null) return code;
        PlanWeight[] weights = [.. plan.Weights.Where(w => Matches(pattern, w.Name))];
        CheckMatches(path, pattern, weights.Length, plan.Weights.Select(w => w.Name));
        if (json)
        {
            JsonOutput.Write(context, InspectJson.Of(plan, weights));
            return code;
        }
        long values = plan.Weights.Sum(w => Values(w.Shape));
        WriteLine(context, wide, $"{Path.GetFileName(path)}: model '{plan.ModelName}', opset {Words.Whole(plan.Opset)}");
        WriteLine(context, wide, $"{Words.Whole(plan.Steps.Count)} steps, {Words.Whole(plan.Weights.Count)} weights of {Words.Whole(values)} values");
        foreach (PlanPort port in plan.Inputs) WriteLine(context, wide, $"input   {port.Name} {port.Type} [{string.Join(',', port.Shape)}]");
        foreach (PlanPort port in plan.Outputs) WriteLine(context, wide, $"output  {port.Name} {port.Type} [{string.Join(',', port.Shape)}]");
        context.Output.WriteLine();
        TableText table = new("weight", "role", "type", "shape", "values") { FirstNumber = 4, GivingWay = [0, 3] };
        foreach (PlanWeight weight in weights)
            table.Add(weight.Name, weight.Role.ToString(), weight.Type.ToString(), Words.Shape(weight.Shape), Words.Whole(Values(weight.Shape)));
        table.Write(context, wide ? 0 : context.Width);
        return code;
    }

    private static long Values(IEnumerable<int> shape) => shape.Aggregate(1L, (product, extent) => product * extent);

    private static string Cell(string text) => text.Length > 0 ? text : None;

    private static string Cell(int? number) => number is { } value ? Words.Whole(value) : None;

    internal static double OriginalBytes(TensorInfo tensor) =>
        tensor.Shape.Aggregate(1.0, (product, extent) => product * extent) * ElementTypes.ByteLength(tensor.Type);

    private static bool Matches(string pattern, string name) => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
