using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>DFT: its axis is an attribute before opset 20 (1, if it is not given), an input since (the last but one).</summary>
internal sealed class DFT() : OnnxOperator("DFT")
{
    /// <summary>Dimensions up to which all transforms are made.</summary>
    private const int MostAxes = 4;

    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        if (x.Rank < 2) throw node.Invalid($"{x} does not have two dimensions");
        bool inverse = node.Int("inverse", 0) != 0, half = node.Int("onesided", 0) != 0;
        if (inverse && half) throw node.Unsupported("half of a spectrum that is turned back (inverse and onesided)");
        if (node.Opset >= 20 && node.Optional(2) is { Dimensions: null, Unfollowed: null } which && x.Rank <= MostAxes && OfData(node, x, which, inverse, half)) return;
        int given = node.Opset < 20 ? node.Int("axis", 1) : node.Optional(2) is null ? -2 : node.Number(2, "its axis");
        int axis = node.Axis(given, x.Rank);
        if (axis == x.Rank - 1) throw node.Invalid("its axis is that of real and imaginary parts");
        node.Return(Along(node, x, axis, inverse, half, node.OutputName()));
    }

    /// <summary>Where the axis is data, one of the transforms along those that lead to the same shape is taken.</summary>
    private static bool OfData(NodeContext node, Value x, Value which, bool inverse, bool half)
    {
        GraphBuilder builder = node.Builder;
        if (which.Type is not (ElementType.Int32 or ElementType.Int64) || which.Count != 1 || node.Optional(1) is not null) return false;
        Dimension[] whole = [.. x.Shape[..^1], 2];
        Dimension[] Made(int axis) => [.. whole.Select((length, d) => half && d == axis ? Dimension.FloorDivide(length, 2) + 1 : length)];
        Dimension[]? shape = !half ? whole : node.Declared(0) is { } declared ? Array.ConvertAll(declared, length => Dimension.Of(length)) : null;
        if (shape is null) return false;
        int[] axes = [.. Enumerable.Range(0, x.Rank - 1).Where(axis => Made(axis).SequenceEqual(shape))];
        if (axes.Length == 0) return false;
        // No place for an axis that cannot be: Gather refuses it.
        long[] places = [.. Enumerable.Range(0, x.Rank).Select(axis => Array.IndexOf(axes, axis) is >= 0 and var place ? (long)place : axes.Length)];
        Value all = builder.Concat([.. axes.Select(axis => builder.Reshape(Along(node, x, axis, inverse, half, null), [Dimension.One, .. shape]))], 0);
        AttributeList first = new AttributeList().Add("axis", 0);
        Value at = builder.Emit("Gather", [builder.Constant(ConstantTensor.Of([x.Rank], places), "places"), builder.Reshape(which, [])], first, ElementType.Int64, []);
        node.Return(builder.Emit("Gather", [all, at], first, x.Type, shape, node.OutputName()));
        return true;
    }

    private static Value Along(NodeContext node, Value x, int axis, bool inverse, bool half, string? output)
    {
        GraphBuilder builder = node.Builder;
        int[] order = [.. Enumerable.Range(0, x.Rank - 1).Where(d => d != axis), axis, x.Rank - 1];
        Value signal = builder.Transpose(x, order);
        if (node.Optional(1) is not null) signal = Fit(node, signal, node.Sizes(1, "the length of the transform") is [var length] ? length : throw node.Invalid("its length is not one number"));
        Value y = Transform(node, signal, inverse, half);
        return builder.Transpose(y, [.. Enumerable.Range(0, x.Rank).Select(d => Array.IndexOf(order, d))], output);
    }

    /// <summary>The transform along the last axis but one.</summary>
    internal static Value Transform(NodeContext node, Value x, bool inverse, bool half)
    {
        if (!x.Shape[^1].IsConstant) throw node.NotANumber("how many parts its numbers have", x.Shape[^1]);
        if (x.Shape[^1].Value is < 1 or > 2) throw node.Invalid($"the last axis of {x} does not hold the parts of a number");
        Dimension length = x.Shape[^2], kept = half ? Dimension.FloorDivide(length, 2) + 1 : length;
        return node.Builder.Emit("DFT", [x], new AttributeList().Flag("inverse", inverse), ElementType.Float32, [.. x.Shape[..^2], kept, 2]);
    }

    /// <summary>Cuts the signal, or adds zeros.</summary>
    private static Value Fit(NodeContext node, Value x, Dimension length)
    {
        Dimension before = x.Shape[^2], kept = Dimension.Min(before, length), more = length - kept;
        if (length.IsConstant && length.Value < 1) throw node.Invalid($"the length of the transform is {length}");
        Dimension[] pads = [.. Enumerable.Repeat(Dimension.Zero, 2 * x.Rank)];
        if (!kept.Equals(before)) x = node.Builder.Emit("Slice", [x], new AttributeList().Add("axes", [x.Rank - 2]).Add("starts", [Dimension.Zero]), x.Type, [.. x.Shape[..^2], kept, x.Shape[^1]]);
        if (more.Equals(Dimension.Zero)) return x;
        pads[^2] = more;
        return node.Builder.Emit("Pad", [x], new AttributeList().Add("pads", pads), x.Type, [.. x.Shape[..^2], length, x.Shape[^1]]);
    }
}
