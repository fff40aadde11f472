using System;

namespace Lr2vq.Operators;

/// <summary>What operators rely on whose bounds, borders, axes or scales are data; their values are checked while they run.</summary>
internal static class DataRules
{
    /// <summary>A list of whole numbers.</summary>
    public static RuleTensor Numbers(in StepRules rules, int input, Extent count)
    {
        RuleTensor given = rules.Input(input).Is(ElementType.Int32, ElementType.Int64);
        given.HasCount(count);
        return given;
    }

    /// <summary>How many axes a list names: at most as many as there are.</summary>
    public static Extent Axes(in StepRules rules, int input, int rank)
    {
        Extent count = rules.Input(input).Is(ElementType.Int32, ElementType.Int64).Count;
        StepRules.Within(count, 0, rank, FormattableString.Invariant($"the length of input {input}"));
        return count;
    }

    /// <summary>An axis that data name.</summary>
    /// <param name="taken">The axes that were named before; the new one is added.</param>
    /// <exception cref="IndexOutsideException">There is no such axis, or it is there twice.</exception>
    public static int Axis(IndexReader axes, int position, int rank, ref uint taken)
    {
        int axis = (int)axes.Checked(position, rank);
        if ((taken >> axis & 1) != 0) throw new IndexOutsideException(FormattableString.Invariant($"axis {axes.Raw(position)} is there twice"));
        taken |= 1u << axis;
        return axis;
    }

    /// <summary>The declared length is another than the data lead to.</summary>
    public static IndexOutsideException Differs(int axis, Int128 length, long declared) => new(FormattableString.Invariant(
        $"axis {axis} of the result would have the length {length}, where the model declares {declared}"));
}
