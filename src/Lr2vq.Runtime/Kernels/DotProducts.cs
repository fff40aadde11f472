using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>One vector times the rows of a matrix where they lie.</summary>
internal static unsafe class DotProducts
{
    /// <summary>y[i] += a · row i; rows of <paramref name="k"/> floats follow each other.</summary>
    public static void Add(float* a, float* rows, long k, int count, float* y, Isa isa)
    {
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) Add<Lanes512, Vector512<float>>(a, rows, k, count, y);
        else if (Vector256.IsHardwareAccelerated && isa == Isa.Vector256) Add<Lanes256, Vector256<float>>(a, rows, k, count, y);
        else if (Vector128.IsHardwareAccelerated && isa == Isa.Vector128) Add<Lanes128, Vector128<float>>(a, rows, k, count, y);
        else Add<Lanes1, float>(a, rows, k, count, y);
    }

    [MethodImpl(Compile.Loop)]
    private static void Add<L, V>(float* a, float* rows, long k, int count, float* y) where L : struct, ILanes<V> where V : struct
    {
        for (; count >= 4; count -= 4, rows += 4 * k, y += 4)
        {
            V s0 = L.Zero, s1 = s0, s2 = s0, s3 = s0;
            float* r1 = rows + k, r2 = r1 + k, r3 = r2 + k;
            long i = 0;
            for (; i + L.Count <= k; i += L.Count)
            {
                V x = L.Load(a + i);
                s0 = L.Fma(x, L.Load(rows + i), s0);
                s1 = L.Fma(x, L.Load(r1 + i), s1);
                s2 = L.Fma(x, L.Load(r2 + i), s2);
                s3 = L.Fma(x, L.Load(r3 + i), s3);
            }
            float t0 = L.Sum(s0), t1 = L.Sum(s1), t2 = L.Sum(s2), t3 = L.Sum(s3);
            for (; i < k; i++)
            {
                t0 += a[i] * rows[i];
                t1 += a[i] * r1[i];
                t2 += a[i] * r2[i];
                t3 += a[i] * r3[i];
            }
            y[0] += t0;
            y[1] += t1;
            y[2] += t2;
            y[3] += t3;
        }
        for (; count > 0; count--, rows += k, y++)
        {
            V s = L.Zero;
            long i = 0;
            for (; i + L.Count <= k; i += L.Count) s = L.Fma(L.Load(a + i), L.Load(rows + i), s);
            float t = L.Sum(s);
            for (; i < k; i++) t += a[i] * rows[i];
            *y += t;
        }
    }

    /// <summary>y += a · panel, where the panel is [k][16] and y has up to sixteen columns of it.</summary>
    public static void AddPanel(float* a, float* panel, long k, float* y, int count, Isa isa)
    {
        float* sums = stackalloc float[16];
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) Combine<Lanes512, Vector512<float>>(a, panel, k, sums);
        else if (Vector256.IsHardwareAccelerated && isa == Isa.Vector256) Combine<Lanes256, Vector256<float>>(a, panel, k, sums);
        else if (Vector128.IsHardwareAccelerated && isa == Isa.Vector128) Combine<Lanes128, Vector128<float>>(a, panel, k, sums);
        else Combine<Lanes1, float>(a, panel, k, sums);
        for (int i = 0; i < count; i++) y[i] += sums[i];
    }

    /// <summary>y += a · panels: two blocks of sixteen columns, or one.</summary>
    /// <param name="pitch">Floats from one panel to the next.</param>
    public static void AddPanels(float* a, float* panels, long pitch, int blocks, long k, float* y, Isa isa)
    {
        if (blocks == 1) AddPanel(a, panels, k, y, 16, isa);
        else if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) AddTwo<Lanes512, Vector512<float>>(a, panels, panels + pitch, k, y);
        else if (Vector256.IsHardwareAccelerated && isa == Isa.Vector256) AddTwo<Lanes256, Vector256<float>>(a, panels, panels + pitch, k, y);
        else if (Vector128.IsHardwareAccelerated && isa == Isa.Vector128) AddTwo<Lanes128, Vector128<float>>(a, panels, panels + pitch, k, y);
        else AddTwo<Lanes1, float>(a, panels, panels + pitch, k, y);
    }

    /// <summary>Sums in the order of <see cref="Combine"/>, twice as many at once.</summary>
    [MethodImpl(Compile.Loop)]
    private static void AddTwo<L, V>(float* a, float* first, float* second, long k, float* y) where L : struct, ILanes<V> where V : struct
    {
        for (int lane = 0; lane < 16; lane += L.Count)
        {
            V s0 = L.Zero, s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
            float* v = first + lane, w = second + lane;
            long i = 0;
            for (; i + 4 <= k; i += 4, v += 64, w += 64)
            {
                V x0 = L.Broadcast(a + i), x1 = L.Broadcast(a + i + 1), x2 = L.Broadcast(a + i + 2), x3 = L.Broadcast(a + i + 3);
                s0 = L.Fma(x0, L.Load(v), s0);
                t0 = L.Fma(x0, L.Load(w), t0);
                s1 = L.Fma(x1, L.Load(v + 16), s1);
                t1 = L.Fma(x1, L.Load(w + 16), t1);
                s2 = L.Fma(x2, L.Load(v + 32), s2);
                t2 = L.Fma(x2, L.Load(w + 32), t2);
                s3 = L.Fma(x3, L.Load(v + 48), s3);
                t3 = L.Fma(x3, L.Load(w + 48), t3);
            }
            for (; i < k; i++, v += 16, w += 16)
            {
                s0 = L.Fma(L.Broadcast(a + i), L.Load(v), s0);
                t0 = L.Fma(L.Broadcast(a + i), L.Load(w), t0);
            }
            L.Store(L.Add(L.Load(y + lane), L.Add(L.Add(s0, s1), L.Add(s2, s3))), y + lane);
            L.Store(L.Add(L.Load(y + 16 + lane), L.Add(L.Add(t0, t1), L.Add(t2, t3))), y + 16 + lane);
        }
    }

    /// <summary>sums = Σ a[i] · row i of the panel.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Combine<L, V>(float* a, float* panel, long k, float* sums) where L : struct, ILanes<V> where V : struct
    {
        for (int lane = 0; lane < 16; lane += L.Count)
        {
            V s0 = L.Zero, s1 = s0, s2 = s0, s3 = s0;
            float* w = panel + lane;
            long i = 0;
            for (; i + 4 <= k; i += 4, w += 64)
            {
                s0 = L.Fma(L.Broadcast(a + i), L.Load(w), s0);
                s1 = L.Fma(L.Broadcast(a + i + 1), L.Load(w + 16), s1);
                s2 = L.Fma(L.Broadcast(a + i + 2), L.Load(w + 32), s2);
                s3 = L.Fma(L.Broadcast(a + i + 3), L.Load(w + 48), s3);
            }
            for (; i < k; i++, w += 16) s0 = L.Fma(L.Broadcast(a + i), L.Load(w), s0);
            L.Store(L.Add(L.Add(s0, s1), L.Add(s2, s3)), sums + lane);
        }
    }
}
