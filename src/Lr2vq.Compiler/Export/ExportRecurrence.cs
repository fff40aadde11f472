using System.Collections.Generic;
using System.Linq;
using Lr2vq.Onnx;

namespace Lr2vq.Export;

/// <summary>LSTM, GRU and RNN of one direction. The products of the inputs are a step of their own in a Plan, so that ONNX's weight for them is
/// the identity.</summary>
internal static class ExportRecurrence
{
    /// <summary>True if the step was one of these.</summary>
    public static bool TryExport(ExportStep step)
    {
        if (step.Operator is not ("LSTM" or "GRU" or "RNN")) return false;
        OnnxGraphBuilder builder = step.Builder;
        bool lstm = step.Operator == "LSTM", gru = step.Operator == "GRU";
        long hidden = step.Outputs[0].Shape[2].Value, rows = (lstm ? 4 : gru ? 3 : 1) * hidden;
        string Reshape(string x, params long[] shape) => builder.Node("Reshape", [x, builder.Integers(shape)]);
        string? State(int input) => step.Has(input) ? builder.Node("Unsqueeze", [step[input], builder.Integers(0)]) : null;
        string identity = builder.Node("EyeLike", [builder.Node("ConstantOfShape", [builder.Integers(rows, rows)])]);
        string weight = gru ? builder.Node("Concat", [step[1], step[2]], [OnnxAttribute.Of("axis", 0L)]) : step[1];
        string? bias = gru && step.Has(3)
            ? Reshape(builder.Node("Concat", [builder.Constant(new float[5 * hidden]), step[3]], [OnnxAttribute.Of("axis", 0L)]), 1, 6 * hidden)
            : null;
        int place = lstm || gru ? 5 : 3;
        string? lengths = step.Has(place) ? step.Cast(step[place], ElementType.Int32) : null;
        var inputs = new List<string?> { step[0], Reshape(identity, 1, rows, rows), Reshape(weight, 1, rows, hidden), bias, lengths, State(gru ? 4 : 2) };
        if (lstm) inputs.AddRange([State(3), State(4)]);
        while (inputs[^1] is null) inputs.RemoveAt(inputs.Count - 1);
        string[] outputs = [.. step.Outputs.Select((_, i) => builder.Fresh("state"))];
        builder.Node(step.Operator, inputs, outputs, Attributes(step, hidden));
        for (int i = 0; i < outputs.Length; i++) builder.Node("Squeeze", [outputs[i], builder.Integers(i == 0 ? 1 : 0)], null, step.Output(i));
        return true;
    }

    private static List<OnnxAttribute> Attributes(ExportStep step, long hidden)
    {
        var attributes = new List<OnnxAttribute>
        {
            OnnxAttribute.Of("hidden_size", hidden), OnnxAttribute.Of("direction", step.Attributes.Flag("reverse") ? "reverse" : "forward"),
        };
        if (step.Attributes.Float("clip", 0f) is > 0f and var clip) attributes.Add(OnnxAttribute.Of("clip", clip));
        if (step.Operator == "LSTM") attributes.Add(step.Int("input_forget", 0));
        if (step.Operator == "GRU") attributes.Add(step.Int("linear_before_reset", 0));
        string text = step.Attributes.Text("acts", "");
        if (text.Length == 0) return attributes;
        string[] names = text.Split(',');
        attributes.Add(OnnxAttribute.Of("activations", names));
        // Listed for those that have them.
        float[] Numbers(string key, params string[] owners) =>
            [.. step.Attributes.Floats(key).Zip(names).Where(pair => owners.Contains(pair.Second)).Select(pair => pair.First)];
        if (Numbers("alphas", "HardSigmoid", "LeakyRelu", "Affine", "ScaledTanh") is { Length: > 0 } alphas) attributes.Add(OnnxAttribute.Of("activation_alpha", alphas));
        if (Numbers("betas", "HardSigmoid", "Affine", "ScaledTanh") is { Length: > 0 } betas) attributes.Add(OnnxAttribute.Of("activation_beta", betas));
        return attributes;
    }
}
