using System;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

internal sealed partial class GraphBuilder
{
    /// <summary>An operator that keeps type and shape.</summary>
    public Value Unary(string op, Value x, StepAttributes? attributes = null, string? output = null) =>
        Emit(op, [x], attributes ?? StepAttributes.Empty, x.Type, x.Shape, output);

    /// <summary>An operator of two operands that broadcasts. The shapes must fit.</summary>
    public Value Binary(string op, Value a, Value b, ElementType? type = null, string? output = null) =>
        Emit(op, [a, b], StepAttributes.Empty, type ?? a.Type,
            Shapes.Broadcast(a.Shape, b.Shape) ?? throw new GraphException($"the shapes of {a} and {b} do not fit"), output);

    /// <summary>The same elements with another shape; the value itself if that is its shape already.</summary>
    public Value Reshape(Value x, Dimension[] shape, string? output = null)
    {
        if (x.Shape.SequenceEqual(shape)) return x;
        if (x.Constant is { } constant && Shapes.Numbers(shape) is { } numbers && x.Count == numbers.Aggregate(1L, (n, d) => n * d))
            return new Value(output ?? x.Name, x.Type, shape) { Constant = new ReshapedConstant(constant, numbers) };
        return Emit("Reshape", [x], StepAttributes.Empty, x.Type, shape, output);
    }

    public Value Transpose(Value x, int[] permutation, string? output = null)
    {
        if (permutation.SequenceEqual(Enumerable.Range(0, x.Rank))) return x;
        return Emit("Transpose", [x], new AttributeList().Add("perm", permutation), x.Type, [.. permutation.Select(axis => x.Shape[axis])], output);
    }

    public Value Cast(Value x, ElementType type, string? output = null) => Cast(x, type, StepAttributes.Empty, output);

    /// <summary>Casts as attributes say.</summary>
    public Value Cast(Value x, ElementType type, StepAttributes attributes, string? output = null) =>
        x.Type == type ? x : Emit("Cast", [x], attributes, type, x.Shape, output);

    /// <summary>Repeats along dimensions of length 1, and adds leading ones.</summary>
    public Value Expand(Value x, Dimension[] shape, string? output = null) =>
        x.Shape.SequenceEqual(shape) ? x : Emit("Expand", [x], StepAttributes.Empty, x.Type, shape, output);

    /// <summary>start, start + delta, … as integers.</summary>
    public Value Range(Dimension start, Dimension delta, Dimension length, ElementType type, string? output = null) =>
        Emit("Range", [], new AttributeList().Add("start", [start]).Add("delta", [delta]), type, [length], output);

    /// <summary>Some entries of an axis; the value itself if that is all of them.</summary>
    public Value Slice(Value x, int axis, int start, int count)
    {
        if (x.Shape[axis].Equals(Dimension.Of(count))) return x;
        Dimension[] shape = [.. x.Shape];
        shape[axis] = count;
        return Emit("Slice", [x], new AttributeList().Add("axes", [axis]).Add("starts", [Dimension.Of(start)]), x.Type, shape,
            FormattableString.Invariant($"{x.Name}[{start}..{start + count}]"));
    }

    /// <summary>Values one after the other along an axis; other lengths must fit.</summary>
    public Value Concat(Value[] parts, int axis)
    {
        Dimension[] shape = [.. parts[0].Shape];
        foreach (Value part in parts.Skip(1)) shape[axis] += part.Shape[axis];
        return Emit("Concat", parts, new AttributeList().Add("axis", axis), parts[0].Type, shape);
    }

    /// <summary>A value of one f32 element.</summary>
    public Value Scalar(float value, string suffix = "scalar") => Constant(ConstantTensor.Scalar(value), suffix);
}
