using System;
using System.Collections.Generic;
using System.Threading;

namespace Lr2vq.Compression.Methods;

/// <summary>What the coefficients of a decomposition may be.</summary>
/// <param name="NonZeros">Coefficients other than 0, of all subvectors together.</param>
/// <param name="IsOneHot">Each subvector is one atom as it is: vector quantization.</param>
internal readonly record struct SparseConstraint(long NonZeros, bool IsOneHot = false);

/// <summary>X ≈ Z·D by projected gradients (Kuzmin et al.): Z takes a step against the gradient and keeps its largest numbers, D is the least-squares
/// dictionary for it; in turns. The error never rises.</summary>
/// <remarks>All numbers of Z: truncated SVD. One number of 1 a subvector: vector quantization. Some numbers: sparse PCA.</remarks>
internal sealed class SparseDecomposition
{
    // Subvectors between two looks at the token.
    private const int AtOnce = 1024;

    private readonly int _m, _atoms;
    private readonly CancellationToken _cancellation;

    private SparseDecomposition(int m, int atoms, double[] dictionary, CancellationToken cancellation) =>
        (_m, _atoms, Dictionary, _cancellation) = (m, atoms, dictionary, cancellation);

    /// <summary>[atoms, m].</summary>
    public double[] Dictionary { get; private set; }

    /// <summary>Error after each turn.</summary>
    public List<double> Errors { get; } = [];

    /// <param name="subvectors">[count, m].</param>
    /// <param name="coefficients">Receives Z [count, atoms].</param>
    public static SparseDecomposition Fit(ReadOnlySpan<float> subvectors, int m, int atoms, SparseConstraint constraint, int turns, ref SeededRandom random, float[] coefficients, CancellationToken cancellation)
    {
        var fit = new SparseDecomposition(m, atoms, Start(subvectors, m, atoms, constraint.IsOneHot, ref random), cancellation);
        for (int turn = 0; turn < turns; turn++)
        {
            fit.Project(subvectors, constraint, coefficients, isFirst: turn == 0);
            fit.Refit(subvectors, coefficients, normalize: !constraint.IsOneHot);
            fit.Errors.Add(fit.ErrorOf(subvectors, coefficients));
        }
        return fit;
    }

    /// <summary>Coefficients of other subvectors for this dictionary: some steps, each followed by the projection.</summary>
    public void Code(ReadOnlySpan<float> subvectors, SparseConstraint constraint, int steps, float[] coefficients)
    {
        for (int step = 0; step < steps; step++) Project(subvectors, constraint, coefficients, isFirst: step == 0);
    }

    /// <summary>The least-squares dictionary for given coefficients; an atom that nothing uses stays.</summary>
    /// <param name="normalize">Brings atoms to the length 1, their coefficients to what that takes.</param>
    public void Refit(ReadOnlySpan<float> subvectors, float[] coefficients, bool normalize)
    {
        int m = _m, atoms = _atoms, count = subvectors.Length / m;
        double[] gram = new double[atoms * atoms], right = new double[atoms * m];
        int[] active = new int[atoms];
        for (int n = 0; n < count; n++)
        {
            if (n % AtOnce == 0) _cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<float> z = coefficients.AsSpan(n * atoms, atoms), x = subvectors.Slice(n * m, m);
            int used = 0;
            for (int k = 0; k < atoms; k++) if (z[k] != 0f) active[used++] = k;
            for (int i = 0; i < used; i++)
            {
                double own = z[active[i]];
                for (int j = 0; j < used; j++) gram[active[i] * atoms + active[j]] += own * z[active[j]];
                for (int t = 0; t < m; t++) right[active[i] * m + t] += own * x[t];
            }
        }
        double trace = 0;
        for (int k = 0; k < atoms; k++) trace += gram[k * atoms + k];
        if (trace == 0) return;
        for (int k = 0; k < atoms; k++)
        {
            double ridge = 1e-10 * trace / atoms;
            if (gram[k * atoms + k] == 0) ridge = trace;
            // Towards the atom as it is, so that what is not decided by the data stays.
            gram[k * atoms + k] += ridge;
            for (int t = 0; t < m; t++) right[k * m + t] += ridge * Dictionary[k * m + t];
        }
        Solve(gram, right, atoms, m);
        Dictionary = right;
        if (!normalize) return;
        for (int k = 0; k < atoms; k++)
        {
            double length = 0;
            for (int t = 0; t < m; t++) length += right[k * m + t] * right[k * m + t];
            length = Math.Sqrt(length);
            if (!(length > 1e-20)) continue;
            for (int t = 0; t < m; t++) right[k * m + t] /= length;
            for (int n = 0; n < count; n++) coefficients[n * atoms + k] *= (float)length;
        }
    }

    /// <summary>Σ(x − z·D)².</summary>
    public double ErrorOf(ReadOnlySpan<float> subvectors, ReadOnlySpan<float> coefficients)
    {
        double error = 0;
        Span<double> left = stackalloc double[_m];
        for (int n = 0; n < subvectors.Length / _m; n++)
        {
            if (n % AtOnce == 0) _cancellation.ThrowIfCancellationRequested();
            Residual(subvectors.Slice(n * _m, _m), coefficients.Slice(n * _atoms, _atoms), left);
            foreach (double d in left) error += d * d;
        }
        return error;
    }

    /// <summary>left = x − z·D.</summary>
    public void Residual(ReadOnlySpan<float> x, ReadOnlySpan<float> z, Span<double> left)
    {
        for (int t = 0; t < _m; t++) left[t] = x[t];
        for (int k = 0; k < _atoms; k++)
        {
            if (z[k] == 0f) continue;
            double factor = z[k];
            for (int t = 0; t < _m; t++) left[t] -= factor * Dictionary[k * _m + t];
        }
    }

    private void Project(ReadOnlySpan<float> subvectors, SparseConstraint constraint, float[] coefficients, bool isFirst)
    {
        int m = _m, atoms = _atoms, count = subvectors.Length / m;
        if (isFirst) Array.Clear(coefficients);
        if (constraint.IsOneHot)
        {
            Nearest(subvectors, coefficients);
            return;
        }
        double rate = 1 / SquaredNorm();
        double[] left = new double[m];
        for (int n = 0; n < count; n++)
        {
            if (n % AtOnce == 0) _cancellation.ThrowIfCancellationRequested();
            Span<float> z = coefficients.AsSpan(n * atoms, atoms);
            Residual(subvectors.Slice(n * m, m), z, left);
            for (int k = 0; k < atoms; k++)
            {
                double gradient = 0;
                for (int t = 0; t < m; t++) gradient += left[t] * Dictionary[k * m + t];
                z[k] += (float)(rate * gradient);
            }
        }
        KeepLargest(coefficients.AsSpan(0, count * atoms), constraint.NonZeros);
    }

    /// <summary>Keeps the <paramref name="count"/> numbers of largest magnitude; of equal ones the first.</summary>
    internal static void KeepLargest(Span<float> values, long count)
    {
        if (count >= values.Length) return;
        int[] high = new int[1 << 16], low = new int[1 << 16];
        foreach (float v in values) high[Bits(v) >> 16]++;
        long above = 0;
        int bucket = high.Length - 1;
        while (bucket > 0 && above + high[bucket] < count) above += high[bucket--];
        foreach (float v in values) if (Bits(v) >> 16 == bucket) low[Bits(v) & 0xFFFF]++;
        int place = low.Length - 1;
        while (place > 0 && above + low[place] < count) above += low[place--];
        int threshold = bucket << 16 | place;
        long equal = count - above;
        for (int i = 0; i < values.Length; i++)
        {
            int bits = Bits(values[i]);
            if (bits > threshold || bits == threshold && equal-- > 0) continue;
            values[i] = 0f;
        }

        static int Bits(float value) => BitConverter.SingleToInt32Bits(value) & int.MaxValue;
    }

    private void Nearest(ReadOnlySpan<float> subvectors, float[] coefficients)
    {
        Array.Clear(coefficients);
        for (int n = 0; n < subvectors.Length / _m; n++)
        {
            if (n % AtOnce == 0) _cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<float> x = subvectors.Slice(n * _m, _m);
            int best = 0;
            double least = double.MaxValue;
            for (int k = 0; k < _atoms; k++)
            {
                double distance = 0;
                for (int t = 0; t < _m; t++) distance += (x[t] - Dictionary[k * _m + t]) * (x[t] - Dictionary[k * _m + t]);
                if (distance < least) (least, best) = (distance, k);
            }
            coefficients[n * _atoms + best] = 1f;
        }
    }

    /// <summary>The first principal directions; beyond them, and for one-hot coefficients, random subvectors.</summary>
    private static double[] Start(ReadOnlySpan<float> subvectors, int m, int atoms, bool isOneHot, ref SeededRandom random)
    {
        int count = subvectors.Length / m, first = isOneHot ? 0 : Math.Min(m, atoms);
        double[] dictionary = new double[atoms * m];
        if (first > 0)
        {
            double[] gram = new double[m * m];
            for (int n = 0; n < count; n++)
            {
                ReadOnlySpan<float> x = subvectors.Slice(n * m, m);
                for (int a = 0; a < m; a++)
                    for (int b = 0; b < m; b++) gram[a * m + b] += (double)x[a] * x[b];
            }
            SymmetricEigen.Solve(gram, m).Vectors.AsSpan(0, first * m).CopyTo(dictionary);
        }
        for (int k = first; k < atoms; k++)
        {
            int n = random.Below(Math.Max(1, count));
            double length = 0;
            for (int t = 0; t < m; t++) length += (double)subvectors[n * m + t] * subvectors[n * m + t];
            length = Math.Sqrt(length);
            for (int t = 0; t < m; t++)
                dictionary[k * m + t] = isOneHot ? subvectors[n * m + t] : length > 0 ? subvectors[n * m + t] / length : t == k % m ? 1 : 0;
        }
        return dictionary;
    }

    /// <summary>The largest eigenvalue of DᵀD.</summary>
    private double SquaredNorm()
    {
        double[] gram = new double[_m * _m];
        for (int k = 0; k < _atoms; k++)
            for (int a = 0; a < _m; a++)
                for (int b = 0; b < _m; b++) gram[a * _m + b] += Dictionary[k * _m + a] * Dictionary[k * _m + b];
        return Math.Max(1e-30, SymmetricEigen.Solve(gram, _m).Values[0] * (1 + 1e-9));
    }

    /// <summary>Right sides become solutions; the matrix is symmetric and positive definite.</summary>
    private static void Solve(double[] a, double[] right, int n, int columns)
    {
        for (int p = 0; p < n; p++)
            for (int r = p + 1; r < n; r++)
            {
                double factor = a[r * n + p] / a[p * n + p];
                if (factor == 0) continue;
                for (int c = p; c < n; c++) a[r * n + c] -= factor * a[p * n + c];
                for (int t = 0; t < columns; t++) right[r * columns + t] -= factor * right[p * columns + t];
            }
        for (int r = n - 1; r >= 0; r--)
            for (int t = 0; t < columns; t++)
            {
                double sum = right[r * columns + t];
                for (int c = r + 1; c < n; c++) sum -= a[r * n + c] * right[c * columns + t];
                right[r * columns + t] = sum / a[r * n + r];
            }
    }
}
