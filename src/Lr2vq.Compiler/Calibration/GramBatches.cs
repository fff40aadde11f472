using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using Lr2vq.Plans;

namespace Lr2vq.Calibration;

/// <summary>Which Grams are in memory at the same time.</summary>
internal static class GramBatches
{
    /// <summary>Most columns of a Gram: 512 inputs of 3×3.</summary>
    private const int MostColumns = 4608;
    private const long BatchBytes = 1L << 30, FactorBytes = 2L << 30;

    /// <param name="weights">Indices of weights in the Plan.</param>
    /// <param name="wanted">Grams are wanted at all.</param>
    /// <param name="mostColumns">Receives the most columns of a Gram; larger ones are cut, so that all factors fit into memory.</param>
    public static IReadOnlyList<int[]> Of(Plan plan, IReadOnlyList<int> weights, bool wanted, out int mostColumns)
    {
        mostColumns = MostColumns;
        if (!wanted) return [[.. weights]];
        // A factor is a triangle of floats, a Gram a square of doubles.
        while (mostColumns > 64 && Bytes(plan, weights, mostColumns) / 4 > FactorBytes) mostColumns /= 2;
        List<int[]> batches = [];
        List<int> batch = [];
        foreach (int weight in weights)
        {
            batch.Add(weight);
            if (Bytes(plan, batch, mostColumns) <= BatchBytes) continue;
            if (batch.Count > 1) batch.RemoveAt(batch.Count - 1);
            batches.Add([.. batch]);
            batch = batches[^1].Contains(weight) ? [] : [weight];
        }
        if (batch.Count > 0) batches.Add([.. batch]);
        return batches;
    }

    private static long Bytes(Plan plan, IEnumerable<int> weights, int mostColumns) =>
        weights.Sum(w => GramShape.Of(TensorIdentity.Of(plan.Weights[w]), mostColumns).Bytes);
}
