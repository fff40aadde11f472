using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Compression.Methods;

/// <summary>L with L·Lᵀ = A for symmetric positive definite matrices, in place, in double.</summary>
/// <remarks>Always four lanes and fused products, so that the bits are the same on every machine.</remarks>
internal static unsafe class Cholesky
{
    private const int Block = 64;

    // Elements before a block of columns, below it: for fewer threads cost more than they save.
    private const double LeastShared = 1 << 17;

    /// <param name="a">[n, n], row-major; the lower triangle is read and replaced, the rest left alone.</param>
    /// <param name="floor">Pivots are at least this: what rounding makes of a singular matrix.</param>
    /// <param name="workers">Share the rows of large matrices; cancellation is looked at between blocks.</param>
    public static void Factor(double* a, int n, double floor, Workers workers)
    {
        for (int first = 0; first < n; first += Block)
        {
            int end = Math.Min(n, first + Block);
            Subtract(a, n, first, end, first, end);
            for (int row = first; row < end; row++)
            {
                double* own = a + (long)row * n;
                Solve(a, n, own, first, row);
                double pivot = own[row];
                for (int k = first; k < row; k++) pivot -= own[k] * own[k];
                own[row] = Math.Sqrt(Math.Max(pivot, floor));
            }
            int begin = first, pieces = (n - end + Block - 1) / Block;
            void Below(int piece)
            {
                workers.Cancellation.ThrowIfCancellationRequested();
                int top = end + piece * Block, bottom = Math.Min(n, top + Block);
                Subtract(a, n, top, bottom, begin, end);
                for (int row = top; row < bottom; row++) Solve(a, n, a + (long)row * n, begin, end);
            }
            if ((double)(n - end) * first >= LeastShared) workers.Run(pieces, _ => 1, Below);
            else
                for (int piece = 0; piece < pieces; piece++) Below(piece);
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

    /// <summary>Takes the products of the columns before <paramref name="first"/> off rows [top, bottom) of a block of columns.</summary>
    private static void Subtract(double* a, int n, int top, int bottom, int first, int end)
    {
        if (first == 0) return;
        for (int row = top; row < bottom; row += 4) Subtract(a, n, Math.Min(4, bottom - row), first, end, a + (long)row * n);
    }

    /// <summary>The same for at most four rows, which lie at <paramref name="own"/>.</summary>
    private static void Subtract(double* a, int n, int rows, int first, int end, double* own)
    {
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
