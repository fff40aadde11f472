using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>The weight of a step that reads channels, cut into subvectors that span several of them.</summary>
/// <param name="Weights">[rows, channels, taps].</param>
/// <param name="Group">Channels of a subvector; divides the channels.</param>
/// <param name="WithTaps">A subvector holds all taps of its channels; else one tap.</param>
internal sealed record PermutedReader(float[] Weights, int Rows, int Taps, int Group, bool WithTaps);

/// <summary>An order of channels in which subvectors are easier to cluster (Martinez et al.): the determinant of their covariance, which bounds what a
/// code of a given rate loses, is made small. Channels of like variance are dealt to the places of a subvector; then pairs are exchanged while the
/// determinant falls. Never worse than the order that is there.</summary>
internal static class PermutationSearch
{
    private const int MostRows = 128;

    /// <param name="swaps">Random pairs that are tried.</param>
    /// <returns>The old channel at each new place, and the objective (Σ subvectors · log det) of the old order and of the new one.</returns>
    public static (int[] Order, double Before, double After) Find(IReadOnlyList<PermutedReader> readers, int channels, int swaps, ref SeededRandom random, CancellationToken cancellation)
    {
        int[] identity = [.. Enumerable.Range(0, channels)];
        Statistics[] statistics = [.. readers.Select(reader => new Statistics(reader, channels, cancellation))];
        double before = Begin(statistics, identity), best = before;
        int[] order = identity;
        foreach (int[] start in (int[][])[Dealt(statistics[0], channels, readers[0].Group), identity])
        {
            int[] tried = [.. start];
            double value = Descend(statistics, tried, Begin(statistics, tried), swaps, ref random, cancellation);
            if (!(value < best)) continue;
            (best, order) = (value, tried);
        }
        return (order, before, best);
    }

    private static double Begin(Statistics[] all, int[] order)
    {
        double sum = 0;
        foreach (Statistics one in all) sum += one.Begin(order);
        return sum;
    }

    private static double Descend(Statistics[] all, int[] order, double value, int swaps, ref SeededRandom random, CancellationToken cancellation)
    {
        for (int n = 0; n < swaps; n++)
        {
            if ((n & 255) == 0) cancellation.ThrowIfCancellationRequested();
            int a = random.Below(order.Length), b = random.Below(order.Length);
            if (a == b) continue;
            double tried = 0;
            foreach (Statistics one in all) tried += one.Exchange(order, a, b);
            (order[a], order[b]) = (order[b], order[a]);
            if (tried < value)
            {
                value = tried;
                continue;
            }
            foreach (Statistics one in all) one.Exchange(order, a, b);
            (order[a], order[b]) = (order[b], order[a]);
        }
        // What was added and taken off many times is summed once more.
        return Begin(all, order);
    }

    /// <summary>Channels by falling variance, each to the place whose channels have the least so far, in the order of blocks.</summary>
    private static int[] Dealt(Statistics statistics, int channels, int group)
    {
        double[] variances = [.. Enumerable.Range(0, channels).Select(statistics.VarianceOf)];
        List<int>[] buckets = [.. Enumerable.Range(0, group).Select(_ => new List<int>())];
        double[] sums = new double[group];
        foreach (int channel in Enumerable.Range(0, channels).OrderByDescending(c => variances[c]).ThenBy(c => c))
        {
            int least = -1;
            for (int p = 0; p < group; p++)
                if (buckets[p].Count < channels / group && (least < 0 || sums[p] < sums[least])) least = p;
            buckets[least].Add(channel);
            sums[least] += variances[channel];
        }
        return [.. Enumerable.Range(0, channels).Select(place => buckets[place % group][place / group])];
    }

    /// <summary>Sums over the subvectors of one weight, kept while channels change places.</summary>
    private sealed class Statistics
    {
        private readonly PermutedReader _reader;
        private readonly int _channels, _columns, _m;
        private readonly float[] _gram;     // [columns, columns]: Σ over rows
        private readonly double[] _sums;    // [columns]
        private readonly double[] _squares, _means;
        private readonly double _count;

        public Statistics(PermutedReader reader, int channels, CancellationToken cancellation)
        {
            (_reader, _channels, _columns) = (reader, channels, channels * reader.Taps);
            _m = reader.Group * (reader.WithTaps ? reader.Taps : 1);
            int rows = Math.Min(reader.Rows, MostRows);
            _gram = new float[(long)_columns * _columns];
            _sums = new double[_columns];
            (_squares, _means) = (new double[_m * _m], new double[_m]);
            _count = (double)rows * (channels / reader.Group) * (reader.WithTaps ? 1 : reader.Taps);
            for (int r = 0; r < rows; r++)
            {
                cancellation.ThrowIfCancellationRequested();
                ReadOnlySpan<float> row = reader.Weights.AsSpan((int)((long)r * reader.Rows / rows) * _columns, _columns);
                for (int a = 0; a < _columns; a++)
                {
                    _sums[a] += row[a];
                    Span<float> to = _gram.AsSpan(a * _columns, _columns);
                    float factor = row[a];
                    if (factor != 0f) for (int b = 0; b < to.Length; b++) to[b] += factor * row[b];
                }
            }
        }

        public double VarianceOf(int channel)
        {
            double sum = 0;
            for (int t = 0; t < _reader.Taps; t++) sum += _gram[(channel * _reader.Taps + t) * (_columns + 1)];
            return sum;
        }

        public double Begin(int[] order)
        {
            Array.Clear(_squares);
            Array.Clear(_means);
            for (int block = 0; block < _channels / _reader.Group; block++) Add(order, block, 1);
            return Value();
        }

        /// <summary>The objective if two places had each other's channels; the sums are then those.</summary>
        public double Exchange(int[] order, int a, int b)
        {
            int first = a / _reader.Group, second = b / _reader.Group;
            Add(order, first, -1);
            if (second != first) Add(order, second, -1);
            (order[a], order[b]) = (order[b], order[a]);
            Add(order, first, 1);
            if (second != first) Add(order, second, 1);
            (order[a], order[b]) = (order[b], order[a]);
            return Value();
        }

        private void Add(int[] order, int block, double sign)
        {
            int group = _reader.Group, taps = _reader.Taps, first = block * group;
            for (int p = 0; p < group; p++)
                for (int t = 0; t < taps; t++)
                {
                    int a = order[first + p] * taps + t, i = _reader.WithTaps ? p * taps + t : p;
                    _means[i] += sign * _sums[a];
                    for (int q = 0; q < group; q++)
                        for (int u = _reader.WithTaps ? 0 : t; u < (_reader.WithTaps ? taps : t + 1); u++)
                            _squares[i * _m + (_reader.WithTaps ? q * taps + u : q)] += sign * _gram[a * _columns + order[first + q] * taps + u];
                }
        }

        /// <summary>Subvectors times the log of the determinant, by Cholesky's factors.</summary>
        private unsafe double Value()
        {
            double* l = stackalloc double[_m * _m];
            double trace = 0, logarithm = 0;
            for (int i = 0; i < _m; i++)
            {
                for (int j = 0; j <= i; j++) l[i * _m + j] = _squares[i * _m + j] / _count - _means[i] / _count * (_means[j] / _count);
                trace += l[i * _m + i];
            }
            Cholesky.Factor(l, _m, Math.Max(1e-300, 1e-9 * trace / _m), new Workers(1, default));
            for (int i = 0; i < _m; i++) logarithm += 2 * ExactMath.Log2(l[i * _m + i]);
            return _count * logarithm;
        }
    }
}
