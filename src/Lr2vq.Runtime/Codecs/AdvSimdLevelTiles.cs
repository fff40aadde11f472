using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using Lr2vq.Kernels;
using V = System.Runtime.Intrinsics.Vector128<float>;

namespace Lr2vq.Codecs;

/// <summary><see cref="LevelTiles"/> for ARM64: with 32 registers levels of sixteen rows, or of eight and more pixels, are in use at once, and inputs are elements of registers.
/// Sums have the same order, and so the same results.</summary>
internal static unsafe class AdvSimdLevelTiles
{
    private const int Rows = PanelOrder.Lanes, Lanes = 4;

    public static void Add<T>(T levels, in LevelPart part) where T : struct, ILevels
    {
        if (part.Pixels == 1)
        {
            One(levels, part);
            return;
        }
        for (int lane = 0; lane < Rows; lane += 2 * Lanes)
            if (part.Pixels <= 4) Four(levels, part, lane);
            else Eight(levels, part, lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Fma(V sum, V level, V x, [ConstantExpected(Max = (byte)3)] byte element) => AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(sum, level, x, element);

    /// <summary>Sixteen rows of one pixel, in four chains.</summary>
    [MethodImpl(Compile.Loop)]
    private static void One<T>(T levels, in LevelPart part) where T : struct, ILevels
    {
        float* sums = part.Sums, x = part.X;
        V a0 = Vector128.Load(sums), b0 = Vector128.Load(sums + 4), c0 = Vector128.Load(sums + 8), d0 = Vector128.Load(sums + 12);
        V a1 = V.Zero, b1 = a1, c1 = a1, d1 = a1, a2 = a1, b2 = a1, c2 = a1, d2 = a1, a3 = a1, b3 = a1, c3 = a1, d3 = a1;
        long at = part.At;
        int length = part.Length;
        for (int run = 0; run < part.Runs; run++, x += part.XRun)
        {
            V shift = levels.ShiftOf<Lanes128, V>(run % part.Coefficients);
            int i = 0;
            for (; i + 4 <= length; i += 4, at += 4 * Rows)
            {
                V f = Vector128.Load(x + i);
                levels.Eight(at, 0, shift, out V v, out V w);
                (a0, b0) = (Fma(a0, v, f, 0), Fma(b0, w, f, 0));
                levels.Eight(at, 8, shift, out v, out w);
                (c0, d0) = (Fma(c0, v, f, 0), Fma(d0, w, f, 0));
                levels.Eight(at, Rows, shift, out v, out w);
                (a1, b1) = (Fma(a1, v, f, 1), Fma(b1, w, f, 1));
                levels.Eight(at, Rows + 8, shift, out v, out w);
                (c1, d1) = (Fma(c1, v, f, 1), Fma(d1, w, f, 1));
                levels.Eight(at, 2 * Rows, shift, out v, out w);
                (a2, b2) = (Fma(a2, v, f, 2), Fma(b2, w, f, 2));
                levels.Eight(at, 2 * Rows + 8, shift, out v, out w);
                (c2, d2) = (Fma(c2, v, f, 2), Fma(d2, w, f, 2));
                levels.Eight(at, 3 * Rows, shift, out v, out w);
                (a3, b3) = (Fma(a3, v, f, 3), Fma(b3, w, f, 3));
                levels.Eight(at, 3 * Rows + 8, shift, out v, out w);
                (c3, d3) = (Fma(c3, v, f, 3), Fma(d3, w, f, 3));
            }
            for (; i < length; i++, at += Rows)
            {
                V f = Vector128.CreateScalarUnsafe(x[i]);
                levels.Eight(at, 0, shift, out V v, out V w);
                (a0, b0) = (Fma(a0, v, f, 0), Fma(b0, w, f, 0));
                levels.Eight(at, 8, shift, out v, out w);
                (c0, d0) = (Fma(c0, v, f, 0), Fma(d0, w, f, 0));
            }
        }
        ((a0 + a1) + (a2 + a3)).Store(sums);
        ((b0 + b1) + (b2 + b3)).Store(sums + 4);
        ((c0 + c1) + (c2 + c3)).Store(sums + 8);
        ((d0 + d1) + (d2 + d3)).Store(sums + 12);
    }

    /// <summary>Eight rows of two to four pixels, in two chains.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Four<T>(T levels, in LevelPart part, int lane) where T : struct, ILevels
    {
        int last = part.Pixels - 1, length = part.Length;
        float* x0 = part.X, x1 = x0 + Math.Min(1, last) * part.XPixel, x2 = x0 + Math.Min(2, last) * part.XPixel, x3 = x0 + Math.Min(3, last) * part.XPixel;
        float* sums = part.Sums + lane;
        V a0 = Vector128.Load(sums), a1 = Vector128.Load(sums + Rows), a2 = Vector128.Load(sums + 2 * Rows), a3 = Vector128.Load(sums + 3 * Rows);
        V b0 = Vector128.Load(sums + 4), b1 = Vector128.Load(sums + Rows + 4), b2 = Vector128.Load(sums + 2 * Rows + 4), b3 = Vector128.Load(sums + 3 * Rows + 4);
        V c0 = V.Zero, c1 = c0, c2 = c0, c3 = c0, d0 = c0, d1 = c0, d2 = c0, d3 = c0;
        long at = part.At + lane, xRun = part.XRun, from = 0;
        for (int run = 0; run < part.Runs; run++, from += xRun)
        {
            V shift = levels.ShiftOf<Lanes128, V>(run % part.Coefficients);
            long i = from, end = from + length;
            for (; i + 4 <= end; i += 4, at += 4 * Rows)
            {
                V f0 = Vector128.Load(x0 + i), f1 = Vector128.Load(x1 + i), f2 = Vector128.Load(x2 + i), f3 = Vector128.Load(x3 + i);
                levels.Eight(at, 0, shift, out V v, out V w);
                (a0, a1, a2, a3) = (Fma(a0, v, f0, 0), Fma(a1, v, f1, 0), Fma(a2, v, f2, 0), Fma(a3, v, f3, 0));
                (b0, b1, b2, b3) = (Fma(b0, w, f0, 0), Fma(b1, w, f1, 0), Fma(b2, w, f2, 0), Fma(b3, w, f3, 0));
                levels.Eight(at, Rows, shift, out v, out w);
                (c0, c1, c2, c3) = (Fma(c0, v, f0, 1), Fma(c1, v, f1, 1), Fma(c2, v, f2, 1), Fma(c3, v, f3, 1));
                (d0, d1, d2, d3) = (Fma(d0, w, f0, 1), Fma(d1, w, f1, 1), Fma(d2, w, f2, 1), Fma(d3, w, f3, 1));
                levels.Eight(at, 2 * Rows, shift, out v, out w);
                (a0, a1, a2, a3) = (Fma(a0, v, f0, 2), Fma(a1, v, f1, 2), Fma(a2, v, f2, 2), Fma(a3, v, f3, 2));
                (b0, b1, b2, b3) = (Fma(b0, w, f0, 2), Fma(b1, w, f1, 2), Fma(b2, w, f2, 2), Fma(b3, w, f3, 2));
                levels.Eight(at, 3 * Rows, shift, out v, out w);
                (c0, c1, c2, c3) = (Fma(c0, v, f0, 3), Fma(c1, v, f1, 3), Fma(c2, v, f2, 3), Fma(c3, v, f3, 3));
                (d0, d1, d2, d3) = (Fma(d0, w, f0, 3), Fma(d1, w, f1, 3), Fma(d2, w, f2, 3), Fma(d3, w, f3, 3));
            }
            for (bool even = true; i < end; i++, at += Rows, even = !even)
            {
                V f0 = Vector128.CreateScalarUnsafe(x0[i]), f1 = Vector128.CreateScalarUnsafe(x1[i]), f2 = Vector128.CreateScalarUnsafe(x2[i]), f3 = Vector128.CreateScalarUnsafe(x3[i]);
                levels.Eight(at, 0, shift, out V v, out V w);
                // The last of an odd number of inputs belongs to the first chain.
                if (even)
                {
                    (a0, a1, a2, a3) = (Fma(a0, v, f0, 0), Fma(a1, v, f1, 0), Fma(a2, v, f2, 0), Fma(a3, v, f3, 0));
                    (b0, b1, b2, b3) = (Fma(b0, w, f0, 0), Fma(b1, w, f1, 0), Fma(b2, w, f2, 0), Fma(b3, w, f3, 0));
                }
                else
                {
                    (c0, c1, c2, c3) = (Fma(c0, v, f0, 0), Fma(c1, v, f1, 0), Fma(c2, v, f2, 0), Fma(c3, v, f3, 0));
                    (d0, d1, d2, d3) = (Fma(d0, w, f0, 0), Fma(d1, w, f1, 0), Fma(d2, w, f2, 0), Fma(d3, w, f3, 0));
                }
            }
        }
        Store(sums, a0 + c0, b0 + d0);
        Store(sums + Rows, a1 + c1, b1 + d1);
        Store(sums + 2 * Rows, a2 + c2, b2 + d2);
        Store(sums + 3 * Rows, a3 + c3, b3 + d3);
    }

    /// <summary>Eight rows of five to eight pixels.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Eight<T>(T levels, in LevelPart part, int lane) where T : struct, ILevels
    {
        int last = part.Pixels - 1, length = part.Length;
        float* x0 = part.X, x1 = x0 + part.XPixel, x2 = x1 + part.XPixel, x3 = x2 + part.XPixel, x4 = x3 + part.XPixel;
        float* x5 = x0 + Math.Min(5, last) * part.XPixel, x6 = x0 + Math.Min(6, last) * part.XPixel, x7 = x0 + Math.Min(7, last) * part.XPixel;
        float* sums = part.Sums + lane;
        V a0 = Vector128.Load(sums), a1 = Vector128.Load(sums + Rows), a2 = Vector128.Load(sums + 2 * Rows), a3 = Vector128.Load(sums + 3 * Rows);
        V a4 = Vector128.Load(sums + 4 * Rows), a5 = Vector128.Load(sums + 5 * Rows), a6 = Vector128.Load(sums + 6 * Rows), a7 = Vector128.Load(sums + 7 * Rows);
        sums += 4;
        V b0 = Vector128.Load(sums), b1 = Vector128.Load(sums + Rows), b2 = Vector128.Load(sums + 2 * Rows), b3 = Vector128.Load(sums + 3 * Rows);
        V b4 = Vector128.Load(sums + 4 * Rows), b5 = Vector128.Load(sums + 5 * Rows), b6 = Vector128.Load(sums + 6 * Rows), b7 = Vector128.Load(sums + 7 * Rows);
        sums -= 4;
        long at = part.At + lane, xRun = part.XRun, from = 0;
        for (int run = 0; run < part.Runs; run++, from += xRun)
        {
            V shift = levels.ShiftOf<Lanes128, V>(run % part.Coefficients);
            long i = from, end = from + length;
            for (; i + 4 <= end; i += 4, at += 4 * Rows)
            {
                V f0 = Vector128.Load(x0 + i), f1 = Vector128.Load(x1 + i), f2 = Vector128.Load(x2 + i), f3 = Vector128.Load(x3 + i);
                V f4 = Vector128.Load(x4 + i), f5 = Vector128.Load(x5 + i), f6 = Vector128.Load(x6 + i), f7 = Vector128.Load(x7 + i);
                levels.Eight(at, 0, shift, out V v, out V w);
                (a0, a1, a2, a3) = (Fma(a0, v, f0, 0), Fma(a1, v, f1, 0), Fma(a2, v, f2, 0), Fma(a3, v, f3, 0));
                (a4, a5, a6, a7) = (Fma(a4, v, f4, 0), Fma(a5, v, f5, 0), Fma(a6, v, f6, 0), Fma(a7, v, f7, 0));
                (b0, b1, b2, b3) = (Fma(b0, w, f0, 0), Fma(b1, w, f1, 0), Fma(b2, w, f2, 0), Fma(b3, w, f3, 0));
                (b4, b5, b6, b7) = (Fma(b4, w, f4, 0), Fma(b5, w, f5, 0), Fma(b6, w, f6, 0), Fma(b7, w, f7, 0));
                levels.Eight(at, Rows, shift, out v, out w);
                (a0, a1, a2, a3) = (Fma(a0, v, f0, 1), Fma(a1, v, f1, 1), Fma(a2, v, f2, 1), Fma(a3, v, f3, 1));
                (a4, a5, a6, a7) = (Fma(a4, v, f4, 1), Fma(a5, v, f5, 1), Fma(a6, v, f6, 1), Fma(a7, v, f7, 1));
                (b0, b1, b2, b3) = (Fma(b0, w, f0, 1), Fma(b1, w, f1, 1), Fma(b2, w, f2, 1), Fma(b3, w, f3, 1));
                (b4, b5, b6, b7) = (Fma(b4, w, f4, 1), Fma(b5, w, f5, 1), Fma(b6, w, f6, 1), Fma(b7, w, f7, 1));
                levels.Eight(at, 2 * Rows, shift, out v, out w);
                (a0, a1, a2, a3) = (Fma(a0, v, f0, 2), Fma(a1, v, f1, 2), Fma(a2, v, f2, 2), Fma(a3, v, f3, 2));
                (a4, a5, a6, a7) = (Fma(a4, v, f4, 2), Fma(a5, v, f5, 2), Fma(a6, v, f6, 2), Fma(a7, v, f7, 2));
                (b0, b1, b2, b3) = (Fma(b0, w, f0, 2), Fma(b1, w, f1, 2), Fma(b2, w, f2, 2), Fma(b3, w, f3, 2));
                (b4, b5, b6, b7) = (Fma(b4, w, f4, 2), Fma(b5, w, f5, 2), Fma(b6, w, f6, 2), Fma(b7, w, f7, 2));
                levels.Eight(at, 3 * Rows, shift, out v, out w);
                (a0, a1, a2, a3) = (Fma(a0, v, f0, 3), Fma(a1, v, f1, 3), Fma(a2, v, f2, 3), Fma(a3, v, f3, 3));
                (a4, a5, a6, a7) = (Fma(a4, v, f4, 3), Fma(a5, v, f5, 3), Fma(a6, v, f6, 3), Fma(a7, v, f7, 3));
                (b0, b1, b2, b3) = (Fma(b0, w, f0, 3), Fma(b1, w, f1, 3), Fma(b2, w, f2, 3), Fma(b3, w, f3, 3));
                (b4, b5, b6, b7) = (Fma(b4, w, f4, 3), Fma(b5, w, f5, 3), Fma(b6, w, f6, 3), Fma(b7, w, f7, 3));
            }
            for (; i < end; i++, at += Rows)
            {
                levels.Eight(at, 0, shift, out V v, out V w);
                V f0 = Vector128.CreateScalarUnsafe(x0[i]), f1 = Vector128.CreateScalarUnsafe(x1[i]), f2 = Vector128.CreateScalarUnsafe(x2[i]), f3 = Vector128.CreateScalarUnsafe(x3[i]);
                (a0, a1, a2, a3) = (Fma(a0, v, f0, 0), Fma(a1, v, f1, 0), Fma(a2, v, f2, 0), Fma(a3, v, f3, 0));
                (b0, b1, b2, b3) = (Fma(b0, w, f0, 0), Fma(b1, w, f1, 0), Fma(b2, w, f2, 0), Fma(b3, w, f3, 0));
                V f4 = Vector128.CreateScalarUnsafe(x4[i]), f5 = Vector128.CreateScalarUnsafe(x5[i]), f6 = Vector128.CreateScalarUnsafe(x6[i]), f7 = Vector128.CreateScalarUnsafe(x7[i]);
                (a4, a5, a6, a7) = (Fma(a4, v, f4, 0), Fma(a5, v, f5, 0), Fma(a6, v, f6, 0), Fma(a7, v, f7, 0));
                (b4, b5, b6, b7) = (Fma(b4, w, f4, 0), Fma(b5, w, f5, 0), Fma(b6, w, f6, 0), Fma(b7, w, f7, 0));
            }
        }
        Store(sums, a0, b0);
        Store(sums + Rows, a1, b1);
        Store(sums + 2 * Rows, a2, b2);
        Store(sums + 3 * Rows, a3, b3);
        Store(sums + 4 * Rows, a4, b4);
        Store(sums + 5 * Rows, a5, b5);
        Store(sums + 6 * Rows, a6, b6);
        Store(sums + 7 * Rows, a7, b7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* sums, V first, V second)
    {
        first.Store(sums);
        second.Store(sums + Lanes);
    }
}
