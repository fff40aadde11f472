using System;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>The factor ⟨w, ŵ⟩ / ⟨ŵ, ŵ⟩ by which each row's scale fits its weights best, once the codes are known.</summary>
internal sealed class RowFit(int rows)
{
    private readonly double[] _products = new double[rows], _squares = new double[rows];

    /// <summary>Adds the real elements of a subvector and what replaces them.</summary>
    public void Add(SliceReader slices, int subvector, ReadOnlySpan<float> weights, ReadOnlySpan<float> replacement)
    {
        (int row, int place) = slices.PlaceOf(subvector);
        (_, row, _, int rowStep, _) = slices.Order.ElementsOf(row, place);
        for (int t = 0; t < weights.Length; t++, row += rowStep)
        {
            _products[row] += (double)weights[t] * replacement[t];
            _squares[row] += (double)replacement[t] * replacement[t];
        }
    }

    /// <summary>Scales with the factors applied, none changed by more than a half.</summary>
    public float[] Corrected(ReadOnlySpan<float> scales) => Corrected(scales, _products, _squares);

    /// <param name="scales">The scales.</param>
    /// <param name="products">⟨w, ŵ⟩ of each row.</param>
    /// <param name="squares">⟨ŵ, ŵ⟩ of each row.</param>
    public static float[] Corrected(ReadOnlySpan<float> scales, ReadOnlySpan<double> products, ReadOnlySpan<double> squares)
    {
        float[] corrected = scales.ToArray();
        for (int r = 0; r < corrected.Length; r++)
            if (squares[r] > 0) corrected[r] *= (float)Math.Clamp(products[r] / squares[r], 0.5, 1.5);
        return corrected;
    }
}
