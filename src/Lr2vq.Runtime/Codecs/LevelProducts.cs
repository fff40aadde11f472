using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>One vector times rows of levels of 8 bits, which become floats in registers.</summary>
internal static unsafe class LevelProducts
{
    /// <summary>y[r] += scales[r] · x · row r; rows of <paramref name="columns"/> levels follow each other.</summary>
    public static void AddRows(float* x, sbyte* rows, int columns, int count, float* scales, float* y, Isa isa)
    {
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) AddRows<Lanes512, Vector512<float>>(x, rows, columns, count, scales, y);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256) AddRows<Lanes256, Vector256<float>>(x, rows, columns, count, scales, y);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128) AddRows<Lanes128, Vector128<float>>(x, rows, columns, count, scales, y);
        else AddRows<Lanes1, float>(x, rows, columns, count, scales, y);
    }

    [MethodImpl(Compile.Loop)]
    private static void AddRows<L, V>(float* x, sbyte* rows, int columns, int count, float* scales, float* y) where L : struct, ILanes<V> where V : struct
    {
        for (; count >= 4; count -= 4, rows += 4L * columns, scales += 4, y += 4)
        {
            V s0 = L.Zero, s1 = s0, s2 = s0, s3 = s0;
            sbyte* r1 = rows + columns, r2 = r1 + columns, r3 = r2 + columns;
            int i = 0;
            for (; i + L.Count <= columns; i += L.Count)
            {
                V v = L.Load(x + i);
                s0 = L.Fma(v, Widen.Load<V>(rows + i), s0);
                s1 = L.Fma(v, Widen.Load<V>(r1 + i), s1);
                s2 = L.Fma(v, Widen.Load<V>(r2 + i), s2);
                s3 = L.Fma(v, Widen.Load<V>(r3 + i), s3);
            }
            float t0 = L.Sum(s0), t1 = L.Sum(s1), t2 = L.Sum(s2), t3 = L.Sum(s3);
            for (; i < columns; i++)
            {
                t0 += x[i] * rows[i];
                t1 += x[i] * r1[i];
                t2 += x[i] * r2[i];
                t3 += x[i] * r3[i];
            }
            y[0] += scales[0] * t0;
            y[1] += scales[1] * t1;
            y[2] += scales[2] * t2;
            y[3] += scales[3] * t3;
        }
        for (; count > 0; count--, rows += columns, scales++, y++)
        {
            V s = L.Zero;
            int i = 0;
            for (; i + L.Count <= columns; i += L.Count) s = L.Fma(L.Load(x + i), Widen.Load<V>(rows + i), s);
            float t = L.Sum(s);
            for (; i < columns; i++) t += x[i] * rows[i];
            *y += *scales * t;
        }
    }
}
