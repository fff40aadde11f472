using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Threading;
using Lr2vq.Kernels;

namespace Lr2vq.Compression.Methods;

/// <summary>Eigenvalues and some eigenvectors of a symmetric matrix of hundreds or thousands of rows, in double: Householder's reduction to three
/// diagonals, implicit QL, and the reflections back for those vectors that are asked for.</summary>
/// <remarks>Always four lanes and no fused products, so that the bits are the same on every machine. <see cref="SymmetricEigen"/> is for small ones.</remarks>
internal sealed unsafe class LargeEigen
{
    private const int MostTurns = 60;

    private readonly int _n;
    private readonly double[] _reflections;     // row k: the reflection of step k in [k + 1, n)
    private readonly double[] _weights;         // 2 / vᵀv of each
    private readonly double[] _inner;           // rows: eigenvectors of the three diagonals
    private readonly int[] _order;
    private readonly CancellationToken _cancellation;

    /// <param name="matrix">[n, n], symmetric; is overwritten.</param>
    public LargeEigen(double[] matrix, int n, CancellationToken cancellation)
    {
        (_n, _reflections, _weights, _inner, _cancellation) = (n, matrix, new double[n], new double[(long)n * n], cancellation);
        double[] diagonal = new double[n], off = new double[n];
        Reduce(diagonal, off);
        for (int i = 0; i < n; i++) _inner[(long)i * n + i] = 1;
        Diagonalize(diagonal, off);
        _order = new int[n];
        for (int i = 0; i < n; i++) _order[i] = i;
        Array.Sort(_order, (x, y) => diagonal[y].CompareTo(diagonal[x]) is var falling && falling != 0 ? falling : x.CompareTo(y));
        Values = Array.ConvertAll(_order, i => Math.Max(0, diagonal[i]));
    }

    /// <summary>Falling, not below 0.</summary>
    public double[] Values { get; }

    /// <summary>Eigenvectors of the largest values as rows [count, n]; the largest component of each is positive.</summary>
    public double[] Vectors(int count)
    {
        double[] vectors = new double[(long)count * _n];
        for (int i = 0; i < count; i++) Array.Copy(_inner, (long)_order[i] * _n, vectors, (long)i * _n, _n);
        fixed (double* all = vectors, reflections = _reflections)
            for (int k = _n - 3; k >= 0; k--)
            {
                if ((k & 7) == 0) _cancellation.ThrowIfCancellationRequested();
                if (_weights[k] == 0) continue;
                double* v = reflections + (long)k * _n + k + 1;
                for (int i = 0; i < count; i++)
                {
                    double* row = all + (long)i * _n + k + 1;
                    Add(v, -_weights[k] * Dot(v, row, _n - k - 1), row, _n - k - 1);
                }
            }
        for (int i = 0; i < count; i++)
        {
            if ((i & 63) == 0) _cancellation.ThrowIfCancellationRequested();
            Span<double> row = vectors.AsSpan(i * _n, _n);
            int largest = 0;
            for (int k = 1; k < _n; k++) if (Math.Abs(row[k]) > Math.Abs(row[largest]) * (1 + 1e-9)) largest = k;
            if (row[largest] < 0) for (int k = 0; k < _n; k++) row[k] = -row[k];
        }
        return vectors;
    }

    private void Reduce(double[] diagonal, double[] off)
    {
        int n = _n;
        double[] products = new double[n];
        fixed (double* a = _reflections, p = products)
        {
            for (int k = 0; k < n - 2; k++)
            {
                _cancellation.ThrowIfCancellationRequested();
                int length = n - k - 1;
                double* v = a + (long)k * n + k + 1;
                double norm = Math.Sqrt(Dot(v, v, length)), head = v[0];
                diagonal[k] = a[(long)k * n + k];
                off[k] = head > 0 ? -norm : norm;
                if (norm == 0) continue;
                v[0] = head - off[k];
                double weight = _weights[k] = 2 / Dot(v, v, length);
                if (!double.IsFinite(weight))
                {
                    // Nothing but zeros, within rounding.
                    _weights[k] = 0;
                    off[k] = 0;
                    continue;
                }
                for (int i = 0; i < length; i++) p[i] = weight * Dot(a + (long)(k + 1 + i) * n + k + 1, v, length);
                Add(v, -0.5 * weight * Dot(p, v, length), p, length);
                for (int i = 0; i < length; i++)
                {
                    double* row = a + (long)(k + 1 + i) * n + k + 1;
                    Subtract(v[i], p, p[i], v, row, length);
                }
            }
            if (n > 1)
            {
                diagonal[n - 2] = a[(long)(n - 2) * n + n - 2];
                off[n - 2] = a[(long)(n - 2) * n + n - 1];
            }
            if (n > 0) diagonal[n - 1] = a[(long)n * n - 1];
        }
    }

    private void Diagonalize(double[] d, double[] e)
    {
        int n = _n;
        double largest = 0;
        for (int i = 0; i < n; i++) largest = Math.Max(largest, Math.Abs(d[i]) + Math.Abs(e[i]));
        double small = largest * 1e-300;
        fixed (double* rows = _inner)
            for (int l = 0; l < n; l++)
            {
                _cancellation.ThrowIfCancellationRequested();
                for (int turn = 0; turn < MostTurns; turn++)
                {
                    int m = l;
                    while (m < n - 1 && Math.Abs(e[m]) > 2.2e-16 * (Math.Abs(d[m]) + Math.Abs(d[m + 1])) && Math.Abs(e[m]) > small) m++;
                    if (m == l) break;
                    double g = (d[l + 1] - d[l]) / (2 * e[l]), r = Length(g, 1);
                    g = d[m] - d[l] + e[l] / (g + (g >= 0 ? r : -r));
                    double s = 1, c = 1, p = 0;
                    int i = m - 1;
                    for (; i >= l; i--)
                    {
                        double f = s * e[i], b = c * e[i];
                        e[i + 1] = r = Length(f, g);
                        if (r == 0)
                        {
                            d[i + 1] -= p;
                            e[m] = 0;
                            break;
                        }
                        s = f / r;
                        c = g / r;
                        g = d[i + 1] - p;
                        r = (d[i] - g) * s + 2 * c * b;
                        p = s * r;
                        d[i + 1] = g + p;
                        g = c * r - b;
                        Rotate(rows + (long)i * n, rows + (long)(i + 1) * n, c, s, n);
                    }
                    if (i >= l) continue;
                    d[l] -= p;
                    e[l] = g;
                    e[m] = 0;
                }
            }
    }

    private static double Length(double a, double b)
    {
        double x = Math.Abs(a), y = Math.Abs(b), high = Math.Max(x, y), low = Math.Min(x, y);
        return high == 0 ? 0 : high * Math.Sqrt(1 + low / high * (low / high));
    }

    [MethodImpl(Compile.Loop)]
    private static void Rotate(double* x, double* y, double c, double s, int length)
    {
        int i = 0;
        Vector256<double> cs = Vector256.Create(c), ss = Vector256.Create(s);
        for (; i + 4 <= length; i += 4)
        {
            Vector256<double> a = Vector256.Load(x + i), b = Vector256.Load(y + i);
            (ss * a + cs * b).Store(y + i);
            (cs * a - ss * b).Store(x + i);
        }
        for (; i < length; i++) (y[i], x[i]) = (s * x[i] + c * y[i], c * x[i] - s * y[i]);
    }

    /// <summary>Σ x·y: four chains of four lanes.</summary>
    [MethodImpl(Compile.Loop)]
    internal static double Dot(double* x, double* y, int length)
    {
        Vector256<double> a = default, b = default, c = default, d = default;
        int i = 0;
        for (; i + 16 <= length; i += 16)
        {
            a += Vector256.Load(x + i) * Vector256.Load(y + i);
            b += Vector256.Load(x + i + 4) * Vector256.Load(y + i + 4);
            c += Vector256.Load(x + i + 8) * Vector256.Load(y + i + 8);
            d += Vector256.Load(x + i + 12) * Vector256.Load(y + i + 12);
        }
        a = a + b + (c + d);
        double sum = a.GetElement(0) + a.GetElement(1) + (a.GetElement(2) + a.GetElement(3));
        for (; i < length; i++) sum += x[i] * y[i];
        return sum;
    }

    /// <summary>y += factor · x.</summary>
    [MethodImpl(Compile.Loop)]
    internal static void Add(double* x, double factor, double* y, int length)
    {
        int i = 0;
        Vector256<double> f = Vector256.Create(factor);
        for (; i + 4 <= length; i += 4) (Vector256.Load(y + i) + f * Vector256.Load(x + i)).Store(y + i);
        for (; i < length; i++) y[i] += factor * x[i];
    }

    /// <summary>row −= a · x + b · y.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Subtract(double a, double* x, double b, double* y, double* row, int length)
    {
        int i = 0;
        Vector256<double> f = Vector256.Create(a), g = Vector256.Create(b);
        for (; i + 4 <= length; i += 4) (Vector256.Load(row + i) - (f * Vector256.Load(x + i) + g * Vector256.Load(y + i))).Store(row + i);
        for (; i < length; i++) row[i] -= a * x[i] + b * y[i];
    }
}
