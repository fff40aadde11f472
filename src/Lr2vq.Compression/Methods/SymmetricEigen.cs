using System;

namespace Lr2vq.Compression.Methods;

/// <summary>Eigenvalues and eigenvectors of a small symmetric matrix by Jacobi rotations, in double.</summary>
internal static class SymmetricEigen
{
    /// <summary>Solves A = V Λ Vᵀ.</summary>
    /// <param name="matrix">A [n, n], n ≤ 128; only read.</param>
    /// <returns>Eigenvalues, falling, and eigenvectors as rows; the largest component of each row is positive, so that files are
    /// repeatable.</returns>
    public static (double[] Values, double[] Vectors) Solve(ReadOnlySpan<double> matrix, int n)
    {
        double[] a = matrix.ToArray(), v = new double[n * n];
        for (int i = 0; i < n; i++) v[i * n + i] = 1;
        double norm = 0;
        foreach (double x in a) norm += x * x;
        for (int sweep = 0; sweep < 60; sweep++)
        {
            double off = 0;
            for (int p = 0; p < n; p++)
                for (int q = p + 1; q < n; q++) off += 2 * a[p * n + q] * a[p * n + q];
            if (off <= 1e-30 * norm) break;
            for (int p = 0; p < n - 1; p++)
                for (int q = p + 1; q < n; q++) Rotate(a, v, n, p, q);
        }
        return Sorted(a, v, n);
    }

    private static void Rotate(double[] a, double[] v, int n, int p, int q)
    {
        double apq = a[p * n + q];
        if (apq == 0) return;
        double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        double t = theta >= 0 ? 1 / (theta + Math.Sqrt(1 + theta * theta)) : 1 / (theta - Math.Sqrt(1 + theta * theta));
        double c = 1 / Math.Sqrt(1 + t * t), s = t * c;
        for (int k = 0; k < n; k++)
        {
            double kp = a[k * n + p], kq = a[k * n + q];
            a[k * n + p] = c * kp - s * kq;
            a[k * n + q] = s * kp + c * kq;
        }
        for (int k = 0; k < n; k++)
        {
            double pk = a[p * n + k], qk = a[q * n + k];
            a[p * n + k] = c * pk - s * qk;
            a[q * n + k] = s * pk + c * qk;
        }
        a[p * n + q] = a[q * n + p] = 0;
        for (int k = 0; k < n; k++)
        {
            double pk = v[p * n + k], qk = v[q * n + k];
            v[p * n + k] = c * pk - s * qk;
            v[q * n + k] = s * pk + c * qk;
        }
    }

    private static (double[] Values, double[] Vectors) Sorted(double[] a, double[] v, int n)
    {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) order[i] = i;
        Array.Sort(order, (x, y) =>
        {
            int falling = a[y * n + y].CompareTo(a[x * n + x]);
            return falling != 0 ? falling : x.CompareTo(y);
        });
        double[] values = new double[n], vectors = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> row = v.AsSpan(order[i] * n, n);
            values[i] = Math.Max(0, a[order[i] * n + order[i]]);
            int largest = 0;
            for (int k = 1; k < n; k++) if (Math.Abs(row[k]) > Math.Abs(row[largest]) * (1 + 1e-9)) largest = k;
            double sign = row[largest] < 0 ? -1 : 1;
            for (int k = 0; k < n; k++) vectors[i * n + k] = sign * row[k];
        }
        return (values, vectors);
    }
}
