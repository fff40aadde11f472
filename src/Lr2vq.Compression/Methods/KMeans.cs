using System;
using System.Threading;

namespace Lr2vq.Compression.Methods;

/// <summary>Annealed k-means (stochastic relaxation of the update step), then plain Lloyd iterations.</summary>
/// <remarks>Start: k-means++. Assignments are made on clean data. In the relaxed iterations each mean gets the noise that its members would have
/// given it: T·σ·ε/√members, with T falling as (1 − i/I)^½ and σ the standard deviation of each dimension. An empty cluster restarts at
/// the subvector with the largest error, each used once. All sums are doubles in a fixed order, all vector work is lane by lane, so the
/// result depends on neither threads nor instruction set.</remarks>
internal static class KMeans
{
    private const int MaxSeedSample = 16384;

    /// <param name="Relaxed">Iterations with noise.</param>
    /// <param name="Plain">Iterations without.</param>
    internal readonly record struct Schedule(int Relaxed, int Plain)
    {
        public static Schedule Default => new(20, 5);
    }

    /// <summary>Centroids [k, d] for <paramref name="subvectors"/>. With no more distinct subvectors than k, those are the centroids.</summary>
    public static float[] Train(SubvectorMatrix subvectors, int k, Schedule schedule, SeededRandom random, CancellationToken cancellation = default)
    {
        int d = subvectors.Dimensions, n = subvectors.Count;
        float[] centroids = PlusPlus(subvectors, k, ref random, cancellation, out bool exact);
        if (n == 0 || exact) return centroids;
        double[] deviation = Deviations(subvectors);
        int padded = subvectors.Blocks * SubvectorMatrix.Lanes;
        int[] codes = new int[padded];
        float[] scores = new float[padded];
        int iterations = schedule.Relaxed + schedule.Plain;
        for (int i = 0; i < iterations; i++)
        {
            Assignment.Run(subvectors, 0, subvectors.Blocks, centroids, k, codes, scores, cancellation);
            double temperature = i < schedule.Relaxed ? Math.Sqrt(1 - (double)i / schedule.Relaxed) : 0;
            int[] members = Update(subvectors, codes, centroids, k);
            if (temperature > 0)
            {
                for (int j = 0; j < k; j++)
                {
                    if (members[j] == 0) continue;
                    double factor = temperature / Math.Sqrt(members[j]);
                    for (int c = 0; c < d; c++) centroids[j * d + c] += (float)(factor * deviation[c] * random.Normal());
                }
            }
            Reseed(subvectors, scores, members, centroids, k);
        }
        return centroids;
    }

    /// <summary>Moves each centroid to the mean of its members, in double; empty ones stay. Returns how many members each has.</summary>
    public static int[] Update(SubvectorMatrix subvectors, ReadOnlySpan<int> codes, Span<float> centroids, int k)
    {
        int d = subvectors.Dimensions;
        var sums = new CentroidSums(k, d);
        sums.Add(subvectors, codes);
        sums.MoveTo(centroids);
        return sums.Members;
    }

    /// <summary>k-means++: each next centroid is a subvector drawn in proportion to its squared distance from those chosen.</summary>
    private static float[] PlusPlus(SubvectorMatrix all, int k, ref SeededRandom random, CancellationToken cancellation, out bool exact)
    {
        exact = false;
        int d = all.Dimensions;
        float[] centroids = new float[k * d];
        if (all.Count == 0) return centroids;
        SubvectorMatrix sample = Sample(all, Math.Max(MaxSeedSample, 8 * k), ref random);
        int n = sample.Count;
        float[] distances = new float[sample.Blocks * SubvectorMatrix.Lanes];
        Array.Fill(distances, float.PositiveInfinity);
        int chosen = random.Below(n);
        for (int j = 0; j < k; j++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int c = 0; c < d; c++) centroids[j * d + c] = sample[chosen, c];
            double total = Distances.Lower(sample, centroids.AsSpan(j * d, d), distances);
            if (total <= 0)
            {
                // No more distinct subvectors than k: the rest repeats the first and never wins.
                for (int rest = j + 1; rest < k; rest++) centroids.AsSpan(0, d).CopyTo(centroids.AsSpan(rest * d, d));
                exact = n == all.Count;
                break;
            }
            if (j + 1 == k) break;
            double target = random.Uniform() * total, sum = 0;
            chosen = n - 1;
            for (int i = 0; i < n; i++)
            {
                sum += distances[i];
                if (sum <= target || distances[i] <= 0) continue;
                chosen = i;
                break;
            }
        }
        return centroids;
    }

    /// <summary>At most <paramref name="limit"/> subvectors, one drawn from each of as many equal stretches.</summary>
    public static SubvectorMatrix Sample(SubvectorMatrix all, int limit, ref SeededRandom random)
    {
        if (all.Count <= limit) return all;
        var sample = new SubvectorMatrix(limit, all.Dimensions);
        for (int i = 0; i < limit; i++)
        {
            long from = (long)i * all.Count / limit, to = (long)(i + 1) * all.Count / limit;
            sample.Copy(i, all, (int)from + random.Below((int)(to - from)));
        }
        return sample;
    }

    private static void Reseed(SubvectorMatrix subvectors, float[] scores, int[] members, float[] centroids, int k)
    {
        int empty = 0;
        foreach (int count in members) if (count == 0) empty++;
        if (empty == 0) return;
        int n = subvectors.Count, d = subvectors.Dimensions;
        double[] errors = new double[n];
        int[] worst = new int[n];
        for (int i = 0; i < n; i++)
        {
            errors[i] = -(subvectors.SquaredNorm(i) + 2.0 * scores[i]);
            worst[i] = i;
        }
        Array.Sort(errors, worst);
        int next = 0;
        for (int j = 0; j < k && next < n; j++)
        {
            if (members[j] != 0) continue;
            if (errors[next] >= 0) break;       // everything is met exactly
            for (int c = 0; c < d; c++) centroids[j * d + c] = subvectors[worst[next], c];
            next++;
        }
    }

    private static double[] Deviations(SubvectorMatrix subvectors)
    {
        int d = subvectors.Dimensions;
        double[] deviations = new double[d];
        for (int c = 0; c < d; c++)
        {
            double sum = 0, squares = 0;
            for (int i = 0; i < subvectors.Count; i++)
            {
                double x = subvectors[i, c];
                sum += x;
                squares += x * x;
            }
            double mean = sum / subvectors.Count;
            deviations[c] = Math.Sqrt(Math.Max(0, squares / subvectors.Count - mean * mean));
        }
        return deviations;
    }
}
