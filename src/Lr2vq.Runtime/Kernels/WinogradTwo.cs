using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>Winograd F(2×2, 3×3): 16 products for 4 outputs, more accurate than direct convolution. Points 0, ±1, ∞.</summary>
/// <remarks>As in <see cref="WinogradFour"/> the denominators (2 at ±1) divide the input.</remarks>
internal static unsafe class WinogradTwo
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const MethodImplOptions Optimize = Compile.Loop;

    [MethodImpl(Optimize)]
    public static void Input<L, V>(float* x, long row, float* v, long point) where L : struct, ILanes<V> where V : struct
    {
        long line = 4 * point;
        V half = L.Splat(0.5f);
        for (int lane = 0; lane < 16; lane += L.Count, x += L.Count, v += L.Count)
        {
            float* x1 = x + row, x2 = x1 + row, x3 = x2 + row, to = v;
            PutInput<L, V>(L.Sub(L.Load(x), L.Load(x2)), L.Sub(L.Load(x + 16), L.Load(x2 + 16)),
                L.Sub(L.Load(x + 32), L.Load(x2 + 32)), L.Sub(L.Load(x + 48), L.Load(x2 + 48)), to, point);
            to += line;
            V e0 = L.Mul(half, L.Load(x2)), e1 = L.Mul(half, L.Load(x2 + 16)), e2 = L.Mul(half, L.Load(x2 + 32)), e3 = L.Mul(half, L.Load(x2 + 48));
            V o0 = L.Mul(half, L.Load(x1)), o1 = L.Mul(half, L.Load(x1 + 16)), o2 = L.Mul(half, L.Load(x1 + 32)), o3 = L.Mul(half, L.Load(x1 + 48));
            PutInput<L, V>(L.Add(e0, o0), L.Add(e1, o1), L.Add(e2, o2), L.Add(e3, o3), to, point);
            to += line;
            PutInput<L, V>(L.Sub(e0, o0), L.Sub(e1, o1), L.Sub(e2, o2), L.Sub(e3, o3), to, point);
            to += line;
            PutInput<L, V>(L.Sub(L.Load(x3), L.Load(x1)), L.Sub(L.Load(x3 + 16), L.Load(x1 + 16)),
                L.Sub(L.Load(x3 + 32), L.Load(x1 + 32)), L.Sub(L.Load(x3 + 48), L.Load(x1 + 48)), to, point);
        }
    }

    [MethodImpl(Inline)]
    private static void PutInput<L, V>(V d0, V d1, V d2, V d3, float* v, long point) where L : struct, ILanes<V> where V : struct
    {
        V half = L.Splat(0.5f), even = L.Mul(half, d2), odd = L.Mul(half, d1);
        L.Store(L.Sub(d0, d2), v);
        L.Store(L.Add(even, odd), v + point);
        L.Store(L.Sub(even, odd), v + 2 * point);
        L.Store(L.Sub(d3, d1), v + 3 * point);
    }

    /// <summary>Transforms weights.</summary>
    public readonly struct Kernel : IWinogradKernel
    {
        [MethodImpl(Inline)]
        public static void Put<L, V>(V a0, V a1, V a2, V b0, V b1, V b2, V c0, V c1, V c2, float* u, long point) where L : struct, ILanes<V> where V : struct
        {
            long line = 4 * point;
            V s0 = L.Add(a0, c0), s1 = L.Add(a1, c1), s2 = L.Add(a2, c2);
            PutWeights<L, V>(a0, a1, a2, u, point);
            PutWeights<L, V>(L.Add(s0, b0), L.Add(s1, b1), L.Add(s2, b2), u + line, point);
            PutWeights<L, V>(L.Sub(s0, b0), L.Sub(s1, b1), L.Sub(s2, b2), u + 2 * line, point);
            PutWeights<L, V>(c0, c1, c2, u + 3 * line, point);
        }
    }

    [MethodImpl(Inline)]
    private static void PutWeights<L, V>(V a, V b, V c, float* u, long point) where L : struct, ILanes<V> where V : struct
    {
        V sum = L.Add(a, c);
        L.Store(a, u);
        L.Store(L.Add(sum, b), u + point);
        L.Store(L.Sub(sum, b), u + 2 * point);
        L.Store(c, u + 3 * point);
    }

    /// <summary>A whole tile of 2 × 2 pixels.</summary>
    [MethodImpl(Optimize)]
    public static void Output<L, V>(WinogradOutput* t) where L : struct, ILanes<V> where V : struct
    {
        long point = t->PointStride, row = t->Row;
        for (int lane = 0; lane < 16; lane += L.Count)
        {
            float* p = t->Products + lane;
            Column<L, V>(p, point, out V a0, out V b0);
            Column<L, V>(p + point, point, out V a1, out V b1);
            Column<L, V>(p + 2 * point, point, out V a2, out V b2);
            Column<L, V>(p + 3 * point, point, out V a3, out V b3);
            V bias = L.Load(t->Bias + lane);
            float* y = t->Y + lane, residual = t->Residual == null ? null : t->Residual + lane;
            WinogradStore.Two<L, V>(L.Add(L.Add(a0, bias), L.Add(a1, a2)), L.Add(L.Sub(a1, a2), L.Add(a3, bias)), t, y, residual);
            WinogradStore.Two<L, V>(L.Add(L.Add(b0, bias), L.Add(b1, b2)), L.Add(L.Sub(b1, b2), L.Add(b3, bias)), t, y + row, residual == null ? null : residual + row);
        }
    }

    /// <summary>The last point has the input d3 − d1, so its product is added.</summary>
    [MethodImpl(Inline)]
    private static void Column<L, V>(float* p, long point, out V a, out V b) where L : struct, ILanes<V> where V : struct
    {
        long line = 4 * point;
        V m0 = L.Load(p), m1 = L.Load(p + line), m2 = L.Load(p + 2 * line), m3 = L.Load(p + 3 * line);
        a = L.Add(m0, L.Add(m1, m2));
        b = L.Add(L.Sub(m1, m2), m3);
    }
}
