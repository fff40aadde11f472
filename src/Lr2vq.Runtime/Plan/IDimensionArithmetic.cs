namespace Lr2vq.Plans;

/// <summary>What <see cref="Dimension.Compute{T}"/> computes with.</summary>
internal interface IDimensionArithmetic<T>
{
    T Number(long value);

    T Symbol(string name);

    T Add(T left, T right);

    T Multiply(T left, T right);

    T FloorDivide(T left, T right);

    T Max(T left, T right);

    T Min(T left, T right);
}
