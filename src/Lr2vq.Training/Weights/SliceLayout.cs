using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using static TorchSharp.torch;

namespace Lr2vq.Training.Weights;

/// <summary>Where the subvectors of a weight lie. They are numbered row by row, whatever the order of codes in a file.</summary>
internal sealed class SliceLayout
{
    private readonly SliceReader _slices;
    private readonly Tensor? _places;       // of each weight, among the elements of all subvectors; null if they follow each other

    public SliceLayout(CanonicalShape shape, SliceAxis axis, int m)
    {
        SliceOrder order = SliceOrder.Of(shape, axis, m);
        _slices = new SliceReader(order);
        if (order.Axis == SliceAxis.Spatial && order.Columns % m == 0) return;
        long[] places = new long[(long)order.Rows * order.Columns];
        for (int n = 0; n < _slices.Count; n++)
        {
            (int row, int place) = _slices.PlaceOf(n);
            (int length, int first, int column, int rowStep, int columnStep) = order.ElementsOf(row, place);
            for (int t = 0; t < length; t++) places[(long)(first + t * rowStep) * order.Columns + column + (long)t * columnStep] = (long)n * m + t;
        }
        _places = tensor(places);
    }

    public int Count => _slices.Count;

    /// <summary>The weight [rows, columns] that consists of subvectors [count, m].</summary>
    public Tensor Join(Tensor subvectors) =>
        (_places is null ? subvectors : subvectors.reshape(-1).index_select(0, _places)).reshape(_slices.Order.Rows, _slices.Order.Columns);

    /// <summary>The subvectors [count, m] of a weight; padding is 0.</summary>
    public float[] Cut(ReadOnlySpan<float> canonical)
    {
        int m = _slices.Order.M;
        float[] subvectors = new float[checked(Count * m)];
        for (int n = 0; n < Count; n++) _slices.Read(canonical, n, subvectors.AsSpan(n * m, m));
        return subvectors;
    }

    /// <summary>Codes of a file in the order of subvectors.</summary>
    public long[] FromFile(ushort[] codes) => [.. Enumerable.Range(0, Count).Select(n => (long)codes[_slices.CodeIndexOf(n)])];

    public ushort[] ToFile(ReadOnlySpan<long> codes)
    {
        ushort[] ordered = new ushort[Count];
        for (int n = 0; n < Count; n++) ordered[_slices.CodeIndexOf(n)] = (ushort)codes[n];
        return ordered;
    }
}
