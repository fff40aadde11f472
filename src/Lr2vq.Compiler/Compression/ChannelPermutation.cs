using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using Lr2vq.Graphs;
using Lr2vq.Planning;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>The same network with its channels in another order, in which the weights that read them are easier to cluster (PQF). The Plan stays; only
/// constants change, so everything that follows works with the new network as if it had been given.</summary>
internal static class ChannelPermutation
{
    private const int Swaps = 10_000;

    // Columns of a weight that is looked at; the sums of a larger one would take hundreds of megabytes.
    private const int MostColumns = 4608;

    /// <summary>True if a tensor of these options is to be clustered in a better order.</summary>
    public static bool IsAsked(CompressionOptions options) => options.Overrides.Any(o => o.Method == CompressionMethod.Pqf) || options.Method == CompressionMethod.Pqf;

    /// <param name="network">The network; its model stays open.</param>
    public static PlannedNetwork Apply(PlannedNetwork network, CompressionOptions options, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        WeightSource[] weights = ModelCompressor.Sources(network, cancellation);
        TensorSpec[] specs = PresetRules.Decide(options, weights);
        IReadOnlyList<ChannelClass> classes = ChannelClasses.Of(network.Plan);
        int[]?[] rows = new int[weights.Length][], columns = new int[weights.Length][];
        for (int n = 0; n < classes.Count; n++)
        {
            progress?.Report(new CompressionProgress(0.03, "ordering channels"));
            ChannelClass one = classes[n];
            PermutedReader[] readers = [.. one.Columns.Select(weight => Reader(weights[weight], specs[weight], one.Channels)).OfType<PermutedReader>().OrderByDescending(r => r.Weights.Length)];
            if (readers.Length == 0) continue;
            SeededRandom random = SeededRandom.For(options.Seed, "order " + weights[one.Columns[0]].Identity.Name);
            (int[] order, double before, double after) = PermutationSearch.Find(readers, one.Channels, Swaps, ref random, cancellation);
            if (!(after < before)) continue;
            foreach (int weight in one.Rows) rows[weight] = order;
            foreach (int weight in one.Columns) columns[weight] = order;
        }
        Dictionary<string, int> index = Enumerable.Range(0, weights.Length).ToDictionary(i => network.Plan.Weights[i].Value, StringComparer.Ordinal);
        return network with
        {
            Constants = [.. network.Constants.Select((constant, i) => Permuted(constant, network.Plan.Weights[i].Role, rows[i], columns[i]))],
            Norms = network.Norms.ToDictionary(pair => pair.Key, pair => Permuted(pair.Value, rows[index[network.Plan.Steps[pair.Key - 1].Inputs[1]!]])),
        };
    }

    private static BatchNormStatistics Permuted(BatchNormStatistics norm, int[]? order)
    {
        ConstantTensor Vector(ConstantTensor source) => Permuted(source, WeightRole.Bias, order, null);
        return new BatchNormStatistics(Vector(norm.Scale), Vector(norm.Shift), Vector(norm.Mean), Vector(norm.Variance), norm.Epsilon);
    }

    /// <summary>A weight with its channels in another order.</summary>
    /// <param name="rows">The old output channel at each place; null for no change.</param>
    /// <param name="columns">The same of input channels.</param>
    internal static ConstantTensor Permuted(ConstantTensor source, WeightRole role, int[]? rows, int[]? columns)
    {
        if (rows is null && columns is null) return source;
        if (role == WeightRole.MatMul) (rows, columns) = (columns, rows);
        // A bias may be [1, O]: its numbers are its last axis.
        bool isVector = role is not (WeightRole.Conv or WeightRole.Gemm or WeightRole.MatMul);
        int first = isVector ? checked((int)source.Count) : source.Shape[0], second = isVector ? 1 : source.Shape[1];
        int inner = checked((int)(source.Count / ((long)first * second)));
        return new LazyConstant(source.Type, source.Shape, () =>
        {
            float[] old = source.ToFloats(), values = new float[old.Length];
            for (int r = 0; r < first; r++)
                for (int c = 0; c < second; c++)
                    old.AsSpan(((rows?[r] ?? r) * second + (columns?[c] ?? c)) * inner, inner).CopyTo(values.AsSpan((r * second + c) * inner));
            return MemoryMarshal.AsBytes<float>(values).ToArray();
        }, source);
    }

    /// <summary>Null where the order of the channels makes no difference to the subvectors.</summary>
    private static PermutedReader? Reader(WeightSource source, TensorSpec spec, int channels)
    {
        if (spec is not { Method: CompressionMethod.Pqf, Vector: { } vector }) return null;
        CanonicalShape shape = source.Identity.Canonical;
        int taps = shape.KernelHeight * shape.KernelWidth;
        bool withTaps = vector.Axis == SliceAxis.Spatial;
        if (vector.Axis == SliceAxis.OutputChannel || withTaps && vector.M % taps != 0 || shape.Inputs != channels || (long)channels * taps > MostColumns) return null;
        int group = withTaps ? vector.M / taps : vector.M;
        if (group < 2 || channels % group != 0) return null;
        float[] weights = new float[source.Length];
        source.ReadCanonical(weights);
        // As they are clustered.
        RowNormalization.Divide(weights, RowNormalization.RootMeanSquares(weights, shape.Rows));
        return new PermutedReader(weights, shape.Rows, taps, group, withTaps);
    }
}
