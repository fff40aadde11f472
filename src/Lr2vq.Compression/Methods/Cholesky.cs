using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Threading;
using Lr2vq.Kernels;

namespace Lr2vq.Compression.Methods;

/// <summary>L with L·Lᵀ = A for symmetric positive definite matrices, in place, in double.</summary>
/// <remarks>Always four lanes and fused products, so that the bits are the same on every machine.</remarks>
internal static unsafe class Cholesky
{
    private const int Block = 64;

    /// <param name="a">[n, n], row-major; the lower triangle is read and replaced, the rest left alone.</param>
    /// <param name="floor">Pivots are at least this: what rounding makes of a singular matrix.</param>
    /// <param name="cancellation">Looked at between blocks.</param>
    public static void Factor(double* a, int n, double floor, CancellationToken cancellation)
    {
        for (int first = 0; first < n; first += Block)
        {
            int end = Math.Min(n, first + Block);
            for (int row = first; row < n; row += 4)
            {
                if ((row & 255) == 0) cancellation.ThrowIfCancellationRequested();
                Subtract(a, n, row, Math.Min(4, n - row), first, end);
            }
            for (int row = first; row < end; row++)
            {
                double* own = a + (long)row * n;
                Solve(a, n, own, first, row);
                double pivot = own[row];
                for (int k = first; k < row; k++) pivot -= own[k] * own[k];
                own[row] = Math.Sqrt(Math.Max(pivot, floor));
            }
            for (int row = end; row < n; row++) Solve(a, n, a + (long)row * n, first, end);
        }
    }

    /// <summary>Elements [first, end) of a row, where those of the columns before <paramref name="first"/> are taken off already.</summary>
    private static void Solve(double* a, int n, double* row, int first, int end)
    {
        for (int j = first; j < end; j++)
        {
            double* other = a + (long)j * n;
            double sum = row[j];
            for (int k = first; k < j; k++) sum -= row[k] * other[k];
            row[j] = sum / other[j];
        }
    }

    /// <summary>Takes the products of the columns before <paramref name="first"/> off a few rows of a block of columns.</summary>
    private static void Subtract(double* a, int n, int row, int rows, int first, int end)
    {
        if (first == 0) return;
        double* own = a + (long)row * n;
        for (int j = first; j < end; j += 2)
        {
            double* left = a + (long)j * n, right = j + 1 < end ? left + n : left;
            if (rows == 4) Four(own, n, left, right, first, own + j, j + 1 < end);
            else
                for (int r = 0; r < rows; r++)
                {
                    double* x = own + (long)r * n;
                    x[j] -= Dot(x, left, first);
                    if (j + 1 < end) x[j + 1] -= Dot(x, right, first);
                }
        }
    }

    [MethodImpl(Compile.Loop)]
    private static void Four(double* rows, int n, double* left, double* right, int length, double* to, bool both)
    {
        double* x0 = rows, x1 = rows + n, x2 = x1 + n, x3 = x2 + n;
        Vector256<double> l0 = default, l1 = default, l2 = default, l3 = default, r0 = default, r1 = default, r2 = default, r3 = default;
        for (int k = 0; k < length; k += 4)
        {
            Vector256<double> l = Vector256.Load(left + k), r = Vector256.Load(right + k);
            Vector256<double> x = Vector256.Load(x0 + k);
            l0 = Vector256.FusedMultiplyAdd(x, l, l0);
            r0 = Vector256.FusedMultiplyAdd(x, r, r0);
            x = Vector256.Load(x1 + k);
            l1 = Vector256.FusedMultiplyAdd(x, l, l1);
            r1 = Vector256.FusedMultiplyAdd(x, r, r1);
            x = Vector256.Load(x2 + k);
            l2 = Vector256.FusedMultiplyAdd(x, l, l2);
            r2 = Vector256.FusedMultiplyAdd(x, r, r2);
            x = Vector256.Load(x3 + k);
            l3 = Vector256.FusedMultiplyAdd(x, l, l3);
            r3 = Vector256.FusedMultiplyAdd(x, r, r3);
        }
        to[0] -= Sum(l0);
        to[n] -= Sum(l1);
        to[2L * n] -= Sum(l2);
        to[3L * n] -= Sum(l3);
        if (!both) return;
        to[1] -= Sum(r0);
        to[n + 1] -= Sum(r1);
        to[2L * n + 1] -= Sum(r2);
        to[3L * n + 1] -= Sum(r3);
    }

    [MethodImpl(Compile.Loop)]
    private static double Dot(double* x, double* y, int length)
    {
        Vector256<double> sum = default;
        for (int k = 0; k < length; k += 4) sum = Vector256.FusedMultiplyAdd(Vector256.Load(x + k), Vector256.Load(y + k), sum);
        return Sum(sum);
    }

    private static double Sum(Vector256<double> x) => x.GetElement(0) + x.GetElement(1) + (x.GetElement(2) + x.GetElement(3));
}
