using System;
using System.Threading;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>Several codebooks whose entries add up: greedy stages, then sweeps in which each stage is fitted to what the others leave.</summary>
internal static class ResidualQuantization
{
    private const int Sweeps = 2;
    private const int LeastSample = 16384;
    private const int SampleForEntry = 64;

    public static EncodedTensor Encode(WeightSource source, VectorShape shape, SeededRandom random, CancellationToken cancellation)
    {
        VectorQuantization.Prepared prepared = VectorQuantization.Prepare(source, shape);
        SubvectorMatrix rest = ReadAll(prepared.Slices, prepared.Weights);
        int k = shape.K, m = shape.M;
        float[][] entries = new float[shape.Stages][];
        int[][] codes = new int[shape.Stages][];
        for (int t = 0; t < shape.Stages; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            SubvectorMatrix sample = KMeans.Sample(rest, Math.Max(LeastSample, SampleForEntry * k), ref random);
            entries[t] = KMeans.Train(sample, k, KMeans.Schedule.Default, random, cancellation);
            codes[t] = Nearest(rest, entries[t], k, cancellation);
            Add(rest, entries[t], codes[t], -1f);
        }
        for (int sweep = 0; sweep <= Sweeps; sweep++)
        {
            for (int t = 0; t < shape.Stages; t++)
            {
                cancellation.ThrowIfCancellationRequested();
                Add(rest, entries[t], codes[t], 1f);
                KMeans.Update(rest, codes[t], entries[t], k);
                // The last sweep works with entries as the file holds them, so that each stage mends the rounding of those before.
                if (sweep == Sweeps)
                    CodebookEntries.Write(entries[t], m, shape.Encoding, new byte[CodebookEntries.ByteLength(shape.Encoding, k, m)]);
                codes[t] = Nearest(rest, entries[t], k, cancellation);
                Add(rest, entries[t], codes[t], -1f);
            }
        }
        return Pack(source.Identity, shape, prepared, entries, codes, cancellation);
    }

    private static EncodedTensor Pack(TensorIdentity identity, VectorShape shape, VectorQuantization.Prepared prepared, float[][] entries, int[][] codes,
        CancellationToken cancellation)
    {
        SliceReader slices = prepared.Slices;
        ushort[][] ordered = new ushort[shape.Stages][];
        for (int t = 0; t < shape.Stages; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            ordered[t] = new ushort[slices.Count];
            for (int n = 0; n < slices.Count; n++) ordered[t][slices.CodeIndexOf(n)] = (ushort)codes[t][n];
        }
        float[] scales = [];
        if (shape.Scaled)
        {
            var fit = new RowFit(slices.Order.Rows);
            Span<float> weights = stackalloc float[shape.M], replacement = stackalloc float[shape.M];
            for (int n = 0; n < slices.Count; n++)
            {
                int real = slices.Read(prepared.Weights, n, weights);
                replacement.Clear();
                for (int t = 0; t < shape.Stages; t++)
                    for (int c = 0; c < real; c++) replacement[c] += entries[t][codes[t][n] * shape.M + c];
                fit.Add(slices, n, weights[..real], replacement[..real]);
            }
            scales = fit.Corrected(prepared.Scales);
        }
        cancellation.ThrowIfCancellationRequested();
        return CodebookTensor.Pack(identity, new CodebookFactors
        {
            Axis = shape.Axis,
            M = shape.M,
            D = shape.M,
            Encoding = shape.Encoding,
            Entries = entries,
            Codes = ordered,
            RowScales = scales,
        });
    }

    private static SubvectorMatrix ReadAll(SliceReader slices, float[] weights)
    {
        var all = new SubvectorMatrix(slices.Count, slices.Order.M);
        Span<float> subvector = stackalloc float[slices.Order.M];
        for (int n = 0; n < all.Count; n++)
        {
            slices.Read(weights, n, subvector);
            int at = all.IndexOf(n, 0);
            for (int c = 0; c < subvector.Length; c++, at += SubvectorMatrix.Lanes) all.Values[at] = subvector[c];
        }
        return all;
    }

    private static int[] Nearest(SubvectorMatrix subvectors, float[] entries, int k, CancellationToken cancellation)
    {
        int[] codes = new int[subvectors.Blocks * SubvectorMatrix.Lanes];
        Assignment.Run(subvectors, 0, subvectors.Blocks, entries, k, codes, new float[codes.Length], cancellation);
        return codes;
    }

    private static void Add(SubvectorMatrix subvectors, float[] entries, int[] codes, float sign)
    {
        int d = subvectors.Dimensions;
        for (int n = 0; n < subvectors.Count; n++)
        {
            ReadOnlySpan<float> entry = entries.AsSpan(codes[n] * d, d);
            int at = subvectors.IndexOf(n, 0);
            for (int c = 0; c < entry.Length; c++, at += SubvectorMatrix.Lanes) subvectors.Values[at] += sign * entry[c];
        }
    }
}
