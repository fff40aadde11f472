using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Text.Json.Nodes;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Kernels;
using Lr2vq.Memory;
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
        Option<bool> json = SharedOptions.Json();
        Command command = new("inspect", "Shows what is in an artifact: shape, format, method, codebook or step, bytes, ratio and error of each tensor.") { file, weight, json };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            string pattern = parsed.GetValue(weight) ?? "*";
            return path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) && !ArtifactFile.IsArtifact(path)
                ? InspectModel(context, path, pattern, parsed.GetValue(json))
                : InspectArtifact(context, path, pattern, parsed.GetValue(json));
        });
        return command;
    }

    private static int InspectArtifact(ToolContext context, string path, string pattern, bool json)
    {
        using ArtifactReader reader = ArtifactFile.Open(path);
        using NativeArena arena = new();
        ModelInfo info = ModelInfoReader.Read(reader, arena);
        TensorInfo[] tensors = [.. info.Tensors.Where(t => Matches(pattern, t.Name))];
        double error = TotalError(reader);
        if (json)
        {
            JsonOutput.Write(context, ToJson(info, tensors, error, reader.Meta));
            return ExitCode.Done;
        }
        context.Output.WriteLine($"{info.Name}  opset {Words.Whole(info.Opset)}  structure {info.StructureHash[..Math.Min(12, info.StructureHash.Length)]}");
        context.Output.WriteLine($"preset {info.Preset}, lr2vq {info.ToolVersion}");
        foreach (PortInfo port in info.Inputs) context.Output.WriteLine($"input   {port}");
        foreach (PortInfo port in info.Outputs) context.Output.WriteLine($"output  {port}");
        context.Output.WriteLine();
        TableText table = new("tensor", "shape", "format", "method", "slicing", "form", "k", "m", "d", "bits", "step", "bytes", "ratio", "error") { FirstNumber = 6 };
        foreach (TensorInfo tensor in tensors)
        {
            TensorDescription form = tensor.Description;
            table.Add(tensor.Name, Words.Shape(tensor.Shape), tensor.Format, Cell(form.Method), Cell(form.AxisWord), Cell(string.Join(", ", tensor.Forms)), Cell(string.Join('+', form.K.Select(k => Words.Whole(k)))),
                Cell(form.M), Cell(form.D), Cell(form.Bits), form.Step is { } step ? step.ToString("0.####", CultureInfo.InvariantCulture) : None,
                Words.Whole(tensor.StoredBytes), Words.Ratio(OriginalBytes(tensor), tensor.StoredBytes), Words.Error(tensor.RelativeError));
        }
        table.Write(context);
        context.Output.WriteLine();
        context.Output.WriteLine($"{Words.Whole(info.Tensors.Count)} tensors, {Words.Whole(info.OriginalBytes)} bytes → {Words.Whole(info.CompressedBytes)} bytes, "
            + $"{Words.Ratio(info.OriginalBytes, info.CompressedBytes)}");
        return ExitCode.Done;
    }

    private static int InspectModel(ToolContext context, string path, string pattern, bool json)
    {
        DiagnosticBag bag = new();
        Plan? plan = ModelCompressor.Plan(path, new Dictionary<string, long>(), bag);
        int code = DiagnosticPrinter.Finish(context, bag);
        if (plan is null) return code;
        PlanWeight[] weights = [.. plan.Weights.Where(w => Matches(pattern, w.Name))];
        if (json)
        {
            JsonOutput.Write(context, new JsonObject
            {
                ["name"] = plan.ModelName,
                ["opset"] = plan.Opset,
                ["structureHash"] = plan.StructureHash,
                ["steps"] = plan.Steps.Count,
                ["inputs"] = Ports(plan.Inputs),
                ["outputs"] = Ports(plan.Outputs),
                ["weights"] = new JsonArray([.. weights.Select(w => new JsonObject { ["name"] = w.Name, ["role"] = w.Role.ToString(), ["type"] = w.Type.ToString(), ["shape"] = Numbers(w.Shape) })]),
            });
            return code;
        }
        context.Output.WriteLine($"{plan.ModelName}  opset {Words.Whole(plan.Opset)}  {Words.Whole(plan.Steps.Count)} steps");
        foreach (PlanPort port in plan.Inputs) context.Output.WriteLine($"input   {port.Name} {port.Type} [{string.Join(',', port.Shape)}]");
        foreach (PlanPort port in plan.Outputs) context.Output.WriteLine($"output  {port.Name} {port.Type} [{string.Join(',', port.Shape)}]");
        context.Output.WriteLine();
        TableText table = new("weight", "role", "type", "shape", "values") { FirstNumber = 4 };
        foreach (PlanWeight weight in weights)
            table.Add(weight.Name, weight.Role.ToString(), weight.Type.ToString(), Words.Shape(weight.Shape), Words.Whole(weight.Shape.Aggregate(1L, (product, extent) => product * extent)));
        table.Write(context);
        return code;
    }

    /// <summary>The mean of the tensors' errors by their number of weights; biases and constants do not count.</summary>
    private static double TotalError(ArtifactReader reader)
    {
        double error = 0, weights = 0;
        foreach (TensorEntry entry in reader.Tensors)
        {
            if (entry.Role is WeightRole.Constant or WeightRole.Bias) continue;
            error += entry.RelativeError * (double)entry.Elements;
            weights += entry.Elements;
        }
        return weights == 0 ? 0 : error / weights;
    }

    private static string Cell(string text) => text.Length > 0 ? text : None;

    private static string Cell(int? number) => number is { } value ? Words.Whole(value) : None;

    private static double OriginalBytes(TensorInfo tensor) =>
        tensor.Shape.Aggregate(1.0, (product, extent) => product * extent) * ElementTypes.ByteLength(tensor.Type);

    private static JsonObject ToJson(ModelInfo info, TensorInfo[] tensors, double error, ArtifactMeta meta) => new()
    {
        ["name"] = info.Name,
        ["sourceHash"] = info.SourceHash,
        ["structureHash"] = info.StructureHash,
        ["opset"] = info.Opset,
        ["toolVersion"] = info.ToolVersion,
        ["preset"] = info.Preset,
        ["options"] = new JsonObject(meta.Options.GroupBy(o => o.Key).Select(o => new KeyValuePair<string, JsonNode?>(o.Key, o.Last().Value))),
        ["originalBytes"] = info.OriginalBytes,
        ["artifactBytes"] = info.CompressedBytes,
        ["ratio"] = info.Ratio,
        ["meanError"] = error,
        ["inputs"] = Ports(info.Inputs),
        ["outputs"] = Ports(info.Outputs),
        ["tensors"] = new JsonArray([.. tensors.Select(ToJson)]),
    };

    private static JsonObject ToJson(TensorInfo tensor)
    {
        JsonObject json = new()
        {
            ["name"] = tensor.Name,
            ["shape"] = Numbers(tensor.Shape),
            ["type"] = tensor.Type.ToString(),
            ["format"] = tensor.Format,
        };
        // A field is there if the format has it.
        TensorDescription form = tensor.Description;
        if (form.Method.Length > 0) json["method"] = form.Method;
        if (form.Axis is not null) json["slicing"] = form.AxisWord;
        if (form.K.Count > 0)
        {
            json["k"] = form.K.Max();
            if (form.K.Count > 1) json["stages"] = form.K.Count;
        }
        if (form.M is { } m) json["m"] = m;
        if (form.D is { } d) json["d"] = d;
        if (form.Bits is { } bits) json["bits"] = bits;
        if (form.Step is { } step) json["step"] = step;
        if (form.Group is { } group) json["group"] = group;
        if (form.Basis is { } basis) json["basis"] = basis;
        if (form.Encoding.Length > 0) json["encoding"] = form.Encoding;
        if (tensor.Forms.Count > 0) json["forms"] = new JsonArray([.. tensor.Forms.Select(f => ToJson(f))]);
        json["bytes"] = tensor.StoredBytes;
        json["ratio"] = tensor.StoredBytes == 0 ? 0 : OriginalBytes(tensor) / tensor.StoredBytes;
        json["relativeError"] = tensor.RelativeError;
        return json;
    }

    private static JsonObject ToJson(ConvForms forms)
    {
        JsonObject json = new(ConvForms.Widths.Select(isa => new KeyValuePair<string, JsonNode?>(isa.ToString().ToLowerInvariant(), forms[isa].ToString())));
        // Only where another shape may have another form.
        if (forms.Shape != default) json["output"] = Numbers([forms.Shape.Batch, forms.Shape.Height, forms.Shape.Width]);
        return json;
    }

    private static JsonArray Ports(IEnumerable<PortInfo> ports) =>
        [.. ports.Select(p => new JsonObject { ["name"] = p.Name, ["type"] = p.Type.ToString(), ["shape"] = new JsonArray([.. p.Dimensions.Select(d => (JsonNode)d)]) })];

    private static JsonArray Ports(IEnumerable<PlanPort> ports) =>
        [.. ports.Select(p => new JsonObject { ["name"] = p.Name, ["type"] = p.Type.ToString(), ["shape"] = new JsonArray([.. p.Shape.Select(d => (JsonNode)d.ToString())]) })];

    private static JsonArray Numbers(IEnumerable<int> values) => [.. values.Select(v => (JsonNode)v)];

    private static bool Matches(string pattern, string name) => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
