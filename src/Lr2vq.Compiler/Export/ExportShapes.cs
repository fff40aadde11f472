using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Export;

/// <summary>Operators whose ONNX form takes shapes or bounds as inputs.</summary>
internal static class ExportShapes
{
    /// <summary>True if the step was one of these.</summary>
    public static bool TryExport(ExportStep step)
    {
        OnnxGraphBuilder builder = step.Builder;
        IReadOnlyList<Dimension> shape = step.Outputs[0].Shape;
        switch (step.Operator)
        {
            case "Reshape":
                if (step.Shape(0).SequenceEqual(shape)) step.Finish("Identity", [step[0]]);
                // Nothing in another shape: a zero is a length, not a copy.
                else if (shape.Contains(Dimension.Zero)) step.Finish("Reshape", [step[0], builder.Vector(shape)], OnnxAttribute.Of("allowzero", 1L));
                else step.Finish("Reshape", [step[0], Target(step)], OnnxAttribute.Of("allowzero", 0L));
                return true;
            case "Expand":
                step.Finish("Expand", [step[0], builder.Vector(shape)]);
                return true;
            case "Tile":
                step.Finish("Tile", [step[0], builder.Vector([.. shape.Zip(step.Shape(0), Dimension.FloorDivide)])]);
                return true;
            case "Slice": Slice(step); return true;
            case "Split":
                int along = step.Attributes.Int("axis", 0);
                builder.Node("Split", [step[0], builder.Vector([.. step.Outputs.Select(output => output.Shape[along])])], step.Outputs.Select((_, i) => step.Output(i)),
                    [OnnxAttribute.Of("axis", (long)along)]);
                return true;
            case "Pad":
                string? value = step.Optional(1) ?? (step.Attributes.Float("value", 0f) is var fill and not 0f ? builder.Scalar(fill) : null);
                if (step.Attributes.Text("mode", "constant") == "wrap") builder.Require(19);
                if (step.Has(3)) builder.Require(18);
                step.Finish("Pad", [step[0], step.Optional(2) ?? builder.Vector(step.Attributes.Dimensions("pads")), value, step.Optional(3)], step.Text("mode", "constant"));
                return true;
            case "Resize": Resize(step); return true;
            case "Range" when step.InputCount > 0:
                step.Finish("Range", [.. Enumerable.Range(0, 3).Select(i => builder.Node("Squeeze", [step[i]]))]);
                return true;
            case "Range":
                Dimension start = step.Attributes.Dimensions("start")[0], delta = step.Attributes.Dimensions("delta")[0];
                string numbers = builder.Node("Range", [builder.ScalarExpression(start), builder.ScalarExpression(start + delta * shape[0]), builder.ScalarExpression(delta)]);
                step.Finish("Cast", [numbers], OnnxAttribute.Of("to", (long)step.Outputs[0].Type));
                return true;
            case "DimensionValues":
                string values = builder.Vector(step.Attributes.Dimensions("values"));
                step.Finish("Reshape", [values, builder.Vector(shape)]);
                return true;
            case "TopK":
                builder.Node("TopK", [step[0], builder.Expression(shape[step.Attributes.Int("axis", 0)])], step.Outputs.Select((_, i) => step.Output(i)),
                    [step.Int("axis", 0), step.Int("largest", 1), step.Int("sorted", 1)]);
                return true;
            case "OneHot": OneHot(step); return true;
            default:
                return false;
        }
    }

    /// <summary>The shape of a Reshape: numbers, 0 for what is copied, −1 for one more; else computed.</summary>
    private static string Target(ExportStep step)
    {
        IReadOnlyList<Dimension> shape = step.Outputs[0].Shape, before = step.Shape(0);
        var target = new long[shape.Count];
        bool free = false;
        for (int i = 0; i < target.Length; i++)
            if (shape[i].IsConstant && shape[i].Value != 0) target[i] = shape[i].Value;
            else if (i < before.Count && before[i].Equals(shape[i])) target[i] = 0;
            else if (!free && !shape[i].IsConstant) (target[i], free) = (-1, true);
            else return step.Builder.Vector(shape);
        return step.Builder.Integers(target);
    }

    private static void Slice(ExportStep step)
    {
        OnnxGraphBuilder builder = step.Builder;
        if (step.InputCount > 1)
        {
            step.Finish("Slice", step.Inputs);
            return;
        }
        int[] axes = step.Attributes.Ints("axes"), steps = step.Attributes.Ints("steps", [.. axes.Select(_ => 1)]);
        Dimension[] starts = step.Attributes.Dimensions("starts");
        var ends = new Dimension[axes.Length];
        for (int i = 0; i < axes.Length; i++)
        {
            ends[i] = starts[i] + step.Outputs[0].Shape[axes[i]] * steps[i];
            // Backwards to the first element: −1 would mean the last.
            if (steps[i] < 0 && ends[i].LowerBound() is null or < 0) ends[i] = long.MinValue + 1;
        }
        step.Finish("Slice", [step[0], builder.Vector(starts), builder.Vector(ends), builder.Integers(Array.ConvertAll(axes, a => (long)a)),
            builder.Integers(Array.ConvertAll(steps, s => (long)s))]);
    }

    /// <summary>ONNX Runtime has it for few combinations of types: indices and depth of i64, values of f32 or i64. Others are chosen by what it marks.</summary>
    private static void OneHot(ExportStep step)
    {
        OnnxGraphBuilder builder = step.Builder;
        ElementType type = step.Outputs[0].Type;
        string indices = builder.Node("Cast", [step[0]], [OnnxAttribute.Of("to", (long)ElementType.Int64)]), depth = builder.Expression(step.Outputs[0].Shape[step.Attributes.Int("axis", 0)]);
        if (type is ElementType.Float32 or ElementType.Int64)
        {
            step.Finish("OneHot", [indices, depth, step[1]], step.Int("axis", 0));
            return;
        }
        string marks = builder.Node("OneHot", [indices, depth, builder.Constant(0f, 1f)], [step.Int("axis", 0)]);
        string hot = builder.Node("Cast", [marks], [OnnxAttribute.Of("to", (long)ElementType.Bool)]);
        string Value(long index) => builder.Node("Gather", [step[1], builder.Integers(index)], [OnnxAttribute.Of("axis", 0L)]);
        step.Choose(hot, Value(1), Value(0));
    }

    private static void Resize(ExportStep step)
    {
        OnnxGraphBuilder builder = step.Builder;
        float[] roi = step.Attributes.Floats("roi");
        string? scales = step.Attributes.Reals("factors") is { Length: > 0 } factors ? builder.Vector(factors)
            : step.Attributes.Floats("scales") is { Length: > 0 } numbers ? builder.Constant(numbers) : null;
        string mode = step.Attributes.Text("mode", "nearest");
        var attributes = new List<OnnxAttribute> { OnnxAttribute.Of("mode", mode), step.Text("coordinate_transformation_mode", "half_pixel") };
        if (mode == "nearest") attributes.Add(OnnxAttribute.Of("nearest_mode", Nearest(step)));
        if (mode == "cubic") attributes.AddRange([step.Float("cubic_coeff_a", -0.75f), step.Int("exclude_outside", 0)]);
        if (step.Attributes.Flag("antialias")) attributes.Add(step.Int("antialias", 0));
        if (roi.Length > 0 || step.Has(1)) attributes.Add(step.Float("extrapolation_value", 0f));
        if (step.InputCount > 1)
        {
            builder.Require(18);
            // Without both, the lengths are those of the result.
            string? sizes = step.Optional(3) ?? (step.Has(2) ? null : builder.Vector([.. step.Attributes.Ints("axes").Select(axis => step.Outputs[0].Shape[axis])]));
            step.Finish("Resize", [step[0], step.Optional(1), step.Optional(2), sizes], [.. attributes, step.Ints("axes"), step.Text("keep_aspect_ratio_policy", "stretch")]);
            return;
        }
        step.Finish("Resize", [step[0], roi.Length > 0 ? builder.Constant(roi) : null, scales,
            scales is null ? builder.Vector(step.Outputs[0].Shape) : null], [.. attributes]);
    }

    /// <summary>The rule of opset 10 (<c>simple</c>) is floor where an axis grows and ceil where it shrinks.</summary>
    private static string Nearest(ExportStep step)
    {
        string nearest = step.Attributes.Text("nearest_mode", "round_prefer_floor");
        if (nearest != "simple") return nearest;
        return step.Shape(0).Zip(step.Outputs[0].Shape).Any(pair => (pair.First - pair.Second).LowerBound() > 0) ? "ceil" : "floor";
    }
}
