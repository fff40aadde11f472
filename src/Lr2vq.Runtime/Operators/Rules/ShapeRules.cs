using System;
using System.Collections.Generic;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>The rules that hold for every value and every step, and the way an operator is asked for its own.</summary>
internal static class ShapeRules
{
    /// <summary>Asks an operator. What its arithmetic cannot do breaks a rule too.</summary>
    /// <returns>Bytes of the tables that it will make.</returns>
    /// <exception cref="StepRuleException">A rule is broken.</exception>
    public static long Check(Operator op, in StepShapes shapes, ReadOnlySpan<ValueOrigin> origins)
    {
        try
        {
            long tableBytes = 0;
            op.Check(new StepRules(shapes, origins, ref tableBytes));
            return tableBytes;
        }
        catch (ArithmeticException e)
        {
            throw Unforeseen(origins, e);
        }
    }

    /// <summary>The shape that expressions have.</summary>
    /// <exception cref="StepRuleException">A dimension is negative or too large.</exception>
    public static int[] Evaluate(IReadOnlyList<Dimension> shape, IReadOnlyDictionary<string, long> symbols)
    {
        int[] values = new int[shape.Count];
        Evaluate(shape, symbols, values);
        return values;
    }

    /// <summary>The largest shape that expressions can have.</summary>
    /// <exception cref="StepRuleException">A dimension has no bound, or one that is too large.</exception>
    public static int[] Largest(IReadOnlyList<Dimension> shape, IReadOnlyDictionary<string, (long Low, long High)> ranges)
    {
        int[] values = new int[shape.Count];
        for (int d = 0; d < values.Length; d++)
        {
            Dimension? cause = shape[d].IsConstant ? null : shape[d];
            long most;
            try
            {
                most = Math.Max(0, shape[d].RangeOf(ranges).High);
            }
            catch (Exception e) when (e is ArithmeticException or KeyNotFoundException)
            {
                throw new StepRuleException(FormattableString.Invariant($"the dimension {shape[d]} of its result has no bound: {e.Message.TrimEnd('.')}"), cause);
            }
            if (most > int.MaxValue) throw new StepRuleException(FormattableString.Invariant($"its result might have the dimension {shape[d]} = {most}"), cause);
            values[d] = (int)most;
        }
        return values;
    }

    /// <summary>As <see cref="Evaluate(IReadOnlyList{Dimension}, IReadOnlyDictionary{string, long})"/>, into an array that is there.</summary>
    public static void Evaluate(IReadOnlyList<Dimension> shape, IReadOnlyDictionary<string, long> symbols, int[] values)
    {
        for (int d = 0; d < values.Length; d++)
        {
            Dimension? cause = shape[d].IsConstant ? null : shape[d];
            long value;
            try
            {
                value = shape[d].Evaluate(symbols);
            }
            catch (Exception e) when (e is ArithmeticException or KeyNotFoundException)
            {
                throw new StepRuleException(FormattableString.Invariant($"the dimension {shape[d]} of its result has no value: {e.Message}"), cause);
            }
            if (value is < 0 or > int.MaxValue)
                throw new StepRuleException(FormattableString.Invariant($"its result would have the dimension {shape[d]} = {value}"), cause);
            values[d] = (int)value;
        }
    }

    /// <summary>Bytes in memory, the zero lanes of a blocked tensor included.</summary>
    /// <param name="expressions">The dimensions as the Plan has them; null for numbers.</param>
    /// <exception cref="StepRuleException">They leave 64 bits.</exception>
    public static long Bytes(in TensorView view, IReadOnlyList<Dimension>? expressions = null)
    {
        try
        {
            // A zero makes the tensor empty, however large the other dimensions are.
            if (Array.IndexOf(view.Shape, 0) >= 0) return 0;
            long length = ElementTypes.ByteLength(view.Type);
            for (int d = 0; d < view.Shape.Length; d++)
                length = checked(length * (view.Layout == TensorLayout.Blocked && d == 1 ? ((long)view.Shape[1] + 15) / 16 * 16 : view.Shape[d]));
            return length;
        }
        catch (OverflowException)
        {
            throw new StepRuleException("its result would have the shape [" + string.Join(",", view.Shape) + "]", FirstSymbolic(expressions));
        }
    }

    /// <summary>What a kernel threw when it was prepared. If a length of the step depends on the inputs' shapes, these may be the reason.</summary>
    public static StepRuleException Unforeseen(ReadOnlySpan<ValueOrigin> origins, Exception problem)
    {
        Dimension? cause = null;
        foreach (ValueOrigin origin in origins) cause ??= FirstSymbolic(origin.Shape);
        return new StepRuleException(problem.Message.TrimEnd('.'), cause);
    }

    private static Dimension? FirstSymbolic(IReadOnlyList<Dimension>? shape)
    {
        if (shape is null) return null;
        foreach (Dimension dimension in shape)
            if (!dimension.IsConstant) return dimension;
        return null;
    }
}
