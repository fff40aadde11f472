using System;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>Runs of levels of sixteen rows, and what they are multiplied with.</summary>
internal unsafe struct LevelPart
{
    /// <summary>Index of the first level.</summary>
    public long At;
    public int Runs;
    /// <summary>Inputs of a run.</summary>
    public int Length;
    /// <summary>Runs take turns among so many coefficients.</summary>
    public int Coefficients;
    public float* X;
    /// <summary>Floats from what one run is multiplied with to the next.</summary>
    public long XRun;
    public long XPixel;
    public int Pixels;
    public float* Sums;
}

/// <summary>Levels become floats in registers and are multiplied with inputs of a few pixels at once; sums [pixel][16 rows] go on.</summary>
internal static unsafe class LevelTiles
{
    /// <summary>Most pixels of a tile; those of 9 to 15 are two.</summary>
    public const int MostPixels = 16;
    private const int Rows = PanelOrder.Lanes;

    public static void Add<L, V, T>(T levels, in LevelPart part) where L : struct, ILanes<V> where V : struct where T : struct, ILevels
    {
        for (int lane = 0; lane < Rows; lane += L.Count)
            switch (part.Pixels)
            {
                case 1: One<L, V, T>(levels, part, lane); break;
                case <= 4: Four<L, V, T>(levels, part, lane); break;
                case <= 8: Eight<L, V, T>(levels, part, lane); break;
                default: Sixteen<L, V, T>(levels, part, lane); break;
            }
    }

    /// <summary>Pixels of the next tile where so many are left.</summary>
    public static int PixelsOf(int left, Isa isa) => left >= MostPixels && isa == Isa.Vector512 ? MostPixels : Math.Min(left, MostPixels / 2);

    [MethodImpl(Compile.Loop)]
    private static void One<L, V, T>(T levels, in LevelPart part, int lane) where L : struct, ILanes<V> where V : struct where T : struct, ILevels
    {
        V s0 = L.Load(part.Sums + lane), s1 = L.Zero, s2 = s1, s3 = s1;
        long at = part.At + lane;
        float* x = part.X;
        int length = part.Length;
        for (int run = 0; run < part.Runs; run++, x += part.XRun)
        {
            V shift = levels.ShiftOf<L, V>(run % part.Coefficients);
            int i = 0;
            for (; i + 4 <= length; i += 4, at += 4 * Rows)
            {
                s0 = L.Fma(L.Broadcast(x + i), levels.At<L, V>(at, shift), s0);
                s1 = L.Fma(L.Broadcast(x + i + 1), levels.At<L, V>(at + Rows, shift), s1);
                s2 = L.Fma(L.Broadcast(x + i + 2), levels.At<L, V>(at + 2 * Rows, shift), s2);
                s3 = L.Fma(L.Broadcast(x + i + 3), levels.At<L, V>(at + 3 * Rows, shift), s3);
            }
            for (; i < length; i++, at += Rows) s0 = L.Fma(L.Broadcast(x + i), levels.At<L, V>(at, shift), s0);
        }
        L.Store(L.Add(L.Add(s0, s1), L.Add(s2, s3)), part.Sums + lane);
    }

    /// <summary>Two to four pixels, two chains each.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Four<L, V, T>(T levels, in LevelPart part, int lane) where L : struct, ILanes<V> where V : struct where T : struct, ILevels
    {
        int last = part.Pixels - 1, length = part.Length;
        float* x0 = part.X, x1 = x0 + Math.Min(1, last) * part.XPixel, x2 = x0 + Math.Min(2, last) * part.XPixel, x3 = x0 + Math.Min(3, last) * part.XPixel;
        float* sums = part.Sums + lane;
        V s0 = L.Load(sums), s1 = L.Load(sums + Rows), s2 = L.Load(sums + 2 * Rows), s3 = L.Load(sums + 3 * Rows), t0 = L.Zero, t1 = t0, t2 = t0, t3 = t0;
        long at = part.At + lane, xRun = part.XRun, from = 0;
        for (int run = 0; run < part.Runs; run++, from += xRun)
        {
            V shift = levels.ShiftOf<L, V>(run % part.Coefficients);
            long i = from, end = from + length;
            for (; i + 2 <= end; i += 2, at += 2 * Rows)
            {
                V v = levels.At<L, V>(at, shift), w = levels.At<L, V>(at + Rows, shift);
                s0 = L.Fma(L.Broadcast(x0 + i), v, s0);
                s1 = L.Fma(L.Broadcast(x1 + i), v, s1);
                s2 = L.Fma(L.Broadcast(x2 + i), v, s2);
                s3 = L.Fma(L.Broadcast(x3 + i), v, s3);
                t0 = L.Fma(L.Broadcast(x0 + i + 1), w, t0);
                t1 = L.Fma(L.Broadcast(x1 + i + 1), w, t1);
                t2 = L.Fma(L.Broadcast(x2 + i + 1), w, t2);
                t3 = L.Fma(L.Broadcast(x3 + i + 1), w, t3);
            }
            if (i == end) continue;
            V rest = levels.At<L, V>(at, shift);
            at += Rows;
            s0 = L.Fma(L.Broadcast(x0 + i), rest, s0);
            s1 = L.Fma(L.Broadcast(x1 + i), rest, s1);
            s2 = L.Fma(L.Broadcast(x2 + i), rest, s2);
            s3 = L.Fma(L.Broadcast(x3 + i), rest, s3);
        }
        L.Store(L.Add(s0, t0), sums);
        L.Store(L.Add(s1, t1), sums + Rows);
        L.Store(L.Add(s2, t2), sums + 2 * Rows);
        L.Store(L.Add(s3, t3), sums + 3 * Rows);
    }

    /// <summary>Five to eight pixels.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Eight<L, V, T>(T levels, in LevelPart part, int lane) where L : struct, ILanes<V> where V : struct where T : struct, ILevels
    {
        int last = part.Pixels - 1, length = part.Length;
        float* x0 = part.X, x1 = x0 + part.XPixel, x2 = x1 + part.XPixel, x3 = x2 + part.XPixel, x4 = x3 + part.XPixel;
        float* x5 = x0 + Math.Min(5, last) * part.XPixel, x6 = x0 + Math.Min(6, last) * part.XPixel, x7 = x0 + Math.Min(7, last) * part.XPixel;
        float* sums = part.Sums + lane;
        V s0 = L.Load(sums), s1 = L.Load(sums + Rows), s2 = L.Load(sums + 2 * Rows), s3 = L.Load(sums + 3 * Rows);
        V s4 = L.Load(sums + 4 * Rows), s5 = L.Load(sums + 5 * Rows), s6 = L.Load(sums + 6 * Rows), s7 = L.Load(sums + 7 * Rows);
        long at = part.At + lane, xRun = part.XRun, from = 0;
        for (int run = 0; run < part.Runs; run++, from += xRun)
        {
            V shift = levels.ShiftOf<L, V>(run % part.Coefficients);
            for (long i = from, end = from + length; i < end; i++, at += Rows)
            {
                V v = levels.At<L, V>(at, shift);
                s0 = L.Fma(L.Broadcast(x0 + i), v, s0);
                s1 = L.Fma(L.Broadcast(x1 + i), v, s1);
                s2 = L.Fma(L.Broadcast(x2 + i), v, s2);
                s3 = L.Fma(L.Broadcast(x3 + i), v, s3);
                s4 = L.Fma(L.Broadcast(x4 + i), v, s4);
                s5 = L.Fma(L.Broadcast(x5 + i), v, s5);
                s6 = L.Fma(L.Broadcast(x6 + i), v, s6);
                s7 = L.Fma(L.Broadcast(x7 + i), v, s7);
            }
        }
        L.Store(s0, sums);
        L.Store(s1, sums + Rows);
        L.Store(s2, sums + 2 * Rows);
        L.Store(s3, sums + 3 * Rows);
        L.Store(s4, sums + 4 * Rows);
        L.Store(s5, sums + 5 * Rows);
        L.Store(s6, sums + 6 * Rows);
        L.Store(s7, sums + 7 * Rows);
    }

    /// <summary>Sixteen pixels that lie sixteen floats apart; needs as many registers.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Sixteen<L, V, T>(T levels, in LevelPart part, int lane) where L : struct, ILanes<V> where V : struct where T : struct, ILevels
    {
        float* sums = part.Sums + lane, x = part.X;
        int length = part.Length;
        V s0 = L.Load(sums + 0 * Rows), s1 = L.Load(sums + 1 * Rows), s2 = L.Load(sums + 2 * Rows), s3 = L.Load(sums + 3 * Rows);
        V s4 = L.Load(sums + 4 * Rows), s5 = L.Load(sums + 5 * Rows), s6 = L.Load(sums + 6 * Rows), s7 = L.Load(sums + 7 * Rows);
        V s8 = L.Load(sums + 8 * Rows), s9 = L.Load(sums + 9 * Rows), s10 = L.Load(sums + 10 * Rows), s11 = L.Load(sums + 11 * Rows);
        V s12 = L.Load(sums + 12 * Rows), s13 = L.Load(sums + 13 * Rows), s14 = L.Load(sums + 14 * Rows), s15 = L.Load(sums + 15 * Rows);
        long at = part.At + lane, next = part.XRun - length;
        for (int run = 0; run < part.Runs; run++, x += next)
        {
            V shift = levels.ShiftOf<L, V>(run % part.Coefficients);
            for (float* end = x + length; x < end; x++, at += Rows)
            {
                V v = levels.At<L, V>(at, shift);
                s0 = L.Fma(L.Broadcast(x), v, s0);
                s1 = L.Fma(L.Broadcast(x + 1 * Rows), v, s1);
                s2 = L.Fma(L.Broadcast(x + 2 * Rows), v, s2);
                s3 = L.Fma(L.Broadcast(x + 3 * Rows), v, s3);
                s4 = L.Fma(L.Broadcast(x + 4 * Rows), v, s4);
                s5 = L.Fma(L.Broadcast(x + 5 * Rows), v, s5);
                s6 = L.Fma(L.Broadcast(x + 6 * Rows), v, s6);
                s7 = L.Fma(L.Broadcast(x + 7 * Rows), v, s7);
                s8 = L.Fma(L.Broadcast(x + 8 * Rows), v, s8);
                s9 = L.Fma(L.Broadcast(x + 9 * Rows), v, s9);
                s10 = L.Fma(L.Broadcast(x + 10 * Rows), v, s10);
                s11 = L.Fma(L.Broadcast(x + 11 * Rows), v, s11);
                s12 = L.Fma(L.Broadcast(x + 12 * Rows), v, s12);
                s13 = L.Fma(L.Broadcast(x + 13 * Rows), v, s13);
                s14 = L.Fma(L.Broadcast(x + 14 * Rows), v, s14);
                s15 = L.Fma(L.Broadcast(x + 15 * Rows), v, s15);
            }
        }
        L.Store(s0, sums);
        L.Store(s1, sums + 1 * Rows);
        L.Store(s2, sums + 2 * Rows);
        L.Store(s3, sums + 3 * Rows);
        L.Store(s4, sums + 4 * Rows);
        L.Store(s5, sums + 5 * Rows);
        L.Store(s6, sums + 6 * Rows);
        L.Store(s7, sums + 7 * Rows);
        L.Store(s8, sums + 8 * Rows);
        L.Store(s9, sums + 9 * Rows);
        L.Store(s10, sums + 10 * Rows);
        L.Store(s11, sums + 11 * Rows);
        L.Store(s12, sums + 12 * Rows);
        L.Store(s13, sums + 13 * Rows);
        L.Store(s14, sums + 14 * Rows);
        L.Store(s15, sums + 15 * Rows);
    }
}
