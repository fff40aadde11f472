using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>Moves the elements of small tensors of sizes. Shapes are checked by the shape rules before.</summary>
internal static class SizeMovement
{
    /// <summary>The elements of a result whose elements are those of the operands; null if the operator computes.</summary>
    public static T[]? Move<T>(string op, Operand<T>[] operands, IReadOnlyList<Value?> inputs, StepAttributes attributes, int[] shape) => op switch
    {
        "Reshape" => operands[0].Elements,
        "Transpose" => Transpose(operands[0], attributes.Ints("perm"), shape),
        "Concat" => Concat(operands, attributes.Int("axis", 0), shape),
        "Slice" => Slice(operands[0], attributes, shape),
        "Gather" => inputs[1]!.Dimensions is { } indices ? Gather(operands[0], Operand.Of(indices, inputs[1]!), attributes.Int("axis", 0), shape) : null,
        "Expand" or "Tile" => Repeat(operands[0], shape),
        _ => null,
    };

    public static T[] Broadcast<T>(Operand<T> x, int[] shape)
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
    public static T[] Repeat<T>(Operand<T> x, int[] shape)
    {
        int lead = shape.Length - x.Shape.Length;
        return Map(shape, index =>
        {
            int at = 0;
            for (int i = 0; i < x.Shape.Length; i++) at = at * x.Shape[i] + index[lead + i] % x.Shape[i];
            return x.Elements[at];
        });
    }

    public static T[] Transpose<T>(Operand<T> x, int[] permutation, int[] shape) => Map(shape, index =>
    {
        var source = new int[index.Length];
        for (int i = 0; i < index.Length; i++) source[permutation[i]] = index[i];
        return x.Elements[Flat(source, x.Shape)];
    });

    public static T[] Concat<T>(Operand<T>[] inputs, int axis, int[] shape) => Map(shape, index =>
    {
        int position = index[axis];
        foreach (Operand<T> input in inputs)
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

    public static T[][] Split<T>(Operand<T> x, int axis, int[][] shapes)
    {
        int start = 0;
        var parts = new T[shapes.Length][];
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

    public static T[]? Slice<T>(Operand<T> x, StepAttributes attributes, int[] shape)
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

    public static T[]? Gather<T>(Operand<T> x, Operand<Dimension> indices, int axis, int[] shape)
    {
        var wanted = new int[indices.Elements.Length];
        for (int i = 0; i < wanted.Length; i++)
        {
            if (!indices.Elements[i].IsConstant) return null;
            long at = indices.Elements[i].Value;
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

    public static T[] Reduce<T>(Operand<T> x, int[] axes, Func<T, T, T> combine) where T : class
    {
        int[] kept = [.. x.Shape.Select((length, axis) => axes.Contains(axis) ? 1 : length)];
        var result = new T?[kept.Aggregate(1, (n, d) => n * d)];
        int at = 0;
        Map(x.Shape, index =>
        {
            int[] target = [.. index.Select((position, axis) => axes.Contains(axis) ? 0 : position)];
            ref T? slot = ref result[Flat(target, kept)];
            T element = x.Elements[at++];
            slot = slot is null ? element : combine(slot, element);
            return element;
        });
        return [.. result.Select(element => element ?? throw new GraphException("an empty tensor is reduced"))];
    }

    /// <summary>Element by element, from the first operand to the last.</summary>
    public static T[] Combine<T>(Operand<T>[] inputs, int[] shape, Func<T, T, T> combine)
    {
        T[] result = Broadcast(inputs[0], shape);
        for (int i = 1; i < inputs.Length; i++)
        {
            T[] next = Broadcast(inputs[i], shape);
            for (int k = 0; k < result.Length; k++) result[k] = combine(result[k], next[k]);
        }
        return result;
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

    private static T[] Map<T>(int[] shape, Func<int[], T> element)
    {
        var result = new T[shape.Aggregate(1, (n, d) => checked(n * d))];
        var index = new int[shape.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = element(index);
            for (int axis = shape.Length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--) index[axis] = 0;
        }
        return result;
    }
}
