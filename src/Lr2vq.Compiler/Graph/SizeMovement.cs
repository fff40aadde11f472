using System;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>Moves the elements of small tensors of sizes. Shapes are checked by the shape rules before.</summary>
internal static class SizeMovement
{
    public static Ratio[] Broadcast(Operand x, int[] shape)
    {
        int lead = shape.Length - x.Shape.Length;
        return Map(shape, index =>
        {
            int at = 0;
            for (int i = 0; i < x.Shape.Length; i++) at = at * x.Shape[i] + (x.Shape[i] == 1 ? 0 : index[lead + i]);
            return x.Elements[at];
        });
    }

    /// <summary>Expand and Tile: the index in the source is the index modulo its length.</summary>
    public static Ratio[] Repeat(Operand x, int[] shape)
    {
        int lead = shape.Length - x.Shape.Length;
        return Map(shape, index =>
        {
            int at = 0;
            for (int i = 0; i < x.Shape.Length; i++) at = at * x.Shape[i] + index[lead + i] % x.Shape[i];
            return x.Elements[at];
        });
    }

    public static Ratio[] Transpose(Operand x, int[] permutation, int[] shape) => Map(shape, index =>
    {
        var source = new int[index.Length];
        for (int i = 0; i < index.Length; i++) source[permutation[i]] = index[i];
        return x.Elements[Flat(source, x.Shape)];
    });

    public static Ratio[] Concat(Operand[] inputs, int axis, int[] shape) => Map(shape, index =>
    {
        int position = index[axis];
        foreach (Operand input in inputs)
        {
            if (position < input.Shape[axis])
            {
                int[] source = [.. index];
                source[axis] = position;
                return input.Elements[Flat(source, input.Shape)];
            }
            position -= input.Shape[axis];
        }
        throw new GraphException("the operands of Concat do not fill its result");
    });

    public static Ratio[][] Split(Operand x, int axis, int[][] shapes)
    {
        int start = 0;
        var parts = new Ratio[shapes.Length][];
        for (int p = 0; p < parts.Length; p++)
        {
            int offset = start;
            parts[p] = Map(shapes[p], index =>
            {
                int[] source = [.. index];
                source[axis] += offset;
                return x.Elements[Flat(source, x.Shape)];
            });
            start += shapes[p][axis];
        }
        return parts;
    }

    public static Ratio[]? Slice(Operand x, StepAttributes attributes, int[] shape)
    {
        int[] axes = attributes.Ints("axes");
        Dimension[] starts = attributes.Dimensions("starts");
        int[] steps = attributes.Ints("steps", [.. axes.Select(_ => 1)]);
        if (!starts.All(start => start.IsConstant)) return null;
        return Map(shape, index =>
        {
            int[] source = [.. index];
            for (int i = 0; i < axes.Length; i++) source[axes[i]] = checked((int)starts[i].Value + index[axes[i]] * steps[i]);
            return x.Elements[Flat(source, x.Shape)];
        });
    }

    public static Ratio[]? Gather(Operand x, Operand indices, int axis, int[] shape)
    {
        var wanted = new int[indices.Elements.Length];
        for (int i = 0; i < wanted.Length; i++)
        {
            if (!indices.Elements[i].IsConstant || !indices.Elements[i].IsInteger) return null;
            long at = indices.Elements[i].Numerator.Value;
            if (at < 0) at += x.Shape[axis];
            if (at < 0 || at >= x.Shape[axis]) throw new GraphException($"the index {at} is outside the {x.Shape[axis]} elements of axis {axis}");
            wanted[i] = (int)at;
        }
        return Map(shape, index =>
        {
            int rank = indices.Shape.Length;
            int chosen = wanted[Flat(index.AsSpan(axis, rank), indices.Shape)];
            int[] source = [.. index[..axis], chosen, .. index[(axis + rank)..]];
            return x.Elements[Flat(source, x.Shape)];
        });
    }

    public static Ratio[] Reduce(Operand x, int[] axes, Func<Ratio, Ratio, Ratio> combine)
    {
        int[] kept = [.. x.Shape.Select((length, axis) => axes.Contains(axis) ? 1 : length)];
        var result = new Ratio?[kept.Aggregate(1, (n, d) => n * d)];
        int at = 0;
        Map(x.Shape, index =>
        {
            int[] target = [.. index.Select((position, axis) => axes.Contains(axis) ? 0 : position)];
            ref Ratio? slot = ref result[Flat(target, kept)];
            Ratio element = x.Elements[at++];
            slot = slot is { } sofar ? combine(sofar, element) : element;
            return element;
        });
        return result.All(r => r is not null) ? [.. result.Select(r => r!.Value)] : throw new GraphException("an empty tensor is reduced");
    }

    private static int Flat(ReadOnlySpan<int> index, ReadOnlySpan<int> shape)
    {
        int at = 0;
        for (int i = 0; i < shape.Length; i++)
        {
            if ((uint)index[i] >= (uint)shape[i]) throw new GraphException($"position {index[i]} is outside the {shape[i]} elements of axis {i}");
            at = at * shape[i] + index[i];
        }
        return at;
    }

    private static Ratio[] Map(int[] shape, Func<int[], Ratio> element)
    {
        var result = new Ratio[shape.Aggregate(1, (n, d) => checked(n * d))];
        var index = new int[shape.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = element(index);
            for (int axis = shape.Length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--) index[axis] = 0;
        }
        return result;
    }
}
