using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>The transforms of Winograd's F(4×4, 3×3): points 0, ±1, ±2, ∞.</summary>
internal static unsafe class WinogradTransforms
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const MethodImplOptions Optimize = MethodImplOptions.AggressiveOptimization;

    /// <summary>Panels of weights [block of 16 inputs][tap][input][16] to [point][input][16].</summary>
    /// <param name="temporary">18·16 floats.</param>
    [MethodImpl(Optimize)]
    public static void Weights<L, V>(float* panel, int inputs, float* to, long pointStride, float* temporary) where L : struct, ILanes<V> where V : struct
    {
        V c4 = L.Splat(0.25f), c6 = L.Splat(-1f / 6f), c24 = L.Splat(1f / 24f), c12 = L.Splat(1f / 12f), p6 = L.Splat(1f / 6f);
        for (int first = 0; first < inputs; first += 16, panel += 9 * 256)
        {
            int lanes = inputs - first < 16 ? inputs - first : 16;
            long tap = lanes * 16;
            for (int i = 0; i < lanes; i++)
                for (int lane = 0; lane < 16; lane += L.Count)
                {
                    float* g = panel + i * 16 + lane, u = to + (first + i) * 16L + lane;
                    for (int j = 0; j < 3; j++)
                    {
                        V a = L.Load(g + j * tap), b = L.Load(g + (3 + j) * tap), c = L.Load(g + (6 + j) * tap);
                        Six<L, V>(a, b, c, c4, c6, c24, c12, p6, temporary + j * 16, 48);
                    }
                    for (int r = 0; r < 6; r++)
                    {
                        float* t = temporary + r * 48;
                        Six<L, V>(L.Load(t), L.Load(t + 16), L.Load(t + 32), c4, c6, c24, c12, p6, u + 6 * r * pointStride, pointStride);
                    }
                }
        }
    }

    [MethodImpl(Inline)]
    private static void Six<L, V>(V a, V b, V c, V c4, V c6, V c24, V c12, V p6, float* to, long stride) where L : struct, ILanes<V> where V : struct
    {
        V s = L.Mul(L.Add(a, c), c6), q = L.Mul(b, c6), e = L.Fma(a, c24, L.Mul(c, p6)), f = L.Mul(b, c12);
        L.Store(L.Mul(a, c4), to);
        L.Store(L.Add(s, q), to + stride);
        L.Store(L.Sub(s, q), to + 2 * stride);
        L.Store(L.Add(e, f), to + 3 * stride);
        L.Store(L.Sub(e, f), to + 4 * stride);
        L.Store(c, to + 5 * stride);
    }

    /// <summary>A patch of 6×6 pixels of one block of channels to 36 vectors.</summary>
    /// <param name="temporary">36·16 floats.</param>
    [MethodImpl(Optimize)]
    public static void Input<L, V>(float* x, long row, float* to, long pointStride, float* temporary) where L : struct, ILanes<V> where V : struct
    {
        V four = L.Splat(4f), m5 = L.Splat(-5f), m4 = L.Splat(-4f), two = L.Splat(2f);
        for (int lane = 0; lane < 16; lane += L.Count)
        {
            for (int j = 0; j < 6; j++)
            {
                float* p = x + j * 16 + lane;
                Points<L, V>(L.Load(p), L.Load(p + row), L.Load(p + 2 * row), L.Load(p + 3 * row), L.Load(p + 4 * row), L.Load(p + 5 * row),
                    four, m5, m4, two, temporary + j * 16, 96);
            }
            for (int r = 0; r < 6; r++)
            {
                float* p = temporary + r * 96;
                Points<L, V>(L.Load(p), L.Load(p + 16), L.Load(p + 32), L.Load(p + 48), L.Load(p + 64), L.Load(p + 80),
                    four, m5, m4, two, to + 6 * r * pointStride + lane, pointStride);
            }
        }
    }

    [MethodImpl(Inline)]
    private static void Points<L, V>(V d0, V d1, V d2, V d3, V d4, V d5, V four, V m5, V m4, V two, float* to, long stride)
        where L : struct, ILanes<V> where V : struct
    {
        L.Store(L.Fma(four, d0, L.Fma(m5, d2, d4)), to);
        V a = L.Fma(m4, d2, d4), b = L.Fma(m4, d1, d3), c = L.Sub(d4, d2), e = L.Sub(d3, d1);
        L.Store(L.Add(a, b), to + stride);
        L.Store(L.Sub(a, b), to + 2 * stride);
        L.Store(L.Fma(two, e, c), to + 3 * stride);
        L.Store(L.Sub(c, L.Add(e, e)), to + 4 * stride);
        L.Store(L.Fma(four, d1, L.Fma(m5, d3, d5)), to + 5 * stride);
    }

    /// <summary>36 vectors to at most 4×4 output pixels of one block, with bias, residual and bounds.</summary>
    /// <param name="residual">Null, or the pixels to add, laid out as y.</param>
    /// <param name="temporary">24·16 floats.</param>
    [MethodImpl(Optimize)]
    public static void Output<L, V>(float* sums, long pointStride, float* y, long row, float* residual, float* bias, in Tile clamp, int rows, int columns,
        float* temporary) where L : struct, ILanes<V> where V : struct
    {
        V two = L.Splat(2f), four = L.Splat(4f), eight = L.Splat(8f);
        V low = L.Splat(float.NegativeInfinity), high = L.Splat(float.PositiveInfinity);
        bool swish = clamp.Activation == TileActivation.HardSwish;
        if (clamp.Activation == TileActivation.Clamp) (low, high) = (L.Splat(clamp.Low), L.Splat(clamp.High));
        for (int lane = 0; lane < 16; lane += L.Count)
        {
            for (int j = 0; j < 6; j++)
            {
                float* p = sums + j * pointStride + lane;
                V m0 = L.Load(p), m1 = L.Load(p + 6 * pointStride), m2 = L.Load(p + 12 * pointStride), m3 = L.Load(p + 18 * pointStride);
                V m4 = L.Load(p + 24 * pointStride), m5 = L.Load(p + 30 * pointStride);
                V s1 = L.Add(m1, m2), d1 = L.Sub(m1, m2), s2 = L.Add(m3, m4), d2 = L.Sub(m3, m4);
                L.Store(L.Add(m0, L.Add(s1, s2)), temporary + j * 16);
                L.Store(L.Fma(two, d2, d1), temporary + (6 + j) * 16);
                L.Store(L.Fma(four, s2, s1), temporary + (12 + j) * 16);
                L.Store(L.Add(m5, L.Fma(eight, d2, d1)), temporary + (18 + j) * 16);
            }
            V b = L.Load(bias + lane);
            for (int r = 0; r < rows; r++)
            {
                float* p = temporary + r * 96;
                V m0 = L.Load(p), m1 = L.Load(p + 16), m2 = L.Load(p + 32), m3 = L.Load(p + 48), m4 = L.Load(p + 64), m5 = L.Load(p + 80);
                V s1 = L.Add(m1, m2), d1 = L.Sub(m1, m2), s2 = L.Add(m3, m4), d2 = L.Sub(m3, m4);
                float* to = y + r * row + lane, add = residual == null ? null : residual + r * row + lane;
                Store<L, V>(L.Add(b, L.Add(m0, L.Add(s1, s2))), to, add, low, high, swish);
                if (columns > 1) Store<L, V>(L.Add(b, L.Fma(two, d2, d1)), to + 16, add == null ? null : add + 16, low, high, swish);
                if (columns > 2) Store<L, V>(L.Add(b, L.Fma(four, s2, s1)), to + 32, add == null ? null : add + 32, low, high, swish);
                if (columns > 3) Store<L, V>(L.Add(b, L.Add(m5, L.Fma(eight, d2, d1))), to + 48, add == null ? null : add + 48, low, high, swish);
            }
        }
    }

    [MethodImpl(Inline)]
    private static void Store<L, V>(V value, float* to, float* add, V low, V high, bool swish) where L : struct, ILanes<V> where V : struct
    {
        if (add != null) value = L.Add(value, L.Load(add));
        if (swish) value = L.Mul(value, L.Min(L.Splat(1f), L.Max(L.Zero, L.Fma(value, L.Splat(1f / 6f), L.Splat(0.5f)))));
        L.Store(L.Min(high, L.Max(low, value)), to);
    }
}
