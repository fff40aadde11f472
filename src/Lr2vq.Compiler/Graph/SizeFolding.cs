using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>Computes with small tensors whose elements are sizes (expressions in the input shapes), so that subgraphs that compute
/// shapes disappear.</summary>
internal static class SizeFolding
{
    /// <summary>The elements of every output; null if the operator is not one of these, or an operand is not known.</summary>
    public static SizeElements[]? Fold(string op, IReadOnlyList<Value?> inputs, StepAttributes attributes, IReadOnlyList<Value> outputs)
    {
        foreach (Value output in outputs)
            if (output.Count is null or > Value.LongestElements || output.Type == ElementType.String) return null;
            // Other floats than f32 round, and what is narrow is cut, which expressions are not.
            else if (!output.IsFloat && ElementTypes.IsFloat(output.Type) || ElementTypes.IsNarrow(output.Type)) return null;
        foreach (Value? input in inputs)
            if (input is null ? op != "Clip" : input.Dimensions is null && input.Reals is null || Shapes.Numbers(input.Shape) is null) return null;
        if (op.StartsWith("Reduce", StringComparison.Ordinal) && inputs[0]!.Count == 0) return null;
        // Floats that are known numbers are left to the run time's own kernels.
        if (outputs.Any(output => output.IsFloat) && inputs.All(input => input?.Constant is not null)) return null;
        try
        {
            return op == "Split" ? Split(inputs[0]!, attributes, outputs)
                : outputs[0].IsFloat ? Reals(op, inputs, attributes, outputs[0]) is { } reals ? [new(null, reals)] : null
                : Dimensions(op, inputs, attributes, outputs[0]) is { } dimensions ? [new(dimensions, null)] : null;
        }
        catch (ArithmeticException)
        {
            // Too long an expression, or nothing that has a value: the steps compute it, if anything needs it.
            return null;
        }
    }

    private static SizeElements[] Split(Value input, StepAttributes attributes, IReadOnlyList<Value> outputs)
    {
        int axis = attributes.Int("axis", 0);
        int[][] shapes = [.. outputs.Select(output => Shapes.Numbers(output.Shape)!)];
        return input.Reals is { } reals
            ? [.. SizeMovement.Split(Operand.Of(reals, input), axis, shapes).Select(part => new SizeElements(null, part))]
            : [.. SizeMovement.Split(Operand.Of(input.Dimensions!, input), axis, shapes).Select(part => new SizeElements(part, null))];
    }

    private static Dimension[]? Dimensions(string op, IReadOnlyList<Value?> inputs, StepAttributes attributes, Value output)
    {
        int[] shape = Shapes.Numbers(output.Shape)!;
        if (op == "DimensionValues") return attributes.Dimensions("values");
        if (op == "Range")
        {
            Dimension start = attributes.Dimensions("start")[0], delta = attributes.Dimensions("delta")[0];
            return [.. Enumerable.Range(0, shape[0]).Select(i => start + delta * i)];
        }
        if (op is "Greater" or "GreaterOrEqual" or "Less" or "LessOrEqual" or "Equal" && inputs[0]!.Reals is not null) return SizeArithmetic.Compare(op, FloatOperands(inputs), shape);
        if (op == "Cast" && inputs[0]!.Reals is { } floats) return [.. floats.Select(real => SizeArithmetic.Cast(real, output.Type))];
        if (op == "Clip")
            return Clipped(inputs[0]!.Dimensions!, Bound(inputs, 1)?.Dimensions?[0], Bound(inputs, 2)?.Dimensions?[0], Dimension.Max, Dimension.Min);
        if (Operands(inputs, value => value.Dimensions) is not { } operands) return null;
        return op == "Where" ? Chosen(operands[0], operands[1], operands[2], shape, Dimension.Choose)
            : SizeMovement.Move(op, operands, inputs, attributes, shape) ?? SizeArithmetic.Compute(op, operands, attributes, shape, output.Type);
    }

    private static Real[]? Reals(string op, IReadOnlyList<Value?> inputs, StepAttributes attributes, Value output)
    {
        int[] shape = Shapes.Numbers(output.Shape)!;
        if (op == "Cast" && inputs[0]!.Dimensions is { } sizes) return [.. sizes.Select(Real.Of)];
        if (op == "Where" && inputs[0]!.Dimensions is { } conditions && Operands([inputs[1], inputs[2]], value => value.Reals) is [var positive, var other])
            return Chosen(Operand.Of(conditions, inputs[0]!), positive, other, shape, Real.Choose);
        if (op == "Clip")
        {
            Real? Attribute(string key) => attributes.Find(key) is null ? null : Real.Of(attributes.Float(key, 0));
            Real? low = Attribute("min") ?? Bound(inputs, 1)?.Reals?[0], high = Attribute("max") ?? Bound(inputs, 2)?.Reals?[0];
            return Clipped(inputs[0]!.Reals!, low, high, (x, y) => Real.Of(RealOperation.Max, x, y), (x, y) => Real.Of(RealOperation.Min, x, y));
        }
        // The indices of a Gather are no floats.
        if (Operands(op == "Gather" ? [inputs[0]] : inputs, value => value.Reals) is not { } operands) return null;
        return SizeMovement.Move(op, operands, inputs, attributes, shape) ?? RealArithmetic.Compute(op, operands, attributes, shape);
    }

    private static Operand<Real>[] FloatOperands(IReadOnlyList<Value?> inputs) => Operands(inputs, value => value.Reals) ?? throw new GraphException("integers are compared with floats");

    private static Operand<T>[]? Operands<T>(IReadOnlyList<Value?> inputs, Func<Value, T[]?> elements)
    {
        var operands = new Operand<T>[inputs.Count];
        for (int i = 0; i < operands.Length; i++)
        {
            if (elements(inputs[i]!) is not { } known) return null;
            operands[i] = Operand.Of(known, inputs[i]!);
        }
        return operands;
    }

    private static Value? Bound(IReadOnlyList<Value?> inputs, int index) => index < inputs.Count ? inputs[index] : null;

    private static T[] Clipped<T>(T[] elements, T? low, T? high, Func<T, T, T> max, Func<T, T, T> min) where T : class =>
        Array.ConvertAll(elements, x => low is null ? x : max(x, low)).Select(x => high is null ? x : min(x, high)).ToArray();

    private static T[] Chosen<T>(Operand<Dimension> conditions, Operand<T> positive, Operand<T> other, int[] shape, Func<Dimension, T, T, T> choose)
    {
        Dimension[] c = SizeMovement.Broadcast(conditions, shape);
        T[] a = SizeMovement.Broadcast(positive, shape), b = SizeMovement.Broadcast(other, shape);
        return [.. c.Select((condition, i) => choose(condition, a[i], b[i]))];
    }
}

/// <summary>The elements of a small tensor: whole numbers and truth values, or floats.</summary>
internal readonly record struct SizeElements(Dimension[]? Dimensions, Real[]? Reals);

/// <summary>A small tensor of sizes.</summary>
internal readonly record struct Operand<T>(T[] Elements, int[] Shape);

internal static class Operand
{
    public static Operand<T> Of<T>(T[] elements, Value value) => new(elements, Shapes.Numbers(value.Shape)!);
}
