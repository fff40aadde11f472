namespace Lr2vq.Operators;

/// <summary>Where in a tensor the element lies that an index tensor means: its own coordinates, but for one axis the index.</summary>
internal sealed class ElementPositions
{
    private readonly int _axis;
    private readonly long[] _sizes, _strides;

    public ElementPositions(int[] data, int[] indices, int axis)
    {
        _axis = axis;
        AxisLength = data[axis];
        _sizes = new long[data.Length];
        long[] shape = new long[data.Length];
        for (int d = 0; d < data.Length; d++) (_sizes[d], shape[d]) = (indices[d], data[d]);
        _strides = StridedCopy.Dense(shape);
    }

    /// <summary>Data and indices of one rank, and no index beside the data but along the axis.</summary>
    public static void Check(in StepRules rules, int axis)
    {
        RuleTensor data = rules.Input(0).IsSized().HasRank(1, int.MaxValue);
        RuleTensor indices = rules.Input(1).Is(ElementType.Int32, ElementType.Int64).HasRank(data.Rank);
        StepRules.Axis(axis, data.Rank);
        for (int d = 0; d < data.Rank; d++)
            if (d != axis) StepRules.Within(indices[d], 0, data[d], "a length of the indices");
    }

    public long AxisLength { get; }

    /// <param name="position">Position in the index tensor.</param>
    /// <param name="index">What stands there.</param>
    public long Of(long position, long index)
    {
        long at = 0;
        for (int d = _sizes.Length - 1; d >= 0; d--)
        {
            at += (d == _axis ? index : position % _sizes[d]) * _strides[d];
            position /= _sizes[d];
        }
        return at;
    }
}
