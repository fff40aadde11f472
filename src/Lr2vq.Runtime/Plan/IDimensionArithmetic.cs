namespace Lr2vq.Plans;

/// <summary>What <see cref="Dimension.Compute{T}"/> and <see cref="Real.Compute{T}"/> compute with.</summary>
internal interface IDimensionArithmetic<T>
{
    T Number(long value);

    T Number(float value);

    T Symbol(string name);

    T Add(T left, T right);

    T Multiply(T left, T right);

    /// <param name="left">The dividend.</param>
    /// <param name="right">The divisor.</param>
    /// <param name="cut">True if neither is negative, so that cutting towards zero is rounding down.</param>
    T FloorDivide(T left, T right, bool cut);

    T Max(T left, T right);

    T Min(T left, T right);

    /// <summary>The second where the first, a dimension, is above 0; else the third. Both are dimensions, or both floats.</summary>
    T Choose(T condition, T positive, T other);

    /// <summary>The second where the first is 1, else the first.</summary>
    T Broadcast(T left, T right);

    /// <summary>A float cut towards zero.</summary>
    T Truncate(T real);

    /// <summary>A dimension as a float.</summary>
    T ToReal(T dimension);

    /// <summary>An operation of floats; the second operand is null for those of one.</summary>
    T Apply(RealOperation operation, T left, T? right);
}
