namespace Lr2vq.Operators;

/// <summary>A tensor as [outer, axis, inner].</summary>
internal sealed class AxisView
{
    public AxisView(int[] shape, int axis)
    {
        Outer = Product(shape, 0, axis);
        Length = shape[axis];
        Inner = Product(shape, axis + 1, shape.Length);
    }

    public long Outer { get; }
    public long Length { get; }
    public long Inner { get; }

    /// <summary>Product of the axes [from, to).</summary>
    public static long Product(int[] shape, int from, int to)
    {
        long product = 1;
        for (int d = from; d < to; d++) product *= shape[d];
        return product;
    }
}
