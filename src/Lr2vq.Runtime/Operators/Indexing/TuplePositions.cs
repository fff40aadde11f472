using System;
namespace Lr2vq.Operators;

/// <summary>Which slices of a tensor tuples of indices mean.</summary>
internal sealed class TuplePositions
{
    private readonly int[] _lengths;
    private readonly long[] _strides;
    private readonly long _tuplesOfBatch, _slicesOfBatch;

    public TuplePositions(int[] data, int[] indices, int batch)
    {
        int tuple = indices[^1];
        _lengths = data[batch..(batch + tuple)];
        _strides = new long[tuple];
        long stride = 1;
        for (int d = tuple - 1; d >= 0; d--) (_strides[d], stride) = (stride, stride * _lengths[d]);
        _slicesOfBatch = stride;
        SliceLength = AxisView.Product(data, batch + tuple, data.Length);
        Count = AxisView.Product(indices, 0, indices.Length - 1);
        _tuplesOfBatch = AxisView.Product(indices, batch, indices.Length - 1);
    }

    /// <summary>Checks data and indices, and derives the shape that slices and tuples have together.</summary>
    public static Extent[] Check(in StepRules rules, int batch)
    {
        RuleTensor data = rules.Input(0).IsSized().HasRank(1, int.MaxValue);
        RuleTensor indices = rules.Input(1).Is(ElementType.Int32, ElementType.Int64).HasRank(1, int.MaxValue);
        StepRules.Require(batch >= 0 && batch < data.Rank && batch < indices.Rank, FormattableString.Invariant($"it has {batch} batch dimensions"));
        Extent tuple = indices[^1];
        StepRules.Within(tuple, 1, data.Rank - batch, "the length of an index tuple");
        Extent[] of = data.Shape, at = indices.Shape;
        for (int d = 0; d < batch; d++) StepRules.Equal(of[d], at[d], "a batch dimension of data and indices");
        return [.. at.AsSpan(0, at.Length - 1), .. of.AsSpan(batch + (int)tuple.Value)];
    }

    /// <summary>Tuples.</summary>
    public long Count { get; }

    /// <summary>Elements of a slice.</summary>
    public long SliceLength { get; }

    /// <summary>The number of the slice that a tuple means.</summary>
    public long Of(IndexReader indices, long tuple)
    {
        long slice = tuple / _tuplesOfBatch * _slicesOfBatch;
        for (int d = 0; d < _lengths.Length; d++) slice += indices.Checked(tuple * _lengths.Length + d, _lengths[d]) * _strides[d];
        return slice;
    }
}
