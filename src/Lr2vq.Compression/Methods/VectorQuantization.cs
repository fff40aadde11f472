using System;
using System.Collections.Generic;
using System.Threading;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>Exact (k-means, PQ) and low-rank (LR²VQ) vector quantization.</summary>
/// <remarks>LR²VQ: principal components B of the subvectors, k-means of z = w·Bᵀ in d̃ dimensions, entries and basis rounded to what the
/// file holds, codes assigned once more with the rounded entries. Rows are divided by their root mean square first if the tensor is
/// scaled; afterwards each scale takes the value that fits its row best, because entries shrink what they replace.
/// Source: Zhu, Zhou, Zhong 2022, arXiv 2211.11397 (their k, m and d̃ are our k, m and d).</remarks>
internal static class VectorQuantization
{
    private const int Chunk = 4096;
    private const int LeastSample = 16384;
    private const int SampleForEntry = 64;

    /// <summary>Weights of a tensor as they are clustered.</summary>
    internal sealed record Prepared(float[] Weights, float[] Scales, SliceReader Slices);

    public static Prepared Prepare(WeightSource source, VectorShape shape)
    {
        float[] weights = new float[source.Length];
        source.ReadCanonical(weights);
        float[] scales = [];
        if (shape.Scaled)
        {
            scales = RowNormalization.RootMeanSquares(weights, source.Identity.Canonical.Rows);
            RowNormalization.Divide(weights, scales);
        }
        return new Prepared(weights, scales, new SliceReader(SliceOrder.Of(source.Identity.Canonical, shape.Axis, shape.M)));
    }

    /// <summary>Finds one codebook for all <paramref name="members"/>, which are read one after the other.</summary>
    public static VectorCodebook Train(IReadOnlyList<WeightSource> members, VectorShape shape, SeededRandom random, Workers workers)
    {
        CancellationToken cancellation = workers.Cancellation;
        int m = shape.M, k = shape.K;
        long total = 0;
        foreach (WeightSource member in members) total += SliceOrder.Of(member.Identity.Canonical, shape.Axis, m).Count;
        int limit = Math.Max(LeastSample, SampleForEntry * k);
        var samples = new List<float>();
        double[] gram = new double[m * m];
        foreach (WeightSource member in members)
        {
            cancellation.ThrowIfCancellationRequested();
            Prepared prepared = Prepare(member, shape);
            if (shape.D != 0) AddGram(prepared, gram);
            long share = total <= limit ? prepared.Slices.Count : Math.Max(1, limit * (long)prepared.Slices.Count / total);
            AddSample(prepared, (int)share, samples, ref random);
        }
        float[] metric = shape.ByInputs && members[0].Inputs?.Block(SliceOrder.Of(members[0].Identity.Canonical, shape.Axis, m)) is { } inputs ? InputMetric.LiftOf(inputs, m) ?? [] : [];
        (int d, float[] lift) = metric.Length > 0 ? (m, metric) : Basis(gram, shape);
        SubvectorMatrix training = Project(samples, m, d, lift);
        samples.Clear();
        float[] centroids = KMeans.Train(training, k, KMeans.Schedule.Default, random, cancellation);
        if (total > limit) centroids = Refine(members, shape, d, lift, centroids, cancellation);
        if (metric.Length == 0) return CodebookRefinement.Run(members, shape, Round(shape, d, lift, centroids), workers);
        InputMetric.Lower(centroids, metric, m);
        return Round(shape, m, [], centroids) with { Metric = metric };
    }

    /// <summary>Codes of a tensor for a codebook, packed.</summary>
    public static EncodedTensor Encode(WeightSource source, VectorShape shape, VectorCodebook codebook, CancellationToken cancellation)
    {
        Prepared prepared = Prepare(source, shape);
        SliceReader slices = prepared.Slices;
        float[] expanded = Expand(codebook);
        if (!shape.ByInputs && VectorFeedback.Of(source, prepared, cancellation) is { } feedback)
        {
            var choice = new VectorFeedback.Choice(feedback, fits: shape.Scaled, keepsTargets: false);
            feedback.Choose(expanded, codebook.K, choice, cancellation);
            ushort[] chosen = new ushort[slices.Order.Count];
            for (int i = 0; i < chosen.Length; i++) chosen[slices.CodeIndexOf(i)] = choice.Codes[i];
            return Packed(source, codebook, chosen, shape.Scaled ? RowFit.Corrected(prepared.Scales, choice.Products, choice.Squares) : []);
        }
        ushort[] codes = new ushort[slices.Order.Count];
        var sums = new RowFit(slices.Order.Rows);
        Span<float> subvector = stackalloc float[codebook.M];
        bool byInputs = codebook.Metric.Length > 0;
        float[] compared = byInputs ? Lifted(codebook.Entries, codebook.Metric, codebook.M) : codebook.Entries;
        float[] projected = byInputs ? new float[codebook.M] : [];
        foreach ((int first, SubvectorMatrix chunk, int[] chunkCodes) in Assigned(prepared, codebook.D, byInputs ? codebook.Metric : codebook.Lift, compared, codebook.K, cancellation))
        {
            for (int i = 0; i < chunk.Count; i++)
            {
                int code = chunkCodes[i], real = slices.Read(prepared.Weights, first + i, subvector);
                if (real < codebook.M) code = NearestOfPart(subvector, real, expanded, codebook.M);
                codes[slices.CodeIndexOf(first + i)] = (ushort)code;
                if (byInputs && real == codebook.M)
                {
                    // The scale that fits the outputs best.
                    for (int c = 0; c < projected.Length; c++) projected[c] = chunk[i, c];
                    sums.Add(slices, first + i, projected, compared.AsSpan(code * codebook.M, real));
                }
                else sums.Add(slices, first + i, subvector[..real], expanded.AsSpan(code * codebook.M, real));
            }
        }
        return Packed(source, codebook, codes, shape.Scaled ? sums.Corrected(prepared.Scales) : []);
    }

    private static EncodedTensor Packed(WeightSource source, VectorCodebook codebook, ushort[] codes, float[] scales) => CodebookTensor.Pack(source.Identity, new CodebookFactors
    {
        Axis = codebook.Axis,
        M = codebook.M,
        D = codebook.D,
        Encoding = codebook.Encoding,
        Entries = [codebook.Entries],
        Basis = codebook.Basis,
        Codes = [codes],
        RowScales = scales,
    });

    /// <summary>Vectors [count, m] times the factor of a metric.</summary>
    private static float[] Lifted(float[] vectors, float[] lift, int m)
    {
        float[] lifted = new float[vectors.Length];
        for (int n = 0; n < vectors.Length; n += m)
            for (int c = 0; c < m; c++)
            {
                double sum = 0;
                for (int t = 0; t < m; t++) sum += (double)vectors[n + t] * lift[c * m + t];
                lifted[n + c] = (float)sum;
            }
        return lifted;
    }

    /// <summary>One update with all subvectors, after training on a sample.</summary>
    private static float[] Refine(IReadOnlyList<WeightSource> members, VectorShape shape, int d, float[] lift, float[] centroids, CancellationToken cancellation)
    {
        var sums = new CentroidSums(shape.K, d);
        foreach (WeightSource member in members)
        {
            Prepared prepared = Prepare(member, shape);
            bool padding = prepared.Slices.HasPadding;
            foreach ((int first, SubvectorMatrix chunk, int[] codes) in Assigned(prepared, d, lift, centroids, shape.K, cancellation))
                sums.Add(chunk, codes, padding ? i => prepared.Slices.IsPadded(first + i) : null);
        }
        float[] refined = (float[])centroids.Clone();
        sums.MoveTo(refined);
        return refined;
    }

    /// <summary>Stretches of subvectors with the nearest centroid of each.</summary>
    private static IEnumerable<(int First, SubvectorMatrix Chunk, int[] Codes)> Assigned(Prepared prepared, int d, float[] lift, float[] centroids, int k, CancellationToken cancellation)
    {
        int[] codes = new int[Chunk];
        float[] scores = new float[Chunk];
        float[] subvector = new float[prepared.Slices.Order.M];
        for (int first = 0; first < prepared.Slices.Count; first += Chunk)
        {
            var chunk = new SubvectorMatrix(Math.Min(Chunk, prepared.Slices.Count - first), d);
            for (int i = 0; i < chunk.Count; i++)
            {
                prepared.Slices.Read(prepared.Weights, first + i, subvector);
                Project(subvector, lift, chunk, i);
            }
            Assignment.Run(chunk, 0, chunk.Blocks, centroids, k, codes, scores, cancellation);
            yield return (first, chunk, codes);
        }
    }

    public static VectorCodebook Round(VectorShape shape, int d, float[] lift, float[] centroids)
    {
        byte[] bytes = new byte[CodebookEntries.ByteLength(shape.Encoding, shape.K, d)];
        CodebookEntries.Write(centroids, d, shape.Encoding, bytes);
        float[] basis = new float[lift.Length];
        for (int i = 0; i < basis.Length; i++) basis[i] = (float)(Half)lift[i];
        return new VectorCodebook(shape.Axis, shape.M, d, shape.K, shape.Encoding, centroids, basis, lift);
    }

    private static (int D, float[] Lift) Basis(double[] gram, VectorShape shape)
    {
        int m = shape.M;
        if (shape.D == 0 || shape.D >= m) return (m, []);
        (double[] values, double[] vectors) = SymmetricEigen.Solve(gram, m);
        int d = shape.D > 0 ? shape.D : WaterFilling.Solve(values, shape.K).Dimensions;
        if (d >= m) return (m, []);
        float[] lift = new float[d * m];
        for (int i = 0; i < lift.Length; i++) lift[i] = (float)vectors[i];
        return (d, lift);
    }

    private static void AddGram(Prepared prepared, double[] gram)
    {
        int m = prepared.Slices.Order.M;
        Span<float> w = stackalloc float[m];
        for (int n = 0; n < prepared.Slices.Count; n++)
        {
            if (prepared.Slices.Read(prepared.Weights, n, w) < m) continue;
            for (int a = 0; a < m; a++)
            {
                double wa = w[a];
                for (int b = a; b < m; b++) gram[a * m + b] += wa * w[b];
            }
        }
        for (int a = 0; a < m; a++)
            for (int b = 0; b < a; b++) gram[a * m + b] = gram[b * m + a];
    }

    private static void AddSample(Prepared prepared, int share, List<float> samples, ref SeededRandom random)
    {
        int count = prepared.Slices.Count, m = prepared.Slices.Order.M;
        Span<float> w = stackalloc float[m];
        for (int i = 0; i < share; i++)
        {
            int from = (int)((long)i * count / share), to = (int)((long)(i + 1) * count / share);
            // Padding may not attract centroids; a tensor of nothing but padded subvectors has no choice.
            int real = prepared.Slices.Read(prepared.Weights, share == count ? i : from + random.Below(to - from), w);
            if (real < m && prepared.Slices.Order.Places > 1) continue;
            foreach (float x in w) samples.Add(x);
        }
    }

    private static SubvectorMatrix Project(List<float> samples, int m, int d, float[] lift)
    {
        var matrix = new SubvectorMatrix(samples.Count / m, d);
        Span<float> w = stackalloc float[m];
        for (int i = 0; i < matrix.Count; i++)
        {
            for (int t = 0; t < m; t++) w[t] = samples[i * m + t];
            Project(w, lift, matrix, i);
        }
        return matrix;
    }

    private static void Project(ReadOnlySpan<float> subvector, ReadOnlySpan<float> lift, SubvectorMatrix matrix, int index)
    {
        int d = matrix.Dimensions, m = subvector.Length, at = matrix.IndexOf(index, 0);
        for (int c = 0; c < d; c++, at += SubvectorMatrix.Lanes)
        {
            if (lift.Length == 0)
            {
                matrix.Values[at] = subvector[c];
                continue;
            }
            double sum = 0;
            for (int t = 0; t < m; t++) sum += (double)subvector[t] * lift[c * m + t];
            matrix.Values[at] = (float)sum;
        }
    }

    public static float[] Expand(VectorCodebook codebook)
    {
        if (codebook.Basis.Length == 0) return codebook.Entries;
        int m = codebook.M, d = codebook.D;
        float[] expanded = new float[codebook.K * m];
        for (int j = 0; j < codebook.K; j++)
        {
            for (int t = 0; t < m; t++)
            {
                double sum = 0;
                for (int c = 0; c < d; c++) sum += (double)codebook.Entries[j * d + c] * codebook.Basis[c * m + t];
                expanded[j * m + t] = (float)sum;
            }
        }
        return expanded;
    }

    /// <summary>The entry nearest to the real elements of a padded subvector.</summary>
    private static int NearestOfPart(ReadOnlySpan<float> subvector, int real, ReadOnlySpan<float> expanded, int m)
    {
        int best = 0;
        double least = double.MaxValue;
        for (int j = 0; j < expanded.Length / m; j++)
        {
            double distance = 0;
            for (int t = 0; t < real; t++)
            {
                double difference = subvector[t] - expanded[j * m + t];
                distance += difference * difference;
            }
            if (distance >= least) continue;
            (best, least) = (j, distance);
        }
        return best;
    }
}
