using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Export;

/// <summary>Convolutions, matrix products and poolings, with what was fused into them as nodes of its own.</summary>
internal static class ExportProducts
{
    /// <summary>True if the step was one of these.</summary>
    public static bool TryExport(ExportStep step)
    {
        switch (step.Operator)
        {
            case "Conv" or "ConvTranspose" or "Conv3D" or "ConvTranspose3D": Convolution(step); return true;
            case "DeformColumns": DeformColumns(step); return true;
            case "Gemm": Gemm(step); return true;
            case "MatMul": MatMul(step); return true;
            case "Attention": Attention(step); return true;
            case "MaxPool" or "AveragePool" or "LpPool": Pool(step); return true;
            case "Add": Activate(step, step.Inputs, "Add"); return true;
            default: return false;
        }
    }

    private static void Convolution(ExportStep step)
    {
        string weight = step[1];
        IReadOnlyList<Dimension> kernel = [.. step.Shape(1).Skip(2)];
        bool transposed = step.Operator.StartsWith("ConvTranspose", StringComparison.Ordinal);
        int axes = step.Shape(0).Count - 2;
        if (axes == 3)
        {
            // The depth of the kernel is an axis of its own again.
            int taps = step.Attributes.Int("kernel_depth", 1);
            kernel = [taps, .. kernel];
            weight = step.Builder.Node("Reshape", [weight, step.Builder.Vector([step.Shape(1)[0], Dimension.FloorDivide(step.Shape(1)[1], taps), .. kernel])]);
        }
        else if (kernel.Count == 1)
        {
            // A weight of a 1-D convolution gets height 1, as its input has.
            kernel = [Dimension.One, kernel[0]];
            weight = step.Builder.Node("Reshape", [weight, step.Builder.Vector([.. step.Shape(1).Take(2), .. kernel])]);
        }
        int[] ones = [.. kernel.Select(_ => 1)], zeros = new int[2 * axes];
        OnnxAttribute[] attributes = [step.Ints("strides", ones), step.Ints("pads", zeros), step.Ints("dilations", ones), step.Int("group", 1)];
        if (transposed)
        {
            // What the resolved pads leave beyond the last window is output_padding.
            int[] strides = step.Attributes.Ints("strides", ones), pads = step.Attributes.Ints("pads", zeros), dilations = step.Attributes.Ints("dilations", ones);
            var extra = new long[axes];
            for (int i = 0; i < axes; i++)
            {
                Dimension plain = (step.Shape(0)[2 + i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 - (pads[i] + pads[i + axes]);
                Dimension rest = step.Outputs[0].Shape[2 + i] - plain;
                extra[i] = rest.IsConstant && rest.Value >= 0 ? rest.Value : throw new FormatException($"the output of {step.Output()} does not follow from its input");
            }
            if (extra.Any(e => e != 0)) attributes = [.. attributes, OnnxAttribute.Of("output_padding", extra)];
        }
        string op = transposed ? "ConvTranspose" : "Conv";
        if (step.Attributes.Flag("residual"))
        {
            string sum = step.Builder.Node(op, [step[0], weight, step.Optional(2)], attributes);
            Activate(step, [sum, step[3]], "Add");
        }
        else Activate(step, [step[0], weight, step.Optional(2)], op, attributes);
    }

    /// <summary>A deformable convolution whose weight takes each tap of each channel as it is.</summary>
    private static void DeformColumns(ExportStep step)
    {
        int channels = checked((int)step.Shape(0)[1].Value);
        int[] kernel = step.Attributes.Ints("kernel_shape", 1, 1);
        int taps = kernel[0] * kernel[1];
        float[] weight = new float[channels * taps * taps];
        for (int row = 0; row < channels * taps; row++) weight[row * taps + row % taps] = 1f;
        step.Builder.Require(19);
        string values = step.Builder.Constant([channels * taps, 1, kernel[0], kernel[1]], weight);
        step.Finish("DeformConv", [step[0], values, step[1], null, step.Optional(2)], step.Ints("strides", 1, 1), step.Ints("pads", 0, 0, 0, 0), step.Ints("dilations", 1, 1),
            step.Int("offset_group", 1), OnnxAttribute.Of("group", (long)channels));
    }

    private static void Gemm(ExportStep step)
    {
        bool rows = step.Weight(1)?.Role is WeightRole.Gemm or WeightRole.Gather;
        float alpha = step.Attributes.Float("alpha", 1f), beta = step.Attributes.Float("beta", 1f);
        if (step.Shape(0).Count == 2)
        {
            Activate(step, [step[0], step[1], step.Optional(2)], "Gemm", OnnxAttribute.Of("transB", rows ? 1L : 0L), OnnxAttribute.Of("alpha", alpha), OnnxAttribute.Of("beta", beta));
            return;
        }
        OnnxGraphBuilder builder = step.Builder;
        string weight = rows ? builder.Node("Transpose", [step[1]], [OnnxAttribute.Of("perm", [1L, 0L])]) : step[1];
        string? bias = step.Optional(2);
        if (bias is not null && beta != 1) bias = builder.Node("Mul", [bias, builder.Scalar(beta)]);
        Product(step, step[0], weight, bias, alpha);
    }

    private static void MatMul(ExportStep step) =>
        Product(step, Side(step, 0, step.Attributes.Flag("transA")), Side(step, 1, step.Attributes.Flag("transB")), step.Optional(2), step.Attributes.Float("alpha", 1f));

    /// <summary>An operand, its last two axes swapped if they should be.</summary>
    private static string Side(ExportStep step, int input, bool transpose)
    {
        if (!transpose) return step[input];
        int rank = step.Shape(input).Count;
        return step.Builder.Node("Transpose", [step[input]], [OnnxAttribute.Of("perm", [.. Enumerable.Range(0, rank - 2).Select(i => (long)i), rank - 1, rank - 2])]);
    }

    private static void Attention(ExportStep step)
    {
        OnnxGraphBuilder builder = step.Builder;
        string scores = builder.Node("MatMul", [step[0], Side(step, 1, step.Attributes.Flag("transB"))]);
        float scale = step.Attributes.Float("scale", 1f);
        if (scale != 1) scores = builder.Node("Mul", [scores, builder.Scalar(scale)]);
        if (step.Has(3)) scores = builder.Node("Add", [scores, step[3]]);
        step.Finish("MatMul", [builder.Node("Softmax", [scores], [OnnxAttribute.Of("axis", -1L)]), step[2]]);
    }

    private static void Product(ExportStep step, string a, string b, string? bias, float alpha)
    {
        OnnxGraphBuilder builder = step.Builder;
        if (alpha == 1 && bias is null)
        {
            Activate(step, [a, b], "MatMul");
            return;
        }
        string product = builder.Node("MatMul", [a, b]);
        if (alpha != 1 && bias is not null) product = builder.Node("Mul", [product, builder.Scalar(alpha)]);
        if (bias is not null) Activate(step, [product, bias], "Add");
        else Activate(step, [product, builder.Scalar(alpha)], "Mul");
    }

    private static void Pool(ExportStep step)
    {
        int[] kernel = step.Attributes.Ints("kernel_shape"), strides = step.Attributes.Ints("strides", 1, 1), pads = step.Attributes.Ints("pads", 0, 0, 0, 0);
        int[] dilations = step.Attributes.Ints("dilations", 1, 1);
        bool ceiling = false;
        for (int i = 0; i < 2; i++)
        {
            Dimension rest = step.Shape(0)[2 + i] + (pads[i] + pads[i + 2] - (kernel[i] - 1) * dilations[i] - 1);
            ceiling |= !(Dimension.FloorDivide(rest, strides[i]) + 1).Equals(step.Outputs[0].Shape[2 + i]);
        }
        var attributes = new List<OnnxAttribute> { step.Ints("kernel_shape"), step.Ints("strides", 1, 1), step.Ints("pads", 0, 0, 0, 0), OnnxAttribute.Of("ceil_mode", ceiling ? 1L : 0L) };
        if (dilations.Any(d => d != 1)) attributes.Add(step.Ints("dilations", 1, 1));
        if (dilations.Any(d => d != 1) && step.Operator == "AveragePool") step.Builder.Require(19);
        if (step.Operator == "AveragePool") attributes.Add(step.Int("count_include_pad", 0));
        if (step.Operator == "LpPool") attributes.Add(step.Int("p", 2));
        if (step.Outputs.Count > 1) attributes.Add(step.Int("storage_order", 0));
        step.Builder.Node(step.Operator, step.Inputs, step.Outputs.Select((_, i) => step.Output(i)), attributes);
    }

    /// <summary>A node, and after it the activation that is fused into the step.</summary>
    private static void Activate(ExportStep step, IEnumerable<string?> inputs, string op, params OnnxAttribute[] attributes)
    {
        string act = step.Attributes.Text("act", "");
        if (act.Length == 0)
        {
            step.Finish(op, inputs, attributes);
            return;
        }
        OnnxGraphBuilder builder = step.Builder;
        string sum = builder.Node(op, inputs, attributes);
        float[] p = step.Attributes.Floats("actp");
        switch (act)
        {
            case "relu": step.Finish("Relu", [sum]); break;
            case "sigmoid": step.Finish("Sigmoid", [sum]); break;
            case "hardswish": step.Finish("HardSwish", [sum]); break;
            case "hardswishadd": step.Finish("Add", [builder.Node("HardSwish", [sum]), builder.Scalar(p[0])]); break;
            case "silu": step.Finish("Mul", [sum, builder.Node("Sigmoid", [sum])]); break;
            case "leakyrelu": step.Finish("LeakyRelu", [sum], OnnxAttribute.Of("alpha", p[0])); break;
            case "hardsigmoid": step.Finish("HardSigmoid", [sum], OnnxAttribute.Of("alpha", p[0]), OnnxAttribute.Of("beta", p[1])); break;
            case "clip": step.Finish("Clip", [sum, Bound(builder, p[0]), Bound(builder, p[1])]); break;
            default: throw new FormatException($"the activation '{act}' is not known");
        }
    }

    internal static string? Bound(OnnxGraphBuilder builder, float bound) => float.IsFinite(bound) ? builder.Scalar(bound) : null;
}
