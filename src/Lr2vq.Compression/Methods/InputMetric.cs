using System;
using System.Threading;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>What an error of a weight does to its outputs, by the Gram of its inputs: Σ e·G·eᵀ over the rows.</summary>
internal sealed class InputMetric(InputGram gram)
{
    // Of the mean of the diagonal: what directions without samples weigh, and pivots at least.
    private const double Unseen = 0.01, Floor = 1e-6;

    /// <summary>What samples show of the inputs.</summary>
    public InputGram Gram => gram;

    /// <summary>Columns that the parts of a Gram should have at most, so that every subvector of a slicing lies within one; 0 if none goes along a row.</summary>
    /// <param name="identity">The weight.</param>
    /// <param name="order">The slicing.</param>
    /// <param name="wanted">As near to it as can be.</param>
    public static int ColumnsFor(TensorIdentity identity, SliceOrder order, int wanted = 0)
    {
        if (order.Axis == SliceAxis.OutputChannel) return 0;
        int least = Least(order), begin = Math.Max(least, wanted / least * least);
        for (int most = begin; most > 0; most -= least)
            if (IsWhole(GramShape.Of(identity, most), order)) return most;
        for (int most = begin; ; most += least)
            if (IsWhole(GramShape.Of(identity, most), order)) return most;
    }

    /// <summary>Every subvector lies within one part.</summary>
    public static bool IsWhole(GramShape shape, SliceOrder order) => shape.Parts == 1 || shape.PartColumns % Least(order) == 0;

    private static int Least(SliceOrder order) => order.Axis == SliceAxis.InputChannel ? order.M * order.Taps : order.M / Divisor(order.M, order.Taps) * order.Taps;

    /// <summary>The mean Gram of all subvectors [m, m], both triangles; null where none is known whole.</summary>
    public double[]? Block(SliceOrder order)
    {
        int m = order.M, found = 0;
        if (order.Axis == SliceAxis.OutputChannel) return null;
        double[] block = new double[m * m];
        for (int place = 0; place < order.Places; place++)
        {
            (int count, _, int column, _, int step) = order.ElementsOf(0, place);
            int part = column / gram.Shape.PartColumns, first = gram.Shape.First(part), length = gram.Shape.Length(part);
            if (count < m || column + (m - 1) * step >= first + length) continue;
            found++;
            for (int group = 0; group < gram.Shape.Groups; group++)
            {
                ReadOnlySpan<double> sums = gram.Sums(group, part);
                for (int a = 0; a < m; a++)
                    for (int b = a; b < m; b++) block[a * m + b] += sums[(column + a * step - first) * length + column + b * step - first];
            }
        }
        if (found == 0) return null;
        for (int a = 0; a < m; a++)
            for (int b = 0; b < a; b++) block[a * m + b] = block[b * m + a];
        return block;
    }

    /// <summary>The Gram of all columns as blocks along its diagonal, both triangles, with a little of the diagonal's mean added; null for groups.</summary>
    public double[][]? Blocks()
    {
        if (gram.Shape.Groups != 1) return null;
        var blocks = new double[gram.Shape.Parts][];
        for (int part = 0; part < blocks.Length; part++)
        {
            int length = gram.Shape.Length(part);
            double[] block = blocks[part] = gram.Sums(0, part).ToArray();
            double trace = 0;
            for (int a = 0; a < length; a++) trace += block[a * length + a];
            for (int a = 0; a < length; a++)
            {
                block[a * length + a] += Unseen * trace / length;
                for (int b = 0; b < a; b++) block[a * length + b] = block[b * length + a];
            }
        }
        return blocks;
    }

    /// <summary>L with L·Lᵀ = the metric, rows of the transposition: number c of w·L is Σₜ lift[c·m + t]·w[t]. Null for a metric of nothing.</summary>
    public static unsafe float[]? LiftOf(double[] metric, int m)
    {
        double trace = 0;
        for (int a = 0; a < m; a++) trace += metric[a * m + a];
        if (!(trace > 0) || !double.IsFinite(trace)) return null;
        double[] factor = (double[])metric.Clone();
        // Scaled to a mean of 1, so that float sums have the same digits whatever the inputs' size.
        for (int i = 0; i < factor.Length; i++) factor[i] *= m / trace;
        fixed (double* l = factor) Cholesky.Factor(l, m, Floor, new Workers(1, CancellationToken.None));
        float[] lift = new float[m * m];
        for (int c = 0; c < m; c++)
            for (int t = c; t < m; t++) lift[c * m + t] = (float)factor[t * m + c];
        return lift;
    }

    /// <summary>Vectors [count, m] back from w·L, in place.</summary>
    public static void Lower(Span<float> vectors, ReadOnlySpan<float> lift, int m)
    {
        for (int n = 0; n < vectors.Length; n += m)
        {
            Span<float> z = vectors.Slice(n, m);
            for (int c = m - 1; c >= 0; c--)
            {
                double sum = z[c];
                for (int t = c + 1; t < m; t++) sum -= (double)lift[c * m + t] * z[t];
                z[c] = (float)(sum / lift[c * m + c]);
            }
        }
    }

    private static int Divisor(int a, int b) => b == 0 ? a : Divisor(b, a % b);
}
