using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>Clustering dimensionality d̃ by measurement: what a short k-means run leaves in the first d̃ principal components, for every d̃.</summary>
/// <remarks>The closed form, Rule A′, is <see cref="WaterFilling"/>; it costs next to nothing and is what <c>D="auto"</c> means without training. At equal k
/// the error falls with d̃, so measuring makes sense at equal bytes (Rule A), where a smaller codebook pays for more entries, or with
/// the part of the error that training takes away counted less (Rule T), which is what <c>D="auto"</c> means before a training at low rank.</remarks>
internal static class DimensionChoice
{
    /// <summary>How much of the low-rank error a training of minutes leaves, in units of what it leaves of the clustering error. Short trainings leave about half of the first and something of the
    /// second; of the d̃ that were tried three quarters come nearest (docs/accuracy.md).</summary>
    public const double TrainedShare = 0.75;

    private const int Iterations = 15, MembersOfEntry = 16;
    private const double Tolerance = 1.02;

    /// <summary>What a d̃ costs.</summary>
    /// <param name="LowRankError">Squared length of what lies beyond the first d̃ components, Σ of their eigenvalues.</param>
    /// <param name="ClusteringError">Squared distance from the nearest of <paramref name="K"/> centroids within them.</param>
    internal readonly record struct Candidate(int D, int K, double LowRankError, double ClusteringError)
    {
        public double Error => LowRankError + ClusteringError;

        /// <summary>The error that training is expected to leave: it moves weights into the subspace, but cannot cluster them.</summary>
        /// <param name="share">Share of the low-rank error that stays, ρ.</param>
        public double EffectiveError(double share) => share * LowRankError + ClusteringError;
    }

    /// <summary>Rule A: the smallest d̃ whose error is within 2 % of the best; candidates are of equal bytes.</summary>
    public static Candidate RuleA(IReadOnlyList<Candidate> candidates)
    {
        double limit = candidates.Min(c => c.Error) * Tolerance;
        return candidates.Where(c => c.Error <= limit).MinBy(c => c.D);
    }

    /// <summary>Rule T, before training: the least effective error; candidates are of equal k.</summary>
    public static Candidate RuleT(IReadOnlyList<Candidate> candidates, double share = TrainedShare) => candidates.MinBy(c => c.EffectiveError(share));

    /// <summary>Every d̃ from 1 to m, each with as many entries as the bytes of exact vector quantization with <paramref name="k"/> entries allow.</summary>
    /// <param name="subvectors">In their own coordinates, [count, m].</param>
    public static Candidate[] AtEqualBytes(SubvectorMatrix subvectors, int k, EntryEncoding encoding, SeededRandom random, CancellationToken cancellation = default)
    {
        int m = subvectors.Dimensions;
        long budget = ByteLength(subvectors.Count, k, m, m, encoding);
        return Measure(subvectors, d => d == m ? k : LargestK(subvectors.Count, d, m, encoding, budget), random, cancellation);
    }

    /// <summary>Every d̃ from 1 to m with the same number of entries.</summary>
    /// <param name="subvectors">In their own coordinates, [count, m].</param>
    public static Candidate[] AtEqualEntries(SubvectorMatrix subvectors, int k, SeededRandom random, CancellationToken cancellation = default) => Measure(subvectors, _ => k, random, cancellation);

    /// <summary>What one d̃ costs with some numbers of entries. Where few subvectors would fall on an entry, the clustering error goes on falling as it did.</summary>
    /// <param name="subvectors">In their own coordinates, [count, m].</param>
    /// <param name="numbers">Rising.</param>
    public static Candidate[] Errors(SubvectorMatrix subvectors, int d, IReadOnlyList<int> numbers, SeededRandom random, CancellationToken cancellation)
    {
        (double[] values, double[] vectors) = SymmetricEigen.Solve(Gram(subvectors), subvectors.Dimensions);
        SubvectorMatrix projected = Project(subvectors, vectors, d);
        var errors = new Candidate[numbers.Count];
        List<Candidate> measured = [];
        for (int i = 0; i < errors.Length; i++)
        {
            if (measured.Count < 2 || MembersOfEntry * numbers[i] <= subvectors.Count)
            {
                measured.Add(At(projected, Math.Min(numbers[i], subvectors.Count), values, random, cancellation));
                errors[i] = measured[^1];
                continue;
            }
            (Candidate before, Candidate last) = (measured[^2], measured[^1]);
            double slope = last.ClusteringError > 0 ? Math.Min(0, ExactMath.Log2(last.ClusteringError / before.ClusteringError) / Math.Max(1e-3, ExactMath.Log2((double)last.K / before.K))) : 0;
            errors[i] = last with { K = numbers[i], ClusteringError = last.ClusteringError * ExactMath.Exp2(slope * ExactMath.Log2((double)numbers[i] / last.K)) };
        }
        return errors;
    }

    /// <summary>Bytes of codes, codebook and basis in a file.</summary>
    public static long ByteLength(long count, int k, int d, int m, EntryEncoding encoding) =>
        PackedBits.ByteLength(count, PackedBits.BitsFor(k)) + CodebookEntries.ByteLength(encoding, k, d) + CodebookEntries.BasisByteLength(d, m);

    /// <summary>The most entries within a budget, but no more than subvectors; 0 if not even one fits.</summary>
    private static int LargestK(int count, int d, int m, EntryEncoding encoding, long budget)
    {
        int fits = 0, tooMany = Math.Min(count, CodebookTensor.MaxK) + 1;
        while (tooMany - fits > 1)
        {
            int middle = (fits + tooMany) / 2;
            if (ByteLength(count, middle, d, m, encoding) <= budget) fits = middle;
            else tooMany = middle;
        }
        return fits;
    }

    private static Candidate[] Measure(SubvectorMatrix subvectors, Func<int, int> entries, SeededRandom random, CancellationToken cancellation)
    {
        int m = subvectors.Dimensions;
        (double[] values, double[] vectors) = SymmetricEigen.Solve(Gram(subvectors), m);
        List<Candidate> candidates = [];
        for (int d = 1; d <= m; d++)
        {
            int k = Math.Min(entries(d), subvectors.Count);
            if (k == 0) continue;
            candidates.Add(At(Project(subvectors, vectors, d), k, values, random, cancellation));
        }
        return [.. candidates];
    }

    private static Candidate At(SubvectorMatrix projected, int k, double[] values, SeededRandom random, CancellationToken cancellation)
    {
        // The same random numbers for every candidate, so that luck decides little.
        float[] centroids = KMeans.Train(projected, k, new KMeans.Schedule(Relaxed: 0, Plain: Iterations), random, cancellation);
        double beyond = 0;
        for (int j = values.Length - 1; j >= projected.Dimensions; j--) beyond += Math.Max(0, values[j]);
        return new Candidate(projected.Dimensions, k, beyond, ClusteringError(projected, centroids, k));
    }

    private static double[] Gram(SubvectorMatrix subvectors)
    {
        int m = subvectors.Dimensions;
        double[] gram = new double[m * m];
        for (int n = 0; n < subvectors.Count; n++)
            for (int a = 0; a < m; a++)
                for (int b = 0; b < m; b++) gram[a * m + b] += (double)subvectors[n, a] * subvectors[n, b];
        return gram;
    }

    private static SubvectorMatrix Project(SubvectorMatrix subvectors, double[] vectors, int d)
    {
        int m = subvectors.Dimensions;
        var projected = new SubvectorMatrix(subvectors.Count, d);
        for (int n = 0; n < subvectors.Count; n++)
        {
            for (int c = 0; c < d; c++)
            {
                double sum = 0;
                for (int t = 0; t < m; t++) sum += subvectors[n, t] * vectors[c * m + t];
                projected[n, c] = (float)sum;
            }
        }
        return projected;
    }

    private static double ClusteringError(SubvectorMatrix projected, float[] centroids, int k)
    {
        int padded = projected.Blocks * SubvectorMatrix.Lanes, d = projected.Dimensions;
        int[] codes = new int[padded];
        Assignment.Run(projected, 0, projected.Blocks, centroids, k, codes, new float[padded]);
        double error = 0;
        for (int n = 0; n < projected.Count; n++)
        {
            for (int c = 0; c < d; c++)
            {
                double difference = projected[n, c] - centroids[codes[n] * d + c];
                error += difference * difference;
            }
        }
        return error;
    }
}
