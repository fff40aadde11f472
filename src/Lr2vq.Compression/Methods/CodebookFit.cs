using System;
using System.Threading;

namespace Lr2vq.Compression.Methods;

/// <summary>Least squares for entries and basis of a codebook, codes given: Σ |y − a·B·R_bb|² over all subvectors.</summary>
internal sealed unsafe class CodebookFit(int k, int d, int m, float[] entries, float[] basis, bool ofBasis)
{
    /// <summary>Part of the mean of a diagonal that holds what is solved for where it was.</summary>
    private const double Inertia = 1e-3;

    private readonly double[] _normal = new double[ofBasis ? d * m * d * m : k * d * d];
    private readonly double[] _right = new double[ofBasis ? d * m : k * d];
    private readonly int[] _members = new int[k];
    private readonly double[] _sums = new double[k * m];
    private SubvectorFactor.Block _block = null!;

    /// <summary>Begins the subvectors of a place.</summary>
    public void Begin(SubvectorFactor.Block block)
    {
        _block = block;
        Array.Clear(_members);
        Array.Clear(_sums);
    }

    public void Add(int code, ReadOnlySpan<float> target)
    {
        _members[code]++;
        Span<double> sum = _sums.AsSpan(code * m, target.Length);
        for (int c = 0; c < sum.Length; c++) sum[c] += target[c];
    }

    public void End()
    {
        if (ofBasis) AddToBasis();
        else AddToEntries();
    }

    private void AddToEntries()
    {
        int width = _block.Width;
        // B·R_bb.
        double[] lifted = new double[d * width], square = new double[d * d];
        for (int a = 0; a < d; a++)
            for (int c = 0; c < width; c++)
            {
                double sum = 0;
                for (int t = 0; t <= c; t++) sum += (basis.Length > 0 ? basis[a * m + t] : a == t ? 1 : 0) * _block.Own[t * width + c];
                lifted[a * width + c] = sum;
            }
        for (int a = 0; a < d; a++)
            for (int b = 0; b < d; b++)
                for (int c = 0; c < width; c++) square[a * d + b] += lifted[a * width + c] * lifted[b * width + c];
        for (int j = 0; j < k; j++)
        {
            if (_members[j] == 0) continue;
            for (int i = 0; i < square.Length; i++) _normal[j * d * d + i] += _members[j] * square[i];
            for (int a = 0; a < d; a++)
                for (int c = 0; c < width; c++) _right[j * d + a] += lifted[a * width + c] * _sums[j * m + c];
        }
    }

    private void AddToBasis()
    {
        int width = _block.Width;
        double[] squares = new double[d * d], products = new double[d * width], metric = new double[width * width];
        for (int j = 0; j < k; j++)
        {
            if (_members[j] == 0) continue;
            for (int a = 0; a < d; a++)
            {
                double entry = entries[j * d + a];
                for (int b = 0; b < d; b++) squares[a * d + b] += _members[j] * entry * entries[j * d + b];
                for (int c = 0; c < width; c++) products[a * width + c] += entry * _sums[j * m + c];
            }
        }
        for (int s = 0; s < width; s++)
            for (int t = 0; t < width; t++)
                for (int c = Math.Max(s, t); c < width; c++) metric[s * width + t] += _block.Own[s * width + c] * _block.Own[t * width + c];
        int n = d * m;
        for (int a = 0; a < d; a++)
            for (int s = 0; s < width; s++)
            {
                int row = (a * m + s) * n;
                for (int b = 0; b < d; b++)
                    for (int t = 0; t < width; t++) _normal[row + b * m + t] += squares[a * d + b] * metric[s * width + t];
                for (int c = s; c < width; c++) _right[a * m + s] += products[a * width + c] * _block.Own[s * width + c];
            }
    }

    /// <summary>Entries [k, d], or the basis [d, m], that fit best; what no subvector has stays.</summary>
    public float[] Solve()
    {
        float[] solved = (float[])(ofBasis ? basis : entries).Clone();
        int n = ofBasis ? d * m : d;
        double[] right = new double[n];
        for (int j = 0; j < solved.Length / n; j++)
        {
            double trace = 0;
            for (int i = 0; i < n; i++) trace += _normal[j * n * n + i * (n + 1)];
            if (!(trace > 0)) continue;
            double hold = Inertia * trace / n;
            for (int i = 0; i < n; i++)
            {
                _normal[j * n * n + i * (n + 1)] += hold;
                right[i] = _right[j * n + i] + hold * solved[j * n + i];
            }
            fixed (double* matrix = &_normal[j * n * n]) Cholesky.Factor(matrix, n, 1e-12 * trace, new Workers(1, CancellationToken.None));
            Substitute(_normal.AsSpan(j * n * n, n * n), n, right);
            for (int i = 0; i < n; i++) solved[j * n + i] = (float)right[i];
        }
        return solved;
    }

    /// <summary>x of L·Lᵀ·x = b, in place.</summary>
    private static void Substitute(ReadOnlySpan<double> lower, int n, Span<double> x)
    {
        for (int i = 0; i < n; i++)
        {
            double sum = x[i];
            for (int j = 0; j < i; j++) sum -= lower[i * n + j] * x[j];
            x[i] = sum / lower[i * n + i];
        }
        for (int i = n - 1; i >= 0; i--)
        {
            double sum = x[i];
            for (int j = i + 1; j < n; j++) sum -= lower[j * n + i] * x[j];
            x[i] = sum / lower[i * n + i];
        }
    }
}
