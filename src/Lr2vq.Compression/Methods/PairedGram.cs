using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Kernels;

namespace Lr2vq.Compression.Methods;

/// <summary>Σ x̂·x̂ᵀ and Σ x·x̂ᵀ over positions: x is what a weight meets in the original, x̂ in the network whose layers before are coded.</summary>
/// <remarks>The weight whose outputs from x̂ are nearest to the original's from x is W·(Σ x·x̂ᵀ)·(Σ x̂·x̂ᵀ)⁻¹ = W + W·(Σ (x − x̂)·x̂ᵀ)·(Σ x̂·x̂ᵀ)⁻¹: it makes up for what
/// was lost before (asymmetric calibration; Li et al. 2025, GPTAQ).</remarks>
internal sealed unsafe class PairedGram(GramShape shape)
{
    // Rows of weights that share what is read of matrices.
    private const int RowsAtOnce = 8;

    // Each part twice as wide: the original's columns, then the coded network's.
    private readonly InputGram _both = new(new GramShape(shape.Groups, 2 * shape.Columns, 2 * shape.PartColumns), isPaired: true);

    public GramShape Shape => shape;

    /// <summary>Positions added.</summary>
    public long Count => _both.Count;

    /// <summary>Floats of a row that <see cref="Add"/> takes.</summary>
    public int RowLength => 2 * shape.Groups * shape.Columns;

    /// <summary>Brings what a weight meets at a position into the order of a row.</summary>
    /// <param name="original">[group][columns of a group].</param>
    /// <param name="coded">Likewise.</param>
    /// <param name="row">Receives <see cref="RowLength"/> floats.</param>
    public void Fill(ReadOnlySpan<float> original, ReadOnlySpan<float> coded, Span<float> row)
    {
        for (int group = 0; group < shape.Groups; group++)
            for (int part = 0; part < shape.Parts; part++)
            {
                int from = group * shape.Columns + shape.First(part), length = shape.Length(part);
                original.Slice(from, length).CopyTo(row.Slice(2 * from, length));
                coded.Slice(from, length).CopyTo(row.Slice(2 * from + length, length));
            }
    }

    /// <param name="rows">As <see cref="Fill"/> makes them.</param>
    /// <param name="count">Rows; a few thousand at most.</param>
    public void Add(float* rows, int count, Workers workers) => _both.Add(rows, count, workers);

    /// <summary>Σ x̂·x̂ᵀ.</summary>
    public InputGram Coded()
    {
        double[][] parts = new double[shape.Groups * shape.Parts][];
        for (int i = 0; i < parts.Length; i++)
        {
            int n = shape.Length(i % shape.Parts);
            ReadOnlySpan<double> sums = _both.Sums(i / shape.Parts, i % shape.Parts);
            double[] to = parts[i] = new double[(long)n * n];
            for (int r = 0; r < n; r++) sums.Slice((n + r) * 2 * n + n + r, n - r).CopyTo(to.AsSpan(r * n + r));
        }
        return new InputGram(shape, parts, Count);
    }

    /// <summary>The weight that makes up for what the layers before lost.</summary>
    /// <param name="weights">[row][column].</param>
    /// <param name="ridge">Part of the mean of the diagonal of Σ x̂·x̂ᵀ that is added to it.</param>
    public float[] Target(float[] weights, double ridge, Workers workers)
    {
        float[] target = (float[])weights.Clone();
        int rows = weights.Length / shape.Columns / shape.Groups;
        for (int group = 0; group < shape.Groups; group++)
            for (int part = 0; part < shape.Parts; part++)
                Add(target, weights, group * rows, rows, shape.First(part), shape.Length(part), _both.SumsOf(group, part), ridge, workers);
        return target;
    }

    private void Add(float[] target, float[] weights, int firstRow, int rows, int first, int n, double[] sums, double ridge, Workers workers)
    {
        double[] lower = new double[(long)n * n], excess = new double[(long)n * n];
        double trace = 0;
        for (int i = 0; i < n; i++)
        {
            if (i % 64 == 0) workers.Cancellation.ThrowIfCancellationRequested();
            trace += sums[(n + i) * (2 * n + 1)];
            for (int j = 0; j < n; j++)
            {
                double own = sums[(n + Math.Min(i, j)) * 2 * n + n + Math.Max(i, j)];
                excess[i * n + j] = sums[i * 2 * n + n + j] - own;
                if (j <= i) lower[i * n + j] = own;
            }
        }
        if (!(trace > 0) || !double.IsFinite(trace)) return;
        for (int i = 0; i < n; i++) lower[i * (n + 1)] += ridge * trace / n;
        fixed (double* a = lower) Cholesky.Factor(a, n, 1e-9 * trace / n, workers);
        workers.Run((rows + RowsAtOnce - 1) / RowsAtOnce, _ => 1, block =>
        {
            int row = block * RowsAtOnce, count = Math.Min(RowsAtOnce, rows - row);
            double[] solved = new double[count * n];
            fixed (double* all = solved, d = excess, l = lower)
            {
                for (int i = 0; i < n; i++)
                {
                    if (i % 64 == 0) workers.Cancellation.ThrowIfCancellationRequested();
                    for (int r = 0; r < count; r++) Add(all + (long)r * n, d + (long)i * n, weights[At(row + r) + i], n);
                }
                // Twice through the triangle.
                for (int i = 0; i < n; i++)
                    for (int r = 0; r < count; r++)
                    {
                        double* x = all + (long)r * n;
                        x[i] = (x[i] - Dot(x, l + (long)i * n, i)) / l[i * (n + 1L)];
                    }
                for (int i = n - 1; i >= 0; i--)
                    for (int r = 0; r < count; r++)
                    {
                        double* x = all + (long)r * n;
                        x[i] /= l[i * (n + 1L)];
                        Add(x, l + (long)i * n, -x[i], i);
                    }
                for (int r = 0; r < count; r++)
                    for (int i = 0, at = At(row + r); i < n; i++)
                    {
                        float value = (float)(weights[at + i] + all[(long)r * n + i]);
                        if (float.IsFinite(value)) target[at + i] = value;
                    }
            }
        });

        int At(int row) => (firstRow + row) * shape.Columns + first;
    }

    // Always four lanes and fused products, so that the bits are the same on every machine.

    [MethodImpl(Compile.Loop)]
    private static void Add(double* to, double* from, double factor, int length)
    {
        Vector256<double> factors = Vector256.Create(factor);
        int k = 0;
        for (; k + 4 <= length; k += 4) Vector256.FusedMultiplyAdd(Vector256.Load(from + k), factors, Vector256.Load(to + k)).Store(to + k);
        for (; k < length; k++) to[k] = Math.FusedMultiplyAdd(from[k], factor, to[k]);
    }

    [MethodImpl(Compile.Loop)]
    private static double Dot(double* x, double* y, int length)
    {
        Vector256<double> sum = default;
        int k = 0;
        for (; k + 4 <= length; k += 4) sum = Vector256.FusedMultiplyAdd(Vector256.Load(x + k), Vector256.Load(y + k), sum);
        double rest = 0;
        for (; k < length; k++) rest = Math.FusedMultiplyAdd(x[k], y[k], rest);
        return sum.GetElement(0) + sum.GetElement(1) + (sum.GetElement(2) + sum.GetElement(3)) + rest;
    }
}
