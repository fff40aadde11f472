using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>Operators on whole numbers and truth values (0 and 1) that are expressions. What is not known before the shapes are becomes
/// a choice in the expression.</summary>
internal static class SizeArithmetic
{
    /// <summary>The elements; null if the operator is not one of these.</summary>
    public static Dimension[]? Compute(string op, Operand<Dimension>[] inputs, StepAttributes attributes, int[] shape, ElementType type)
    {
        Func<Dimension, Dimension>? unary = op switch
        {
            "Cast" when type == ElementType.Bool => NotZero,
            "Cast" => static x => x,
            "Neg" => static x => x * -1,
            "Abs" => static x => Dimension.Max(x, x * -1),
            "Sign" => static x => Dimension.Choose(x, 1, Dimension.Choose(x * -1, -1, 0)),
            "Not" => Not,
            _ => null,
        };
        if (unary is not null) return [.. inputs[0].Elements.Select(unary)];
        if (Reduction(op) is { } combine) return SizeMovement.Reduce(inputs[0], attributes.Ints("axes"), combine);
        bool cut = attributes.Flag("fmod");
        Func<Dimension, Dimension, Dimension>? binary = op switch
        {
            "Add" => static (x, y) => x + y,
            "Sub" => static (x, y) => x - y,
            "Mul" => static (x, y) => x * y,
            "Div" => Dimension.CutDivide,
            "Mod" => cut ? static (x, y) => x - Dimension.CutDivide(x, y) * y : FloorRemainder,
            "Min" => Dimension.Min,
            "Max" => Dimension.Max,
            "Equal" => Equal,
            "Less" => static (x, y) => Positive(y - x),
            "LessOrEqual" => static (x, y) => Positive(y - x + 1),
            "Greater" => static (x, y) => Positive(x - y),
            "GreaterOrEqual" => static (x, y) => Positive(x - y + 1),
            "And" => static (x, y) => Dimension.Choose(x, y, 0),
            "Or" => static (x, y) => Dimension.Choose(x, 1, y),
            "Xor" => static (x, y) => Dimension.Choose(x, Not(y), y),
            _ => null,
        };
        return binary is null || inputs.Length < 2 ? null : SizeMovement.Combine(inputs, shape, binary);
    }

    /// <summary>A comparison of floats.</summary>
    public static Dimension[] Compare(string op, Operand<Real>[] inputs, int[] shape)
    {
        Real[] left = SizeMovement.Broadcast(inputs[0], shape), right = SizeMovement.Broadcast(inputs[1], shape);
        Func<Real, Real, Dimension> compare = op switch
        {
            "Greater" => Real.IsGreater,
            "Less" => static (x, y) => Real.IsGreater(y, x),
            "GreaterOrEqual" => static (x, y) => Not(Real.IsGreater(y, x)),
            "LessOrEqual" => static (x, y) => Not(Real.IsGreater(x, y)),
            _ => static (x, y) => Dimension.Choose(Real.IsGreater(x, y), 0, Not(Real.IsGreater(y, x))),
        };
        return [.. left.Zip(right, compare)];
    }

    /// <summary>A float as a whole number or truth value.</summary>
    public static Dimension Cast(Real real, ElementType type) => type != ElementType.Bool ? Dimension.Truncate(real)
        : Dimension.Choose(Real.IsGreater(real, Real.Of(0f)), 1, Real.IsGreater(Real.Of(0f), real));

    public static Func<Dimension, Dimension, Dimension>? Reduction(string op) => op switch
    {
        "ReduceSum" => static (x, y) => x + y,
        "ReduceProd" => static (x, y) => x * y,
        "ReduceMax" => Dimension.Max,
        "ReduceMin" => Dimension.Min,
        _ => null,
    };

    private static Dimension Positive(Dimension x) => Dimension.Choose(x, 1, 0);

    private static Dimension Not(Dimension x) => Dimension.Choose(x, 0, 1);

    private static Dimension NotZero(Dimension x) => Dimension.Choose(x, 1, Positive(x * -1));

    private static Dimension Equal(Dimension x, Dimension y) => Dimension.Choose(x - y, 0, Dimension.Choose(y - x, 0, 1));

    /// <summary>x − y·⌊x ÷ y⌋: it has the sign of the divisor.</summary>
    private static Dimension FloorRemainder(Dimension x, Dimension y) => x - Dimension.FloorDivide(x, y) * y;
}

/// <summary>Operators on floats that are expressions; each rounds to 32 bits as the operator does.</summary>
internal static class RealArithmetic
{
    /// <summary>The elements; null if the operator is not one of these.</summary>
    public static Real[]? Compute(string op, Operand<Real>[] inputs, StepAttributes attributes, int[] shape)
    {
        Func<Real, Real>? unary = op switch
        {
            "Neg" => Negative,
            "Abs" => static x => Real.Of(RealOperation.Max, x, Negative(x)),
            "Reciprocal" => static x => Real.Of(RealOperation.Divide, Real.Of(1f), x),
            "Floor" => static x => Real.Of(RealOperation.Floor, x),
            "Ceil" => static x => Real.Of(RealOperation.Ceiling, x),
            "Round" => static x => Real.Of(RealOperation.Round, x),
            "Sqrt" => static x => Real.Of(RealOperation.SquareRoot, x),
            _ => null,
        };
        if (unary is not null) return [.. inputs[0].Elements.Select(unary)];
        RealOperation? operation = op switch
        {
            "Add" or "ReduceSum" => RealOperation.Add,
            "Sub" => RealOperation.Subtract,
            "Mul" or "ReduceProd" => RealOperation.Multiply,
            "Div" => RealOperation.Divide,
            "Min" or "ReduceMin" => RealOperation.Min,
            "Max" or "ReduceMax" => RealOperation.Max,
            _ => null,
        };
        if (operation is not { } known) return null;
        Func<Real, Real, Real> combine = (x, y) => Real.Of(known, x, y);
        if (op.StartsWith("Reduce", StringComparison.Ordinal)) return SizeMovement.Reduce(inputs[0], attributes.Ints("axes"), combine);
        return inputs.Length < 2 ? null : SizeMovement.Combine(inputs, shape, combine);
    }

    private static Real Negative(Real x) => Real.Of(RealOperation.Multiply, x, Real.Of(-1f));
}
