using System;
using System.Collections.Generic;
using System.Linq;

namespace Lr2vq.Compression.Methods;

/// <summary>What a probe of a loss showed: how far a weight was moved, what the gradient said the loss would do, and what it did.</summary>
internal readonly record struct LossProbe(double Norm, double Predicted, double Measured);

/// <summary>What first order says of ranks: a weight that keeps its first r components is moved by δ = −Σ σ·u·vᵀ over the others, and the loss changes by ⟨g, δ⟩
/// while δ is small (Zhang et al., arXiv 2412.06867).</summary>
internal static class RankGradient
{
    /// <summary>⟨g, δ⟩ for every number of components that are kept, from 0 to all, by one pass of sums from the end.</summary>
    /// <param name="svd">Of the weight.</param>
    /// <param name="gradient">Of the loss in the weight, in its form.</param>
    public static double[] Changes(TruncatedSvd svd, ReadOnlySpan<float> gradient)
    {
        int count = svd.SquaredValues.Length;
        (float[] left, float[] right) = svd.Factors(count);
        int rows = left.Length / count, columns = right.Length / count;
        double[] changes = new double[count + 1];
        for (int c = count - 1; c >= 0; c--)
        {
            double product = 0;
            for (int i = 0; i < rows; i++)
            {
                double row = 0;
                ReadOnlySpan<float> g = gradient.Slice(i * columns, columns), v = right.AsSpan(c * columns, columns);
                for (int j = 0; j < columns; j++) row += (double)g[j] * v[j];
                product += left[c * rows + i] * row;
            }
            changes[c] = changes[c + 1] - product;
        }
        return changes;
    }

    /// <summary>The ranks of a few that first order likes: the one with the least change, and the smallest without a rise.</summary>
    /// <param name="changes">By rank (<see cref="Changes"/>).</param>
    /// <param name="most">The largest rank that saves something.</param>
    public static IEnumerable<int> Candidates(double[] changes, int most)
    {
        most = Math.Min(most, changes.Length - 1);
        if (most < 1) return [];
        int[] ranks = [.. Enumerable.Range(1, most)];
        return [ranks.MinBy(r => changes[r]), ranks.FirstOrDefault(r => changes[r] <= 0, most)];
    }

    /// <summary>How far a weight may be moved before first order is wrong: the largest norm up to which all probes moved the loss to the side that was predicted; 0 if the
    /// first does not.</summary>
    public static double Bound(IEnumerable<LossProbe> probes) =>
        probes.OrderBy(p => p.Norm).TakeWhile(p => Math.Sign(p.Predicted) == Math.Sign(p.Measured)).Select(p => p.Norm).DefaultIfEmpty().Last();
}
