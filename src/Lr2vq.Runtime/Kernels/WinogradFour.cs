using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>Winograd F(4×4, 3×3): 36 products for 16 outputs. Points 0, ±3/4, ±3/2, ∞, with a quarter of the error that the customary
/// 0, ±1, ±2, ∞ have.</summary>
/// <remarks>The denominators of the weight transform (81/64, −243/128 twice, 243/32 twice, 1) divide the input instead: weights are
/// transformed as often as they are decoded, and are bound by their stores. Each pair of points ±p shares its even and odd part, and rows
/// are finished one pair at a time, so that nothing but results is stored.</remarks>
internal static unsafe class WinogradFour
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const MethodImplOptions Optimize = Compile.Loop;

    [MethodImpl(Optimize)]
    public static void Input<L, V>(float* x, long row, float* v, long point) where L : struct, ILanes<V> where V : struct
    {
        long three = 3 * point, line = 6 * point;
        for (int lane = 0; lane < 16; lane += L.Count, x += L.Count, v += L.Count)
        {
            // What two points have in common is written once: the JIT takes long for calls that it inlines.
            for (int far = 0; far < 2; far++)
            {
                float* x1 = x + row, to = v + (1 + 2 * far) * line;
                V even2 = L.Splat(far == 0 ? 32f / 27f : -2f / 27f), even4 = L.Splat(far == 0 ? -128f / 243f : 32f / 243f);
                V odd1 = L.Splat(far == 0 ? 8f / 9f : -1f / 9f), odd3 = L.Splat(far == 0 ? -32f / 81f : 16f / 81f);
                V e0 = Pair<L, V>(x1 + row, row, even2, even4), e1 = Pair<L, V>(x1 + row + 16, row, even2, even4), e2 = Pair<L, V>(x1 + row + 32, row, even2, even4);
                V e3 = Pair<L, V>(x1 + row + 48, row, even2, even4), e4 = Pair<L, V>(x1 + row + 64, row, even2, even4), e5 = Pair<L, V>(x1 + row + 80, row, even2, even4);
                V o0 = Pair<L, V>(x1, row, odd1, odd3), o1 = Pair<L, V>(x1 + 16, row, odd1, odd3), o2 = Pair<L, V>(x1 + 32, row, odd1, odd3);
                V o3 = Pair<L, V>(x1 + 48, row, odd1, odd3), o4 = Pair<L, V>(x1 + 64, row, odd1, odd3), o5 = Pair<L, V>(x1 + 80, row, odd1, odd3);
                PutInput<L, V>(L.Add(e0, o0), L.Add(e1, o1), L.Add(e2, o2), L.Add(e3, o3), L.Add(e4, o4), L.Add(e5, o5), to, point, three);
                PutInput<L, V>(L.Sub(e0, o0), L.Sub(e1, o1), L.Sub(e2, o2), L.Sub(e3, o3), L.Sub(e4, o4), L.Sub(e5, o5), to + line, point, three);
            }
            for (int infinity = 0; infinity < 2; infinity++)
            {
                // Point 0 ends with row 4, point ∞ with row 1.
                float* first = infinity == 0 ? x : x + 5 * row, middle = x + (2 + infinity) * row, last = infinity == 0 ? x + 4 * row : x + row;
                V scale = L.Splat(infinity == 0 ? -20f / 9f : -45f / 16f), end = L.Splat(infinity == 0 ? 64f / 81f : 81f / 64f);
                PutInput<L, V>(Three<L, V>(first, middle, last, scale, end), Three<L, V>(first + 16, middle + 16, last + 16, scale, end),
                    Three<L, V>(first + 32, middle + 32, last + 32, scale, end), Three<L, V>(first + 48, middle + 48, last + 48, scale, end),
                    Three<L, V>(first + 64, middle + 64, last + 64, scale, end), Three<L, V>(first + 80, middle + 80, last + 80, scale, end),
                    v + 5 * infinity * line, point, three);
            }
        }
    }

    /// <summary>near·x + far·(x two rows on).</summary>
    [MethodImpl(Inline)]
    private static V Pair<L, V>(float* x, long row, V near, V far) where L : struct, ILanes<V> where V : struct =>
        L.Fma(far, L.Load(x + 2 * row), L.Mul(near, L.Load(x)));

    /// <summary>first + scale·middle + end·last.</summary>
    [MethodImpl(Inline)]
    private static V Three<L, V>(float* first, float* middle, float* last, V scale, V end) where L : struct, ILanes<V> where V : struct =>
        L.Fma(end, L.Load(last), L.Fma(scale, L.Load(middle), L.Load(first)));

    /// <summary>Point 0: d0 − 20/9·d2 + 64/81·d4.</summary>
    [MethodImpl(Inline)]
    private static V First<L, V>(V d0, V d2, V d4) where L : struct, ILanes<V> where V : struct =>
        L.AddScaled(64f / 81f, d4, L.AddScaled(-20f / 9f, d2, d0));

    /// <summary>Points ±3/4 are even ± odd; x1 is row 1. Even: 32/27·d2 − 128/243·d4.</summary>
    [MethodImpl(Inline)]
    private static V NearEven<L, V>(V d2, V d4) where L : struct, ILanes<V> where V : struct =>
        L.AddScaled(-128f / 243f, d4, L.Scale(32f / 27f, d2));

    /// <summary>8/9·d1 − 32/81·d3.</summary>
    [MethodImpl(Inline)]
    private static V NearOdd<L, V>(V d1, V d3) where L : struct, ILanes<V> where V : struct =>
        L.AddScaled(-32f / 81f, d3, L.Scale(8f / 9f, d1));

    /// <summary>Points ±3/2 are even ± odd. Even: 32/243·d4 − 2/27·d2.</summary>
    [MethodImpl(Inline)]
    private static V FarEven<L, V>(V d2, V d4) where L : struct, ILanes<V> where V : struct =>
        L.AddScaled(32f / 243f, d4, L.Scale(-2f / 27f, d2));

    /// <summary>16/81·d3 − 1/9·d1.</summary>
    [MethodImpl(Inline)]
    private static V FarOdd<L, V>(V d1, V d3) where L : struct, ILanes<V> where V : struct =>
        L.AddScaled(16f / 81f, d3, L.Scale(-1f / 9f, d1));

    /// <summary>Point ∞: 81/64·d1 − 45/16·d3 + d5.</summary>
    [MethodImpl(Inline)]
    private static V Last<L, V>(V d1, V d3, V d5) where L : struct, ILanes<V> where V : struct =>
        L.AddScaled(81f / 64f, d1, L.AddScaled(-45f / 16f, d3, d5));

    /// <summary>The transform along a row.</summary>
    [MethodImpl(Inline)]
    private static void PutInput<L, V>(V d0, V d1, V d2, V d3, V d4, V d5, float* v, long point, long three) where L : struct, ILanes<V> where V : struct
    {
        V even = NearEven<L, V>(d2, d4), odd = NearOdd<L, V>(d1, d3);
        L.Store(First<L, V>(d0, d2, d4), v);
        L.Store(L.Add(even, odd), v + point);
        L.Store(L.Sub(even, odd), v + 2 * point);
        v += three;
        even = FarEven<L, V>(d2, d4);
        odd = FarOdd<L, V>(d1, d3);
        L.Store(L.Add(even, odd), v);
        L.Store(L.Sub(even, odd), v + point);
        L.Store(Last<L, V>(d1, d3, d5), v + 2 * point);
    }

    /// <summary>Transforms weights.</summary>
    public readonly struct Kernel : IWinogradKernel
    {
        [MethodImpl(Inline)]
        public static void Put<L, V>(V a0, V a1, V a2, V b0, V b1, V b2, V c0, V c1, V c2, float* u, long point) where L : struct, ILanes<V> where V : struct
        {
            long three = 3 * point, line = 6 * point;
            PutWeights<L, V>(a0, a1, a2, u, point, three);
            u += line;
            V square = L.Splat(9f / 16f), one = L.Splat(3f / 4f);
            V s0 = L.Fma(square, c0, a0), s1 = L.Fma(square, c1, a1), s2 = L.Fma(square, c2, a2);
            b0 = L.Mul(one, b0);
            b1 = L.Mul(one, b1);
            b2 = L.Mul(one, b2);
            PutWeights<L, V>(L.Add(s0, b0), L.Add(s1, b1), L.Add(s2, b2), u, point, three);
            u += line;
            PutWeights<L, V>(L.Sub(s0, b0), L.Sub(s1, b1), L.Sub(s2, b2), u, point, three);
            u += line;
            square = L.Splat(9f / 4f);
            s0 = L.Fma(square, c0, a0);
            s1 = L.Fma(square, c1, a1);
            s2 = L.Fma(square, c2, a2);
            b0 = L.Add(b0, b0);
            b1 = L.Add(b1, b1);
            b2 = L.Add(b2, b2);
            PutWeights<L, V>(L.Add(s0, b0), L.Add(s1, b1), L.Add(s2, b2), u, point, three);
            u += line;
            PutWeights<L, V>(L.Sub(s0, b0), L.Sub(s1, b1), L.Sub(s2, b2), u, point, three);
            u += line;
            PutWeights<L, V>(c0, c1, c2, u, point, three);
        }
    }

    [MethodImpl(Inline)]
    private static void PutWeights<L, V>(V a, V b, V c, float* u, long point, long three) where L : struct, ILanes<V> where V : struct
    {
        V near = L.AddScaled(9f / 16f, c, a), far = L.AddScaled(9f / 4f, c, a), once = L.Scale(3f / 4f, b), twice = L.Add(once, once);
        L.Store(a, u);
        L.Store(L.Add(near, once), u + point);
        L.Store(L.Sub(near, once), u + 2 * point);
        u += three;
        L.Store(L.Add(far, twice), u);
        L.Store(L.Sub(far, twice), u + point);
        L.Store(c, u + 2 * point);
    }

    /// <summary>A whole tile of 4 × 4 pixels.</summary>
    /// <remarks>Sums of columns pass through the stack: they are more than 16 registers, and the JIT takes much less time for two loops.</remarks>
    [MethodImpl(Optimize), SkipLocalsInit]
    public static void Output<L, V>(WinogradOutput* t) where L : struct, ILanes<V> where V : struct
    {
        long point = t->PointStride, row = t->Row;
        float* memory = stackalloc float[25 * 16], kept = (float*)(((nint)memory + 63) & ~(nint)63);
        int line = 6 * L.Count;
        for (int lane = 0; lane < 16; lane += L.Count)
        {
            float* p = t->Products + lane, sums = kept;
            for (int column = 0; column < 6; column++, p += point, sums += L.Count)
            {
                Column<L, V>(p, point, out V a, out V b, out V c, out V d);
                L.Store(a, sums);
                L.Store(b, sums + line);
                L.Store(c, sums + 2 * line);
                L.Store(d, sums + 3 * line);
            }
            float* y = t->Y + lane, residual = t->Residual == null ? null : t->Residual + lane;
            sums = kept;
            for (int r = 0; r < 4; r++, sums += line, y += row)
            {
                Reduce<L, V>(L.Load(sums), L.Load(sums + L.Count), L.Load(sums + 2 * L.Count), L.Load(sums + 3 * L.Count), L.Load(sums + 4 * L.Count),
                    L.Load(sums + 5 * L.Count), out V a, out V b, out V c, out V d);
                V bias = L.Load(t->Bias + lane);
                WinogradStore.Four<L, V>(L.Add(a, bias), L.Add(b, bias), L.Add(c, bias), L.Add(d, bias), t, y, residual);
                if (residual != null) residual += row;
            }
        }
    }

    [MethodImpl(Inline)]
    private static void Column<L, V>(float* p, long point, out V a, out V b, out V c, out V d) where L : struct, ILanes<V> where V : struct
    {
        long line = 6 * point;
        V m0 = L.Load(p), m1 = L.Load(p + line), m2 = L.Load(p + 2 * line);
        p += 3 * line;
        V m3 = L.Load(p), m4 = L.Load(p + line), m5 = L.Load(p + 2 * line);
        Reduce<L, V>(m0, m1, m2, m3, m4, m5, out a, out b, out c, out d);
    }

    [MethodImpl(Inline)]
    private static void Reduce<L, V>(V m0, V m1, V m2, V m3, V m4, V m5, out V a, out V b, out V c, out V d) where L : struct, ILanes<V> where V : struct
    {
        V s1 = L.Add(m1, m2), d1 = L.Sub(m1, m2), s2 = L.Add(m3, m4), d2 = L.Sub(m3, m4);
        a = L.Add(m0, L.Add(s1, s2));
        b = L.AddScaled(3f / 2f, d2, L.Scale(3f / 4f, d1));
        c = L.AddScaled(9f / 4f, s2, L.Scale(9f / 16f, s1));
        d = L.AddScaled(27f / 8f, d2, L.AddScaled(27f / 64f, d1, m5));
    }
}
