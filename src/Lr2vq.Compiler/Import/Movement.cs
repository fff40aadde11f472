using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Transpose; without perm the axes are reversed.</summary>
internal sealed class TransposeAxes() : OnnxOperator("Transpose")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int[] permutation = node.Ints("perm") ?? [.. Enumerable.Range(0, x.Rank).Reverse()];
        if (!permutation.Order().SequenceEqual(Enumerable.Range(0, x.Rank))) throw node.Invalid($"perm does not fit {x}");
        node.Return(node.Builder.Transpose(x, permutation, node.OutputName()));
    }
}

/// <summary>Concat along an axis.</summary>
internal sealed class Concatenation() : OnnxOperator("Concat")
{
    public override void Import(NodeContext node)
    {
        Value first = node[0];
        int axis = node.Axis(node.Int("axis", 1), first.Rank);
        Dimension[] shape = [.. first.Shape];
        var inputs = new List<Value>();
        for (int i = 0; i < node.InputCount; i++)
        {
            Value x = node[i];
            if (x.Type != first.Type || x.Rank != first.Rank) throw node.Invalid($"{x} does not fit {first}");
            for (int d = 0; d < shape.Length; d++)
                if (i == 0) continue;
                else if (d == axis) shape[d] += x.Shape[d];
                else if (Shapes.MayBeEqual(shape[d], x.Shape[d])) shape[d] = Shapes.Simpler(shape[d], x.Shape[d]);
                else throw node.Invalid($"{x} does not fit {first}");
            inputs.Add(x);
        }
        node.Return(inputs.Count == 1 ? first
            : node.Builder.Emit("Concat", inputs, new AttributeList().Add("axis", axis), first.Type, shape, node.OutputName()));
    }
}

/// <summary>Split into given lengths, or equal ones.</summary>
internal sealed class SplitParts() : OnnxOperator("Split")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int axis = node.Axis(node.Int("axis", 0), x.Rank), count = node.OutputCount;
        Dimension length = x.Shape[axis];
        Dimension[] sizes;
        if (node.Opset < 13 ? node.Ints("split") is { Length: > 0 } : node.Optional(1) is not null)
            sizes = node.Opset < 13 ? [.. node.Ints("split")!.Select(size => Dimension.Of(size))] : node.Sizes(1, "its lengths");
        else
        {
            // The last part is shorter if they cannot be equal (since opset 18).
            Dimension part = Dimension.CeilingDivide(length, count);
            sizes = [.. Enumerable.Range(0, count).Select(i => i < count - 1 ? part : length - part * (count - 1))];
        }
        if (sizes.Length != count || !Shapes.MayBeEqual(sizes.Aggregate(Dimension.Zero, (sum, size) => sum + size), length))
            throw node.Invalid($"its parts do not make up the {length} elements of axis {axis}");
        if (count == 1)
        {
            node.Return(x);
            return;
        }
        Value[] parts = [.. sizes.Select((size, i) => new Value(node.OutputName(i) ?? x.Name + "/" + i, x.Type,
            [.. x.Shape.Select((d, a) => a == axis ? size : d)]))];
        node.Return(node.Builder.Emit("Split", [x], new AttributeList().Add("axis", axis), parts));
    }
}

/// <summary>Pad: amounts and value as attributes before opset 11, as inputs since.</summary>
internal sealed class Padding() : OnnxOperator("Pad")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        string mode = node.Text("mode", "constant");
        if (mode is not ("constant" or "reflect" or "edge" or "wrap")) throw node.Unsupported($"mode '{mode}'");
        Dimension[] given = node.Opset < 11 ? [.. (node.Ints("pads") ?? []).Select(pad => Dimension.Of(pad))] : node.Sizes(1, "its pads");
        int[] axes = node.Opset >= 18 && node.Optional(3) is not null
            ? [.. node.Numbers(3, "its axes").Select(axis => node.Axis(axis, x.Rank))]
            : [.. Enumerable.Range(0, x.Rank)];
        if (given.Length != 2 * axes.Length) throw node.Invalid($"its pads do not fit {x}");
        Dimension[] pads = [.. Enumerable.Repeat(Dimension.Zero, 2 * x.Rank)];
        for (int i = 0; i < axes.Length; i++) (pads[axes[i]], pads[axes[i] + x.Rank]) = (given[i], given[i + axes.Length]);
        if (pads.All(pad => pad.Equals(Dimension.Zero)))
        {
            node.Return(x);
            return;
        }
        Dimension[] shape = [.. x.Shape.Select((length, axis) => length + pads[axis] + pads[axis + x.Rank])];
        if (shape.Any(length => length.IsConstant && length.Value < 0)) throw node.Invalid("it removes more than there is");
        AttributeList attributes = new AttributeList().Add("pads", pads).Add("mode", mode, "constant");
        Value? value = null;
        if (mode == "constant")
            if (node.Opset < 11) attributes.Add("value", node.Float("value", 0f), 0f);
            else if (node.Optional(2) is { } fill)
                if (fill.Scalar is { } number && x.IsFloat) attributes.Add("value", number, 0f);
                else value = fill.Elements is [{ IsConstant: true, Numerator.Value: 0 }] ? null : fill;
        node.Return(node.Builder.Emit("Pad", [x, value], attributes, x.Type, shape, node.OutputName()));
    }
}

/// <summary>DepthToSpace and SpaceToDepth.</summary>
internal sealed class DepthSpace() : OnnxOperator("DepthToSpace", "SpaceToDepth")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int block = node.Int("blocksize", 0);
        if (x.Rank != 4 || block < 1) throw node.Invalid("its input or block size does not fit");
        bool toSpace = node.OpType == "DepthToSpace";
        Dimension area = block * block;
        Dimension[] shape = toSpace
            ? [x.Shape[0], Dimension.FloorDivide(x.Shape[1], area), x.Shape[2] * block, x.Shape[3] * block]
            : [x.Shape[0], x.Shape[1] * area, Dimension.FloorDivide(x.Shape[2], block), Dimension.FloorDivide(x.Shape[3], block)];
        if (Shapes.Product(shape) is var total && !Shapes.MayBeEqual(total, Shapes.Product(x.Shape))) throw node.Invalid($"{x} cannot be divided into blocks of {block}");
        AttributeList attributes = new AttributeList().Add("blocksize", block);
        if (toSpace) attributes.Add("mode", node.Text("mode", "DCR"), "DCR");
        node.Return(node.Builder.Emit(node.OpType, [x], attributes, x.Type, shape, node.OutputName()));
    }
}

/// <summary>Trilu: the upper or lower triangle.</summary>
internal sealed class Triangle() : OnnxOperator("Trilu")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int k = node.Optional(1) is null ? 0 : node.Numbers(1, "its diagonal") is [int only] ? only : throw node.Invalid("its diagonal is not one number");
        AttributeList attributes = new AttributeList().Add("upper", node.Int("upper", 1), 1).Add("k", k, 0);
        node.Return(node.Builder.Unary("Trilu", x, attributes, node.OutputName()));
    }
}
