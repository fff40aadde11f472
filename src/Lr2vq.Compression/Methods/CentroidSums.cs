using System;

namespace Lr2vq.Compression.Methods;

/// <summary>Sums of the members of each cluster, in double, in the order in which they are added.</summary>
internal sealed class CentroidSums(int k, int d)
{
    private readonly double[] _sums = new double[k * d];

    public int[] Members { get; } = new int[k];

    /// <summary>Adds all subvectors but those that <paramref name="skip"/> names.</summary>
    public void Add(SubvectorMatrix subvectors, ReadOnlySpan<int> codes, Func<int, bool>? skip = null)
    {
        float[] values = subvectors.Values;
        for (int i = 0; i < subvectors.Count; i++)
        {
            if (skip is not null && skip(i)) continue;
            int code = codes[i];
            Members[code]++;
            Span<double> sum = _sums.AsSpan(code * d, d);
            int at = subvectors.IndexOf(i, 0);
            for (int c = 0; c < sum.Length; c++, at += SubvectorMatrix.Lanes) sum[c] += values[at];
        }
    }

    /// <summary>Means of the clusters that have members; the other centroids stay.</summary>
    public void MoveTo(Span<float> centroids)
    {
        for (int j = 0; j < k; j++)
        {
            if (Members[j] == 0) continue;
            for (int c = 0; c < d; c++) centroids[j * d + c] = (float)(_sums[j * d + c] / Members[j]);
        }
    }
}
