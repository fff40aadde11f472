using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Lr2vq.Compression.Methods;

/// <summary>What rounding one column after the other has to know of the inputs: the Gram H = (U + I)·D·(U + I)ᵀ of the columns in the order in
/// which they are rounded, U strictly upper, D diagonal.</summary>
/// <remarks>An error E costs tr(E·H·Eᵀ). If column k is rounded not from w but from w + Σ_{i&lt;k} e_i·U[i, k], with e_i the errors made so far,
/// the cost is Σ D[k]·(what rounding column k left)²: what is left to do later is to pay for what was done. It is GPTQ's feedback without the
/// inverse of H: its U_jj is 1/√D[j].</remarks>
internal sealed unsafe class FeedbackFactor
{
    // Between two looks at the token.
    private const int RowsAtOnce = 64;

    private readonly float[] _panels;   // of sixteen columns k: [i][16], i up to the last of the sixteen

    private FeedbackFactor(int[] order, double[] weights, float[] panels) => (Order, Weights, _panels) = (order, weights, panels);

    /// <summary>The column that comes k-th: those with much input first, so that those with little take over their errors.</summary>
    public int[] Order { get; }

    /// <summary>D: what the square of an error that column k leaves costs.</summary>
    public double[] Weights { get; }

    public int Columns => Order.Length;

    /// <summary>Bytes in memory.</summary>
    public long Bytes => sizeof(float) * (long)_panels.Length + (sizeof(int) + sizeof(double)) * (long)Columns;

    /// <summary>U of the sixteen columns from 16·<paramref name="panel"/> on: [i][16] for i up to their last; 0 where i is not below k.</summary>
    public ReadOnlySpan<float> Panel(int panel) => _panels.AsSpan((int)Start(panel), Depth(panel) * PanelProduct.Lanes);

    /// <param name="gram">The upper triangle of H [n, n], not normalized.</param>
    /// <param name="n">Columns.</param>
    /// <param name="basis">Rotates each group of taps, [coefficient][tap]; null for none.</param>
    /// <param name="damping">Part of the mean of the diagonal that is added to it.</param>
    /// <param name="workers">Share the rows of large ones.</param>
    /// <param name="scales">What columns are multiplied with first; empty for nothing.</param>
    /// <returns>Null if nothing ever reached these inputs.</returns>
    public static FeedbackFactor? Of(ReadOnlySpan<double> gram, int n, double[]? basis, double damping, Workers workers, ReadOnlySpan<float> scales = default)
    {
        CancellationToken cancellation = workers.Cancellation;
        double* full = (double*)NativeMemory.AlignedAlloc((nuint)n * (nuint)n * sizeof(double), 64);
        double* turned = (double*)NativeMemory.AlignedAlloc((nuint)n * (nuint)n * sizeof(double), 64);
        try
        {
            Spread(gram, n, full, cancellation);
            for (int i = 0; i < scales.Length; i++)
                for (int j = 0; j < n; j++) full[(long)i * n + j] *= (double)scales[i] * scales[j];
            if (basis is not null) Rotate(full, n, basis, cancellation);
            double trace = 0;
            for (int i = 0; i < n; i++) trace += full[i * (n + 1L)];
            if (!(trace > 0) || !double.IsFinite(trace)) return null;
            for (int i = 0; i < n; i++) full[i * (n + 1L)] += damping * trace / n;
            int[] order = Falling(full, n);
            // Backwards: the last column of the order comes first, since U is upper.
            for (int r = 0; r < n; r++)
            {
                if (r % RowsAtOnce == 0) cancellation.ThrowIfCancellationRequested();
                double* from = full + (long)order[n - 1 - r] * n;
                for (int c = 0; c <= r; c++) turned[(long)r * n + c] = from[order[n - 1 - c]];
            }
            Cholesky.Factor(turned, n, 1e-9 * trace / n, workers);
            return Packed(turned, n, order, cancellation);
        }
        finally
        {
            NativeMemory.AlignedFree(full);
            NativeMemory.AlignedFree(turned);
        }
    }

    private static FeedbackFactor Packed(double* lower, int n, int[] order, CancellationToken cancellation)
    {
        int panels = (n + PanelProduct.Lanes - 1) / PanelProduct.Lanes;
        double[] weights = new double[n];
        float[] packed = new float[Start(panels)];
        for (int k = 0; k < n; k++)
        {
            if (k % RowsAtOnce == 0) cancellation.ThrowIfCancellationRequested();
            double pivot = lower[(n - 1 - k) * (n + 1L)];
            weights[k] = pivot * pivot;
            int panel = k / PanelProduct.Lanes;
            Span<float> to = packed.AsSpan((int)Start(panel) + k % PanelProduct.Lanes);
            for (int i = 0; i < k; i++) to[i * PanelProduct.Lanes] = (float)(lower[(long)(n - 1 - i) * n + (n - 1 - k)] / pivot);
        }
        return new FeedbackFactor(order, weights, packed);
    }

    private static int Depth(int panel) => (panel + 1) * PanelProduct.Lanes;

    private static long Start(int panel) => PanelProduct.Lanes * PanelProduct.Lanes / 2L * panel * (panel + 1);

    private static void Spread(ReadOnlySpan<double> upper, int n, double* full, CancellationToken cancellation)
    {
        for (int i = 0; i < n; i++)
        {
            if (i % RowsAtOnce == 0) cancellation.ThrowIfCancellationRequested();
            for (int j = i; j < n; j++) full[(long)i * n + j] = full[(long)j * n + i] = upper[i * n + j];
        }
    }

    /// <summary>B·H·Bᵀ for each pair of inputs, B [taps, taps].</summary>
    private static void Rotate(double* h, int n, double[] basis, CancellationToken cancellation)
    {
        int taps = (int)Math.Round(Math.Sqrt(basis.Length));
        double* product = stackalloc double[taps * taps];
        for (int r = 0; r < n; r += taps)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int c = 0; c < n; c += taps)
            {
                double* block = h + (long)r * n + c;
                for (int a = 0; a < taps; a++)
                    for (int y = 0; y < taps; y++)
                    {
                        double sum = 0;
                        for (int x = 0; x < taps; x++) sum += basis[a * taps + x] * block[(long)x * n + y];
                        product[a * taps + y] = sum;
                    }
                for (int a = 0; a < taps; a++)
                    for (int b = 0; b < taps; b++)
                    {
                        double sum = 0;
                        for (int y = 0; y < taps; y++) sum += product[a * taps + y] * basis[b * taps + y];
                        block[(long)a * n + b] = sum;
                    }
            }
        }
    }

    private static int[] Falling(double* h, int n)
    {
        int[] order = new int[n];
        double[] keys = new double[n];
        for (int i = 0; i < n; i++) (order[i], keys[i]) = (i, h[i * (n + 1L)]);
        Array.Sort(order, (x, y) =>
        {
            int falling = keys[y].CompareTo(keys[x]);
            return falling != 0 ? falling : x.CompareTo(y);
        });
        return order;
    }
}
