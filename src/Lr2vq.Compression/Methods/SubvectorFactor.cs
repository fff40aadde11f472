using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>What choosing one subvector of a row after the other has to know of the inputs: the Gram H = R·Rᵀ of the columns, subvectors in the order in which they are
/// chosen, R upper triangular.</summary>
/// <remarks>An error E costs |E·R|². If subvectors before b have errors e_i, that of b costs |(e_b·R_bb + Σ_{i&lt;b} e_i·R_ib)|²: its best choice is the word next to
/// w_b·R_bb + Σ e_i·R_ib once words are multiplied with R_bb too. (GPTQ's feedback for blocks of columns, without the inverse of H.)</remarks>
internal sealed unsafe class SubvectorFactor
{
    private const int Lanes = PanelProduct.Lanes;

    private readonly Block[] _blocks;
    private readonly float[] _above;

    private SubvectorFactor(int[] order, Block[] blocks, float[] above) => (Order, _blocks, _above) = (order, blocks, above);

    /// <summary>A subvector of every row.</summary>
    /// <param name="Place">Its place in the row.</param>
    /// <param name="First">Its first column in <see cref="Order"/>.</param>
    /// <param name="Width">Its real elements.</param>
    /// <param name="Own">R_bb [width, width], 0 below the diagonal.</param>
    /// <param name="Start">Where R_ib begins.</param>
    public sealed record Block(int Place, int First, int Width, double[] Own, long Start)
    {
        /// <summary>Panels of sixteen columns.</summary>
        public int Panels => (Width + Lanes - 1) / Lanes;
    }

    /// <summary>The column of the weight that comes k-th.</summary>
    public int[] Order { get; }

    public IReadOnlyList<Block> Blocks => _blocks;

    /// <summary>R_ib of sixteen columns of a block: [i][16] for i below its first column; 0 beyond the block.</summary>
    public void Above(Block block, int panel, Span<float> destination)
    {
        int begin = panel * Lanes, count = Math.Min(Lanes, block.Width - begin);
        ReadOnlySpan<float> from = _above.AsSpan(checked((int)block.Start), block.First * block.Width);
        for (int i = 0; i < block.First; i++)
        {
            Span<float> to = destination.Slice(i * Lanes, Lanes);
            from.Slice(i * block.Width + begin, count).CopyTo(to);
            to[count..].Clear();
        }
    }

    /// <param name="gram">The upper triangle of the Gram of columns [first, first + length).</param>
    /// <param name="slices">How rows are cut; each subvector lies within these columns or outside them.</param>
    /// <param name="scale">What the Gram is multiplied with.</param>
    /// <param name="damping">What is added to the diagonal then.</param>
    public static SubvectorFactor Of(ReadOnlySpan<double> gram, int first, int length, SliceOrder slices, double scale, double damping, CancellationToken cancellation)
    {
        (int place, int[] columns)[] cut = Cut(gram, first, length, slices);
        int n = 0;
        var order = new int[length];
        foreach ((_, int[] columns) in cut)
            foreach (int column in columns) order[n++] = column;
        double* turned = (double*)NativeMemory.AlignedAlloc((nuint)n * (nuint)n * sizeof(double), 64);
        try
        {
            // Backwards: the last column of the order comes first, since R is upper.
            for (int r = 0; r < n; r++)
            {
                int a = order[n - 1 - r] - first;
                for (int c = 0; c <= r; c++)
                {
                    int b = order[n - 1 - c] - first;
                    turned[(long)r * n + c] = scale * gram[Math.Min(a, b) * length + Math.Max(a, b)] + (r == c ? damping : 0);
                }
            }
            Cholesky.Factor(turned, n, 1e-9, new Workers(1, cancellation));
            return new SubvectorFactor(order, Blocked(turned, n, cut, out float[] above), above);
        }
        finally
        {
            NativeMemory.AlignedFree(turned);
        }
    }

    /// <summary>Subvectors of these columns, those with much input first, so that those with little take over their errors.</summary>
    private static (int Place, int[] Columns)[] Cut(ReadOnlySpan<double> gram, int first, int length, SliceOrder slices)
    {
        List<(int Place, int[] Columns)> cut = [];
        List<double> weights = [];
        for (int place = 0; place < slices.Places; place++)
        {
            (int count, _, int column, _, int step) = slices.ElementsOf(0, place);
            if (column < first || column >= first + length) continue;
            int[] columns = new int[count];
            double weight = 0;
            for (int t = 0; t < count; t++)
            {
                columns[t] = column + t * step;
                weight += gram[(columns[t] - first) * (length + 1)] / count;
            }
            cut.Add((place, columns));
            weights.Add(-weight);
        }
        (int, int[])[] sorted = [.. cut];
        double[] keys = [.. weights];
        int[] places = new int[keys.Length];
        for (int i = 0; i < places.Length; i++) places[i] = i;
        Array.Sort(places, (x, y) => keys[x].CompareTo(keys[y]) is var falling and not 0 ? falling : x.CompareTo(y));
        return Array.ConvertAll(places, i => sorted[i]);
    }

    private static Block[] Blocked(double* lower, int n, (int Place, int[] Columns)[] cut, out float[] above)
    {
        var blocks = new Block[cut.Length];
        long start = 0;
        int first = 0;
        for (int b = 0; b < cut.Length; b++)
        {
            int width = cut[b].Columns.Length;
            blocks[b] = new Block(cut[b].Place, first, width, new double[width * width], start);
            start += (long)first * width;
            first += width;
        }
        above = new float[start];
        foreach (Block block in blocks)
            for (int c = 0; c < block.Width; c++)
            {
                int k = block.First + c;
                for (int i = block.First; i <= k; i++) block.Own[(i - block.First) * block.Width + c] = lower[(long)(n - 1 - i) * n + (n - 1 - k)];
                long to = block.Start + c;
                for (int i = 0; i < block.First; i++, to += block.Width) above[to] = (float)lower[(long)(n - 1 - i) * n + (n - 1 - k)];
            }
        return blocks;
    }
}
