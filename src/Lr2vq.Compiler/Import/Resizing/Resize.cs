using System;
using System.Collections.Generic;
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
        string coordinates = old ? "asymmetric" : node.Text("coordinate_transformation_mode", "half_pixel");
        int[] axes = node.Ints("axes") is { } given ? [.. given.Select(axis => node.Axis(axis, x.Rank))] : [.. Enumerable.Range(0, x.Rank)];
        (Dimension[] shape, float[]? scales) = Target(node, x, old, axes);
        float[]? roi = coordinates == "tf_crop_and_resize" ? Region(node, x, axes) : null;
        if (shape.SequenceEqual(x.Shape) && roi is null && scales is null)
        {
            node.Return(x);
            return;
        }
        AttributeList attributes = new AttributeList().Add("mode", mode).Add("coordinate_transformation_mode", coordinates, "half_pixel");
        if (mode == "nearest") attributes.Add("nearest_mode", node.OpType == "Upsample" ? "floor" : old ? "simple" : node.Text("nearest_mode", "round_prefer_floor"), "round_prefer_floor");
        if (mode == "cubic") attributes.Add("cubic_coeff_a", node.Float("cubic_coeff_a", -0.75f), -0.75f);
        if (mode == "cubic") attributes.Flag("exclude_outside", node.Int("exclude_outside", 0) != 0);
        attributes.Flag("antialias", node.Int("antialias", 0) != 0);
        if (scales is not null) attributes.Add("scales", scales);
        if (roi is not null) attributes.Add("roi", roi).Add("extrapolation_value", node.Float("extrapolation_value", 0f), 0f);
        node.Return(node.Builder.Emit("Resize", [x], attributes, x.Type, shape, node.OutputName()));
    }

    /// <summary>The shape of the result; and the scales, where they are not just the ratio of the lengths.</summary>
    private static (Dimension[] Shape, float[]? Scales) Target(NodeContext node, Value x, bool old, int[] axes)
    {
        Value? scales = old ? node.OpType == "Upsample" && node.Opset < 9 ? AttributeScales(node) : node[1] : node.Optional(2);
        Value? sizes = old ? null : node.Optional(3);
        // An empty tensor stands for an absent one.
        if (scales?.Count == 0) scales = null;
        if (scales is null == sizes is null && scales is null) throw node.Invalid("it has neither scales nor sizes");
        Dimension[] shape = [.. x.Shape];
        if (scales is null)
        {
            Dimension[] wanted = sizes!.Dimensions ?? throw node.DataDependent("its sizes");
            if (wanted.Length != axes.Length) throw node.Invalid($"its sizes do not fit {x}");
            string policy = node.Text("keep_aspect_ratio_policy", "stretch");
            if (policy != "stretch") return Proportional(node, x, axes, wanted, policy);
            for (int i = 0; i < axes.Length; i++) shape[axes[i]] = wanted[i];
            return (shape, null);
        }
        float[]? numbers = scales.Constant?.ToFloats();
        if ((numbers?.Length ?? scales.Elements?.Length) != axes.Length) throw numbers is null && scales.Elements is null ? node.DataDependent("its scales") : node.Invalid($"its scales do not fit {x}");
        var all = new float[x.Rank];
        Array.Fill(all, 1f);
        bool isRatio = true;
        for (int i = 0; i < axes.Length; i++)
        {
            Dimension length = x.Shape[axes[i]];
            if (numbers is null || !length.IsConstant)
            {
                Ratio factor = numbers is null ? scales.Elements![i] : Ratio.Of(numbers[i]) ?? throw node.Unsupported($"the scale {numbers[i]} of a symbolic dimension");
                Ratio scaled = (Ratio)length * factor;
                shape[axes[i]] = scaled.Floor().Numerator;
                isRatio &= scaled.IsInteger;
            }
            else
            {
                shape[axes[i]] = (long)MathF.Floor(length.Value * numbers[i]);
                isRatio &= (float)shape[axes[i]].Value / length.Value == numbers[i];
            }
            if (numbers is not null) all[axes[i]] = numbers[i] > 0 ? numbers[i] : throw node.Invalid("a scale is not positive");
        }
        return (shape, numbers is null || isRatio ? null : all);
    }

    private static (Dimension[], float[]?) Proportional(NodeContext node, Value x, int[] axes, Dimension[] wanted, string policy)
    {
        if (!wanted.All(w => w.IsConstant) || !axes.All(axis => x.Shape[axis].IsConstant)) throw node.Unsupported($"{policy} of symbolic dimensions");
        IEnumerable<float> ratios = axes.Select((axis, i) => wanted[i].Value / (float)x.Shape[axis].Value);
        float scale = policy == "not_larger" ? ratios.Min() : ratios.Max();
        Dimension[] shape = [.. x.Shape];
        foreach (int axis in axes) shape[axis] = (long)MathF.Round(scale * x.Shape[axis].Value, MidpointRounding.AwayFromZero);
        float[] all = [.. Enumerable.Range(0, x.Rank).Select(axis => axes.Contains(axis) ? scale : 1f)];
        return (shape, all);
    }

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
