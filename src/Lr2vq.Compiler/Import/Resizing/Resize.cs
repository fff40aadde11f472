using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Resize of opset 10 and later, and Upsample before it.</summary>
internal sealed class Resize() : OnnxOperator("Resize", "Upsample")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        bool old = node.OpType == "Upsample" || node.Opset < 11;
        string mode = node.Text("mode", "nearest");
        if (mode == "bilinear") mode = "linear";
        if (mode is not ("nearest" or "linear" or "cubic")) throw node.Unsupported($"mode '{mode}'");
        string coordinates = old ? "asymmetric" : node.Choice("coordinate_transformation_mode", "half_pixel",
            "half_pixel", "pytorch_half_pixel", "half_pixel_symmetric", "align_corners", "asymmetric", "tf_crop_and_resize", "tf_half_pixel_for_nn");
        int[] axes = node.Ints("axes") is { } given ? [.. given.Select(axis => node.Axis(axis, x.Rank))] : [.. Enumerable.Range(0, x.Rank)];
        AttributeList attributes = new AttributeList().Add("mode", mode).Add("coordinate_transformation_mode", coordinates, "half_pixel");
        if (mode == "nearest") attributes.Add("nearest_mode", node.OpType == "Upsample" ? "floor" : old ? "simple"
            : node.Choice("nearest_mode", "round_prefer_floor", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil"), "round_prefer_floor");
        if (mode == "cubic") attributes.Add("cubic_coeff_a", node.Float("cubic_coeff_a", -0.75f), -0.75f);
        if (mode == "cubic") attributes.Flag("exclude_outside", node.Int("exclude_outside", 0) != 0);
        attributes.Flag("antialias", node.Int("antialias", 0) != 0);
        if (OfData(node, x, old, coordinates, axes, attributes)) return;
        (Dimension[] shape, Real[]? scales) = Target(node, x, old, axes);
        float[]? roi = coordinates == "tf_crop_and_resize" ? Region(node, x, axes) : null;
        if (shape.SequenceEqual(x.Shape) && roi is null && scales is null)
        {
            node.Return(x);
            return;
        }
        if (scales is not null)
            if (Array.TrueForAll(scales, scale => scale.IsConstant)) attributes.Add("scales", scales.Select(scale => scale.Value));
            else attributes.Add("factors", string.Join(",", (object[])scales));
        if (roi is not null) attributes.Add("roi", roi).Add("extrapolation_value", node.Float("extrapolation_value", 0f), 0f);
        node.Return(node.Builder.Emit("Resize", [x], attributes, x.Type, shape, node.OutputName()));
    }

    /// <summary>Scales, sizes or a region that are data become operands of the step, where the model declares the shape of the result.</summary>
    private static bool OfData(NodeContext node, Value x, bool old, string coordinates, int[] axes, AttributeList attributes)
    {
        if (node.OpType == "Upsample" && node.Opset < 9) return false;
        bool crops = coordinates == "tf_crop_and_resize";
        Value? roi = crops && !old ? node.Optional(1) : null, scales = node.Optional(old ? 1 : 2), sizes = old ? null : node.Optional(3);
        if (scales?.Count == 0) scales = null;
        // How a region and scales together decide about lengths differs between opsets.
        if (crops && (scales is not null || roi is null)) return false;
        if ((crops ? node.ShapeOfData(x.Rank, 1, 3) : old ? node.ShapeOfData(x.Rank, 1) : node.ShapeOfData(x.Rank, 2, 3)) is not { } shape) return false;
        attributes.Add("axes", axes).Add("keep_aspect_ratio_policy", node.Choice("keep_aspect_ratio_policy", "stretch", "stretch", "not_larger", "not_smaller"), "stretch");
        if (crops) attributes.Add("extrapolation_value", node.Float("extrapolation_value", 0f), 0f);
        node.Return(node.Builder.Emit("Resize", [x, roi, scales, sizes], attributes, x.Type, shape, node.OutputName()));
        return true;
    }

    /// <summary>The shape of the result; and the scales, where they are not just the ratio of the lengths.</summary>
    private static (Dimension[] Shape, Real[]? Scales) Target(NodeContext node, Value x, bool old, int[] axes)
    {
        Value? scales = old ? node.OpType == "Upsample" && node.Opset < 9 ? AttributeScales(node) : node[1] : node.Optional(2);
        Value? sizes = old ? null : node.Optional(3);
        // An empty tensor stands for an absent one.
        if (scales?.Count == 0) scales = null;
        if (scales is null == sizes is null && scales is null) throw node.Invalid("it has neither scales nor sizes");
        Dimension[] shape = [.. x.Shape];
        if (scales is null)
        {
            Dimension[] wanted = node.Sizes(3, "its sizes");
            if (wanted.Length != axes.Length) throw node.Invalid($"its sizes do not fit {x}");
            string policy = node.Choice("keep_aspect_ratio_policy", "stretch", "stretch", "not_larger", "not_smaller");
            if (policy != "stretch") return Proportional(x, axes, wanted, policy);
            for (int i = 0; i < axes.Length; i++) shape[axes[i]] = wanted[i];
            return (shape, null);
        }
        Real[] factors = scales.Reals ?? throw node.DataDependent("its scales", scales);
        if (factors.Length != axes.Length) throw node.Invalid($"its scales do not fit {x}");
        Real[] all = Ones(x.Rank);
        bool isRatio = true;
        for (int i = 0; i < axes.Length; i++)
        {
            if (factors[i].IsConstant && !(factors[i].Value > 0)) throw node.Invalid("a scale is not positive");
            Real length = Real.Of(x.Shape[axes[i]]), scaled = Real.Of(RealOperation.Multiply, length, factors[i]);
            shape[axes[i]] = Dimension.Truncate(scaled);
            // Then the ratio of the lengths is the same float.
            isRatio &= scaled.Exact is { Denominator: 1 } && Real.Of(RealOperation.Divide, scaled, length).Equals(factors[i]);
            all[axes[i]] = factors[i];
        }
        return (shape, isRatio ? null : all);
    }

    private static (Dimension[], Real[]?) Proportional(Value x, int[] axes, Dimension[] wanted, string policy)
    {
        RealOperation extreme = policy == "not_larger" ? RealOperation.Min : RealOperation.Max;
        Real scale = axes.Select((axis, i) => Real.Of(RealOperation.Divide, Real.Of(wanted[i]), Real.Of(x.Shape[axis]))).Aggregate((a, b) => Real.Of(extreme, a, b));
        Dimension[] shape = [.. x.Shape];
        Real[] all = Ones(x.Rank);
        foreach (int axis in axes)
        {
            shape[axis] = Dimension.Truncate(Real.Of(RealOperation.RoundAway, Real.Of(RealOperation.Multiply, scale, Real.Of(x.Shape[axis]))));
            all[axis] = scale;
        }
        return (shape, all);
    }

    private static Real[] Ones(int count) => [.. Enumerable.Repeat(Real.Of(1f), count)];

    private static float[] Region(NodeContext node, Value x, int[] axes)
    {
        float[]? given = node.Optional(1)?.Constant is { Type: ElementType.Float32 } constant ? constant.ToFloats() : null;
        if (given?.Length != 2 * axes.Length) throw node.Unsupported("a region that is computed or does not fit");
        float[] roi = [.. Enumerable.Repeat(0f, x.Rank), .. Enumerable.Repeat(1f, x.Rank)];
        for (int i = 0; i < axes.Length; i++) (roi[axes[i]], roi[axes[i] + x.Rank]) = (given[i], given[i + axes.Length]);
        return roi;
    }

    private static Value AttributeScales(NodeContext node)
    {
        float[] scales = node.Attribute("scales")?.Floats ?? throw node.Invalid("its scales are missing");
        return node.Builder.Constant(ConstantTensor.Of([scales.Length], scales), "scales");
    }
}
