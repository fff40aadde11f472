using System;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>Subvectors of canonical weights, numbered row by row (for output channels, block of rows by block of rows).</summary>
internal readonly struct SliceReader(SliceOrder order)
{
    public SliceOrder Order => order;

    public int Count => checked((int)order.Count);

    /// <summary>The row (any of the block, for output channels) and place of a subvector.</summary>
    public (int Row, int Place) PlaceOf(int subvector)
    {
        int line = subvector / order.Places;
        return (order.Axis == SliceAxis.OutputChannel ? line * order.M : line, subvector % order.Places);
    }

    /// <summary>Where the code of a subvector lies.</summary>
    public long CodeIndexOf(int subvector)
    {
        (int row, int place) = PlaceOf(subvector);
        return order.IndexOf(row, place);
    }

    /// <summary>True if part of the subvector is padding.</summary>
    public bool IsPadded(int subvector)
    {
        (int row, int place) = PlaceOf(subvector);
        return order.ElementsOf(row, place).Count < order.M;
    }

    /// <summary>True if any subvector of the tensor is padded.</summary>
    public bool HasPadding => order.Axis switch
    {
        SliceAxis.Spatial => order.Columns % order.M != 0,
        SliceAxis.InputChannel => order.Columns / order.Taps % order.M != 0,
        _ => order.Rows % order.M != 0,
    };

    /// <summary>Copies a subvector; padding is 0. Returns how many elements are real.</summary>
    public int Read(ReadOnlySpan<float> weights, int subvector, Span<float> destination)
    {
        (int row, int place) = PlaceOf(subvector);
        (int count, int firstRow, int column, int rowStep, int columnStep) = order.ElementsOf(row, place);
        int at = firstRow * order.Columns + column, step = rowStep * order.Columns + columnStep;
        for (int t = 0; t < count; t++, at += step) destination[t] = weights[at];
        destination[count..].Clear();
        return count;
    }
}
