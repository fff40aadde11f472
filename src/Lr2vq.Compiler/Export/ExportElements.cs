using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Export;

/// <summary>Everything that ONNX has in the same form, or that is spelled out because the exported opset lacks it.</summary>
internal static class ExportElements
{
    private static readonly HashSet<string> AsTheyAre =
    [
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Erf", "Exp", "Floor", "HardSwish", "Log", "Mish", "Neg", "Reciprocal", "Relu",
        "Round", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Tan", "Tanh", "Not", "BitwiseNot", "IsNaN", "PRelu", "Sub", "Mul", "Div", "Pow",
        "Min", "Max", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor",
        "GlobalAveragePool", "GlobalMaxPool", "Det",
    ];

    /// <summary>True if the step was one of these.</summary>
    public static bool TryExport(ExportStep step)
    {
        if (AsTheyAre.Contains(step.Operator))
        {
            step.Finish(step.Operator, step.Inputs);
            return true;
        }
        if (Attributes(step) is { } attributes)
        {
            step.Finish(step.Operator, step.Inputs, attributes);
            return true;
        }
        if (step.Operator.StartsWith("Reduce", StringComparison.Ordinal))
        {
            bool keep = step.Outputs[0].Shape.Count == step.Shape(0).Count;
            step.Finish(step.Operator, [step[0], step.Optional(1) ?? step.Builder.Integers(Array.ConvertAll(step.Attributes.Ints("axes"), a => (long)a))], OnnxAttribute.Of("keepdims", keep ? 1L : 0L));
            return true;
        }
        return TrySpellOut(step);
    }

    /// <summary>How a cast or a quantization makes floats of 4 and 8 bits, where it is not as usual.</summary>
    internal static IEnumerable<OnnxAttribute> Narrowing(ExportStep step)
    {
        if (step.Attributes.Find("saturate") is not null) yield return step.Int("saturate", 1);
        if (step.Attributes.Find("round") is { } rounding) yield return OnnxAttribute.Of("round_mode", rounding);
    }

    private static OnnxAttribute[]? Attributes(ExportStep step) => step.Operator switch
    {
        "Celu" or "Elu" or "ThresholdedRelu" => [step.Float("alpha", 1f)],
        "LeakyRelu" => [step.Float("alpha", 0.01f)],
        "HardSigmoid" => [step.Float("alpha", 0.2f), step.Float("beta", 0.5f)],
        "Selu" => [step.Float("alpha", 1.67326319f), step.Float("gamma", 1.05070102f)],
        "Shrink" => [step.Float("lambd", 0.5f), step.Float("bias", 0f)],
        "IsInf" => [step.Int("detect_positive", 1), step.Int("detect_negative", 1)],
        "Mod" => [step.Int("fmod", 0)],
        "Cast" => [OnnxAttribute.Of("to", (long)step.Outputs[0].Type), .. Narrowing(step)],
        "ArgMax" or "ArgMin" => [step.Int("axis", 0), step.Int("select_last_index", 0), OnnxAttribute.Of("keepdims", step.Outputs[0].Shape.Count == step.Shape(0).Count ? 1L : 0L)],
        "Softmax" or "LogSoftmax" or "Hardmax" or "Concat" or "Gather" or "GatherElements" => [step.Int("axis", 0)],
        "GatherND" => [step.Int("batch_dims", 0)],
        "ScatterElements" => [step.Int("axis", 0), step.Text("reduction", "none")],
        "ScatterND" => [step.Text("reduction", "none")],
        "InstanceNormalization" => [step.Float("epsilon", 1e-5f)],
        "BatchNormalization" => [step.Float("epsilon", 1e-5f)],
        "LpNormalization" => [step.Int("axis", 0), step.Int("p", 2)],
        "LRN" => [step.Float("alpha", 1e-4f), step.Float("beta", 0.75f), step.Float("bias", 1f), step.Int("size", 1)],
        "Transpose" => [step.Ints("perm")],
        "DepthToSpace" => [step.Int("blocksize", 1), step.Text("mode", "DCR")],
        "SpaceToDepth" => [step.Int("blocksize", 1)],
        "EyeLike" => [step.Int("k", 0), OnnxAttribute.Of("dtype", (long)step.Outputs[0].Type)],
        _ => null,
    };

    private static bool TrySpellOut(ExportStep step)
    {
        OnnxGraphBuilder builder = step.Builder;
        string Binary(string op, string a, string b) => builder.Node(op, [a, b]);
        switch (step.Operator)
        {
            case "BitShift":
                // ONNX shifts unsigned numbers alone.
                step.FinishAs(ElementType.UInt64, "BitShift", step.Inputs, OnnxAttribute.Of("direction", step.Attributes.Text("direction", "").ToUpperInvariant()));
                return true;
            case "Where":
                step.Choose(step[0], step[1], step[2]);
                return true;
            case "Clip":
                string? min = step.Optional(1), max = step.Optional(2);
                if (step.InputCount == 1)
                    (min, max) = (ExportProducts.Bound(builder, step.Attributes.Float("min", float.NegativeInfinity)), ExportProducts.Bound(builder, step.Attributes.Float("max", float.PositiveInfinity)));
                step.Finish("Clip", [step[0], min, max]);
                return true;
            case "Swish":
                float alpha = step.Attributes.Float("alpha", 1f);
                string scaled = alpha == 1 ? step[0] : Binary("Mul", step[0], builder.Scalar(alpha));
                step.Finish("Mul", [step[0], builder.Node("Sigmoid", [scaled])]);
                return true;
            case "Gelu": Gelu(step); return true;
            case "CumSum":
                step.Finish("CumSum", [step[0], builder.Integers(step.Attributes.Int("axis", 0))], step.Int("exclusive", 0), step.Int("reverse", 0));
                return true;
            case "Expect":
                // ONNX has nothing that refuses; whoever exports knows the sizes.
                step.Finish("Identity", [step[0]]);
                return true;
            case "Trilu" when step.Has(1):
                string diagonal = builder.Node("Cast", [builder.Node("Squeeze", [step[1]])], [OnnxAttribute.Of("to", (long)ElementType.Int64)]);
                step.Finish("Trilu", [step[0], diagonal], step.Int("upper", 1));
                return true;
            case "Trilu":
                step.Finish("Trilu", [step[0], builder.Node("Squeeze", [builder.Integers(step.Attributes.Int("k", 0))])], step.Int("upper", 1));
                return true;
            case "LayerNormalization":
                // The scale is no option in ONNX.
                string scale = step.Optional(1) ?? builder.Node("Expand", [builder.Constant(1f), builder.Vector([.. step.Shape(0).Skip(step.Attributes.Int("axis", 0))])]);
                step.Finish("LayerNormalization", [step[0], scale, step.Optional(2)], step.Int("axis", 0), step.Float("epsilon", 1e-5f));
                return true;
            case "RMSNormalization":
                int axis = step.Attributes.Int("axis", 0), rank = step.Shape(0).Count;
                string axes = builder.Integers([.. Enumerable.Range(axis, rank - axis).Select(a => (long)a)]);
                string square = builder.Node("ReduceMean", [Binary("Mul", step[0], step[0]), axes], [OnnxAttribute.Of("keepdims", 1L)]);
                string root = builder.Node("Sqrt", [Binary("Add", square, builder.Scalar(step.Attributes.Float("epsilon", 1e-5f)))]);
                step.Finish("Mul", [Binary("Div", step[0], root), step[1]]);
                return true;
            case "GroupNormalization": GroupNormalization(step); return true;
            case "GridSample":
                builder.Require(20);
                step.Finish("GridSample", step.Inputs, step.Text("mode", "linear"), step.Text("padding_mode", "zeros"), step.Int("align_corners", 0));
                return true;
            case "DFT":
                builder.Require(20);
                step.Finish("DFT", [step[0], null, builder.Node("Squeeze", [builder.Integers(-2)])], step.Int("inverse", 0),
                    OnnxAttribute.Of("onesided", step.Outputs[0].Shape[^2].Equals(step.Shape(0)[^2]) ? 0L : 1L));
                return true;
            case "Col2Im":
                string block = step.Optional(1) ?? builder.Integers(Array.ConvertAll(step.Attributes.Ints("kernel_shape"), k => (long)k));
                step.Finish("Col2Im", [step[0], builder.Vector([.. step.Outputs[0].Shape.Skip(2)]), block],
                    [.. new[] { "strides", "pads", "dilations" }.Where(name => step.Attributes.Find(name) is not null).Select(name => step.Ints(name))]);
                return true;
            case "RoiAlign":
                string images = builder.Node("Cast", [step[2]], [OnnxAttribute.Of("to", (long)ElementType.Int64)]);
                step.Finish("RoiAlign", [step[0], step[1], images], step.Text("mode", "avg"), step.Float("spatial_scale", 1f), step.Int("sampling_ratio", 0),
                    OnnxAttribute.Of("output_height", step.Outputs[0].Shape[2].Value), OnnxAttribute.Of("output_width", step.Outputs[0].Shape[3].Value),
                    OnnxAttribute.Of("coordinate_transformation_mode", step.Attributes.Flag("half_pixel") ? "half_pixel" : "output_half_pixel"));
                return true;
            case "MaxRoiPool":
                step.Finish("MaxRoiPool", step.Inputs, step.Float("spatial_scale", 1f), OnnxAttribute.Of("pooled_shape", step.Outputs[0].Shape[2].Value, step.Outputs[0].Shape[3].Value));
                return true;
            case "ToBlocked" or "ToPlain":
                step.Finish("Identity", [step[0]]);
                return true;
            default:
                return false;
        }
    }

    private static void Gelu(ExportStep step)
    {
        OnnxGraphBuilder builder = step.Builder;
        string Binary(string op, string a, string b) => builder.Node(op, [a, b]);
        string x = step[0], curve;
        if (step.Attributes.Text("approximate", "none") == "tanh")
        {
            string cubic = Binary("Mul", Binary("Mul", Binary("Mul", x, x), x), builder.Scalar(0.044715f));
            curve = builder.Node("Tanh", [Binary("Mul", Binary("Add", x, cubic), builder.Scalar((float)Math.Sqrt(2 / Math.PI)))]);
        }
        else curve = builder.Node("Erf", [Binary("Mul", x, builder.Scalar((float)Math.Sqrt(0.5)))]);
        string gate = Binary("Mul", Binary("Add", curve, builder.Scalar(1f)), builder.Scalar(0.5f));
        step.Finish("Mul", [x, gate]);
    }

    /// <summary>Each group is an instance of its own: normalized over all of it, then scaled channel by channel.</summary>
    private static void GroupNormalization(ExportStep step)
    {
        OnnxGraphBuilder builder = step.Builder;
        long groups = step.Attributes.Int("num_groups", 1), channels = step.Shape(0)[1].Value;
        IReadOnlyList<Dimension> shape = step.Shape(0);
        string grouped = builder.Node("Reshape", [step[0], builder.Integers(0, groups, -1)]);
        float[] ones = [.. Enumerable.Repeat(1f, (int)groups)];
        string normal = builder.Node("InstanceNormalization", [grouped, builder.Constant(ones), builder.Constant(new float[groups])], [step.Float("epsilon", 1e-5f)]);
        string back = builder.Node("Reshape", [normal, builder.Vector(shape)]);
        string perChannel = builder.Integers([channels, .. Enumerable.Repeat(1L, shape.Count - 2)]);
        string scaled = builder.Node("Mul", [back, builder.Node("Reshape", [step[1], perChannel])]);
        step.Finish("Add", [scaled, builder.Node("Reshape", [step[2], perChannel])]);
    }
}
