using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>Row-major matrices to the order in which tiles read them.</summary>
internal static unsafe class MatrixPacking
{
    /// <summary>Columns of A to [block of 16 columns][row][16], each number times a factor; lanes beyond the last column are not written.</summary>
    /// <param name="stride">Floats between rows.</param>
    /// <param name="block">Floats between blocks.</param>
    public static void Rows(float* a, long stride, int rows, int columns, float factor, float* packed, long block, Isa isa)
    {
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) Rows<Lanes512, Vector512<float>>(a, stride, rows, columns, factor, packed, block);
        else if (Vector256.IsHardwareAccelerated && isa == Isa.Vector256) Rows<Lanes256, Vector256<float>>(a, stride, rows, columns, factor, packed, block);
        else if (Vector128.IsHardwareAccelerated && isa == Isa.Vector128) Rows<Lanes128, Vector128<float>>(a, stride, rows, columns, factor, packed, block);
        else Rows<Lanes1, float>(a, stride, rows, columns, factor, packed, block);
    }

    /// <summary>Up to sixteen columns of B to [row][16]; lanes beyond are 0.</summary>
    /// <param name="stride">Floats between rows.</param>
    public static void Columns(float* b, long stride, int rows, int lanes, float* panel, Isa isa)
    {
        if (lanes < 16) Few(b, stride, rows, lanes, panel);
        else if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) Columns<Lanes512, Vector512<float>>(b, stride, rows, panel);
        else if (Vector256.IsHardwareAccelerated && isa == Isa.Vector256) Columns<Lanes256, Vector256<float>>(b, stride, rows, panel);
        else if (Vector128.IsHardwareAccelerated && isa == Isa.Vector128) Columns<Lanes128, Vector128<float>>(b, stride, rows, panel);
        else Columns<Lanes1, float>(b, stride, rows, panel);
    }

    /// <summary>Most columns of rows that are packed one by one; longer ones are packed block by block.</summary>
    private const int ShortRow = 128;

    [MethodImpl(Compile.Loop)]
    private static void Rows<L, V>(float* a, long stride, int rows, int columns, float factor, float* packed, long block) where L : struct, ILanes<V> where V : struct
    {
        V times = L.Splat(factor);
        if (columns <= ShortRow)
        {
            // Memory is read straight on, and the blocks that are written at once are few.
            for (; rows > 0; rows--, a += stride, packed += 16)
            {
                float* to = packed;
                int c = 0;
                for (; c + 16 <= columns; c += 16, to += block)
                    for (int lane = 0; lane < 16; lane += L.Count) L.Store(L.Mul(times, L.Load(a + c + lane)), to + lane);
                for (int lane = 0; c < columns; c++, lane++) to[lane] = factor * a[c];
            }
            return;
        }
        for (; columns >= 16; columns -= 16, a += 16, packed += block)
        {
            float* from = a, to = packed;
            for (int r = rows; r > 0; r--, from += stride, to += 16)
                for (int lane = 0; lane < 16; lane += L.Count) L.Store(L.Mul(times, L.Load(from + lane)), to + lane);
        }
        for (int r = 0; r < rows; r++, a += stride, packed += 16)
        {
            int c = 0;
            for (; c + L.Count <= columns; c += L.Count) L.Store(L.Mul(times, L.Load(a + c)), packed + c);
            for (; c < columns; c++) packed[c] = factor * a[c];
        }
    }

    [MethodImpl(Compile.Loop)]
    private static void Columns<L, V>(float* b, long stride, int rows, float* panel) where L : struct, ILanes<V> where V : struct
    {
        for (; rows > 0; rows--, b += stride, panel += 16)
            for (int lane = 0; lane < 16; lane += L.Count) L.Store(L.Load(b + lane), panel + lane);
    }

    [MethodImpl(Compile.Loop)]
    private static void Few(float* b, long stride, int rows, int lanes, float* panel)
    {
        for (; rows > 0; rows--, b += stride, panel += 16)
        {
            int lane = 0;
            for (; lane < lanes; lane++) panel[lane] = b[lane];
            for (; lane < 16; lane++) panel[lane] = 0f;
        }
    }
}
