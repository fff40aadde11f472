using System;
using System.Collections.Generic;
using System.Threading;

namespace Lr2vq.Compression.Methods;

/// <summary>The best k values for a set of numbers, exactly: dynamic programming over the sorted numbers (many equal or near numbers may come as
/// one bin), with divide and conquer over the monotone cuts. O(k·n·log n).</summary>
internal static class ScalarKMeans
{
    /// <summary>Bins beyond which neighbours are put together.</summary>
    private const int MaxBins = 2048;

    /// <summary>Values, rising, at most <paramref name="k"/> of them, that minimise the summed squared distance to
    /// <paramref name="values"/> (which is sorted in place). Exact for up to 2048 numbers; beyond, exact on 2048 bins and then
    /// improved on all numbers.</summary>
    public static float[] Fit(Span<float> values, int k, CancellationToken cancellation = default)
    {
        if (values.Length == 0) return [0f];
        values.Sort();
        var bins = Bins.Of(values, MaxBins);
        double[] centers = Solve(bins, k, cancellation);
        float[] result = new float[centers.Length];
        if (values.Length > bins.Count) centers = Lloyd(values, centers, 2);
        for (int j = 0; j < result.Length; j++) result[j] = (float)centers[j];
        return result;
    }

    /// <summary>Index of the nearest of <paramref name="centers"/>, which rise; the lower on a tie.</summary>
    public static int Nearest(ReadOnlySpan<float> centers, float x)
    {
        int low = 0, high = centers.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (x <= 0.5f * (centers[middle] + centers[middle + 1])) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    private static double[] Solve(Bins bins, int k, CancellationToken cancellation)
    {
        int n = bins.Count;
        k = Math.Min(k, n);
        double[] before = new double[n + 1], cost = new double[n + 1];
        int[,] cuts = new int[k + 1, n + 1];
        for (int j = 1; j <= n; j++) before[j] = bins.Cost(0, j);
        for (int q = 2; q <= k; q++)
        {
            cancellation.ThrowIfCancellationRequested();
            Divide(bins, before, cost, cuts, q, q, n, q - 1, n - 1);
            (before, cost) = (cost, before);
        }
        double[] centers = new double[k];
        int end = n;
        for (int q = k; q >= 1; q--)
        {
            int start = q == 1 ? 0 : cuts[q, end];
            centers[q - 1] = bins.Mean(start, end);
            end = start;
        }
        return centers;
    }

    /// <summary>cost[j] = min over i of before[i] + Cost(i, j) for j in [from, to], knowing that the best i lies in [low, high].</summary>
    private static void Divide(Bins bins, double[] before, double[] cost, int[,] cuts, int q, int from, int to, int low, int high)
    {
        if (from > to) return;
        int middle = (from + to) / 2, best = low;
        double least = double.MaxValue;
        for (int i = low; i <= Math.Min(high, middle - 1); i++)
        {
            double total = before[i] + bins.Cost(i, middle);
            if (total >= least) continue;
            (least, best) = (total, i);
        }
        cost[middle] = least;
        cuts[q, middle] = best;
        Divide(bins, before, cost, cuts, q, from, middle - 1, low, best);
        Divide(bins, before, cost, cuts, q, middle + 1, to, best, high);
    }

    private static double[] Lloyd(ReadOnlySpan<float> sorted, double[] centers, int passes)
    {
        for (int pass = 0; pass < passes; pass++)
        {
            int at = 0;
            for (int j = 0; j < centers.Length; j++)
            {
                double limit = j + 1 < centers.Length ? 0.5 * (centers[j] + centers[j + 1]) : double.PositiveInfinity, sum = 0;
                int start = at;
                for (; at < sorted.Length && sorted[at] <= limit; at++) sum += sorted[at];
                if (at > start) centers[j] = sum / (at - start);
            }
        }
        return centers;
    }

    /// <summary>Prefix sums of count, value and square over sorted numbers.</summary>
    private sealed class Bins
    {
        private readonly List<double> _counts = [0], _sums = [0], _squares = [0];

        public int Count => _counts.Count - 1;

        public static Bins Of(ReadOnlySpan<float> sorted, int limit)
        {
            var bins = new Bins();
            for (int b = 0, count = Math.Min(limit, sorted.Length); b < count; b++)
            {
                long from = (long)b * sorted.Length / count, to = (long)(b + 1) * sorted.Length / count;
                double sum = 0, squares = 0;
                for (long i = from; i < to; i++)
                {
                    double x = sorted[(int)i];
                    sum += x;
                    squares += x * x;
                }
                bins._counts.Add(bins._counts[^1] + (to - from));
                bins._sums.Add(bins._sums[^1] + sum);
                bins._squares.Add(bins._squares[^1] + squares);
            }
            return bins;
        }

        /// <summary>Σ(x − mean)² of the bins [i, j).</summary>
        public double Cost(int i, int j)
        {
            double count = _counts[j] - _counts[i], sum = _sums[j] - _sums[i];
            return Math.Max(0, _squares[j] - _squares[i] - sum * sum / count);
        }

        public double Mean(int i, int j) => (_sums[j] - _sums[i]) / (_counts[j] - _counts[i]);
    }
}
