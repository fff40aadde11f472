using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression.Metrics;
using Lr2vq.Kernels;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq.Tool.Commands;

/// <summary>What <c>lr2vq inspect --json</c> prints.</summary>
internal static class InspectJson
{
    public static JsonObject Of(Plan plan, PlanWeight[] weights) => new()
    {
        ["name"] = plan.ModelName,
        ["opset"] = plan.Opset,
        ["structureHash"] = plan.StructureHash,
        ["steps"] = plan.Steps.Count,
        ["inputs"] = Ports(plan.Inputs),
        ["outputs"] = Ports(plan.Outputs),
        ["weights"] = new JsonArray([.. weights.Select(w => new JsonObject { ["name"] = w.Name, ["role"] = w.Role.ToString(), ["type"] = w.Type.ToString(), ["shape"] = Numbers(w.Shape) })]),
    };

    public static JsonObject Of(ModelInfo info, TensorInfo[] tensors, ArtifactMeta meta)
    {
        JsonObject json = Artifact(info, tensors, meta);
        if (meta.Held is { } held && held.Output < info.Outputs.Count)
            json["held"] = new JsonObject { ["output"] = info.Outputs[held.Output].Name, ["bytesWithout"] = held.Bytes, ["layers"] = LayersThatHold.Of(InspectCommand.WeightsOf(info), info.CompressedBytes, held.Bytes) };
        // A field is there if there was training.
        if (meta.Tuning is { } tuning) json["tuning"] = Of(tuning);
        if (meta.Time is { } time) json["predictedTime"] = Of(time);
        return json;
    }

    private static JsonObject Artifact(ModelInfo info, TensorInfo[] tensors, ArtifactMeta meta) => new()
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
        ["relativeError"] = meta.RelativeError,
        ["outputChanges"] = Of(meta.Outputs),
        ["inputs"] = Ports(info.Inputs),
        ["outputs"] = Ports(info.Outputs),
        ["tensors"] = new JsonArray([.. tensors.Select(ToJson)]),
    };

    /// <summary>What was measured of the outputs; fields are there if they were.</summary>
    public static JsonArray Of(IReadOnlyList<OutputChange> outputs)
    {
        JsonArray array = [];
        foreach (OutputChange output in outputs)
        {
            JsonObject json = new() { ["name"] = output.Name };
            if (double.IsFinite(output.Mean)) (json["change"], json["worst"], json["largest"]) = (output.Mean, output.Worst, output.Largest);
            if (output.Divergence is { } divergence) json["divergence"] = divergence;
            if (output.Agreement is { } agreement) json["agreement"] = agreement;
            array.Add((JsonNode)json);
        }
        return array;
    }

    /// <summary>What training brought.</summary>
    public static JsonObject Of(TuningRecord tuning) => new()
    {
        ["mode"] = tuning.Mode,
        ["measure"] = tuning.AreClasses ? "divergence" : "change",
        ["before"] = tuning.AreClasses ? tuning.Before : Math.Sqrt(tuning.Before),
        ["after"] = tuning.AreClasses ? tuning.After : Math.Sqrt(tuning.After),
        ["agreementBefore"] = tuning.AreClasses ? tuning.AgreementBefore : null,
        ["agreementAfter"] = tuning.AreClasses ? tuning.AgreementAfter : null,
    };

    /// <summary>What was predicted of the speed, in units of the time with exact weights.</summary>
    public static JsonObject Of(PredictedTime time) => new() { ["forSize"] = time.Size, ["forSpeed"] = time.Speed };

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
        json["ratio"] = tensor.StoredBytes == 0 ? 0 : InspectCommand.OriginalBytes(tensor) / tensor.StoredBytes;
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
}
