using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>Winograd F(4, 4) along rows: 7 products for 4 outputs of 4 taps. Points ±1/4, ±7/8, ±7/4, ∞, which keep the error four times
/// that of a direct sum.</summary>
/// <remarks>Each pair of points ±p shares its even and odd part.</remarks>
internal static unsafe class RowWinograd
{
    public const int Outputs = 4, Taps = 4, Points = 7;

    private const float P = 0.25f, Q = 0.875f, R = 1.75f;
    private const float P2 = P * P, Q2 = Q * Q, R2 = R * R;
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const MethodImplOptions Optimize = Compile.Loop;

    /// <summary>Transforms eight lines of numbers side by side: [column][8] to [tile][8] for each point.</summary>
    /// <param name="point">Between points in v.</param>
    [MethodImpl(Optimize)]
    public static void Input<L, V>(float* x, float* v, long point, int tiles) where L : struct, ILanes<V> where V : struct
    {
        for (; tiles > 0; tiles--, x += 8 * Outputs, v += 8)
            for (int lane = 0; lane < 8; lane += L.Count)
            {
                float* from = x + lane, to = v + lane;
                V d0 = L.Load(from), d1 = L.Load(from + 8), d2 = L.Load(from + 16), d3 = L.Load(from + 24);
                V d4 = L.Load(from + 32), d5 = L.Load(from + 40), d6 = L.Load(from + 48);
                Pair<L, V>(d0, d1, d2, d3, d4, d5, Q2 * R2, -(Q2 + R2), P, to, to + point);
                Pair<L, V>(d0, d1, d2, d3, d4, d5, P2 * R2, -(P2 + R2), Q, to + 2 * point, to + 3 * point);
                Pair<L, V>(d0, d1, d2, d3, d4, d5, P2 * Q2, -(P2 + Q2), R, to + 4 * point, to + 5 * point);
                V last = L.Fma(d4, L.Splat(-(P2 + Q2 + R2)), d6);
                last = L.Fma(d2, L.Splat(P2 * Q2 + P2 * R2 + Q2 * R2), last);
                L.Store(L.Fma(d0, L.Splat(-(P2 * Q2 * R2)), last), to + 6 * point);
            }
    }

    [MethodImpl(Inline)]
    private static void Pair<L, V>(V d0, V d1, V d2, V d3, V d4, V d5, float product, float sum, float point, float* plus, float* minus)
        where L : struct, ILanes<V> where V : struct
    {
        V even = L.Fma(d2, L.Splat(sum), L.Fma(d0, L.Splat(product), d4));
        V odd = L.Fma(d3, L.Splat(sum), L.Fma(d1, L.Splat(product), d5));
        L.Store(L.Fma(even, L.Splat(point), odd), plus);
        L.Store(L.Fma(even, L.Splat(-point), odd), minus);
    }

    /// <summary>Transforms four taps of 16 output channels.</summary>
    /// <param name="taps">Null where the kernel has no such tap.</param>
    [MethodImpl(Optimize)]
    public static void Weights(float** taps, float* u, long point)
    {
        for (int lane = 0; lane < 16; lane++)
        {
            double g0 = At(taps[0], lane), g1 = At(taps[1], lane), g2 = At(taps[2], lane), g3 = At(taps[3], lane);
            Pair(g0, g1, g2, g3, P, 2.0 * P * (P2 - Q2) * (P2 - R2), u + lane, point);
            Pair(g0, g1, g2, g3, Q, 2.0 * Q * (Q2 - P2) * (Q2 - R2), u + 2 * point + lane, point);
            Pair(g0, g1, g2, g3, R, 2.0 * R * (R2 - P2) * (R2 - Q2), u + 4 * point + lane, point);
            u[6 * point + lane] = (float)g3;
        }
    }

    [MethodImpl(Inline)]
    private static float At(float* tap, int lane) => tap == null ? 0f : tap[lane];

    [MethodImpl(Inline)]
    private static void Pair(double g0, double g1, double g2, double g3, double point, double denominator, float* u, long next)
    {
        double even = (g0 + point * point * g2) / denominator, odd = point * (g1 + point * point * g3) / denominator;
        u[0] = (float)(even + odd);
        u[next] = (float)(odd - even);
    }

    /// <summary>Four pixels of each tile, 16 channels.</summary>
    /// <param name="t">Products, Y and Residual of the first tile; products and outputs of tiles lie side by side.</param>
    [MethodImpl(Optimize)]
    public static void Output<L, V>(WinogradOutput* t, int tiles) where L : struct, ILanes<V> where V : struct
    {
        long point = t->PointStride;
        for (int lane = 0; lane < 16; lane += L.Count)
        {
            float* m = t->Products + lane, y = t->Y + lane, residual = t->Residual == null ? null : t->Residual + lane;
            V bias = L.Load(t->Bias + lane);
            for (int left = tiles; left > 0; left--, m += 16, y += 64)
            {
                V a = L.Load(m), b = L.Load(m + point), even = L.Add(a, b), odd = L.Sub(a, b);
                V y0 = L.Add(bias, even), y1 = L.Fma(odd, L.Splat(P), bias), y2 = L.Fma(even, L.Splat(P2), bias), y3 = L.Fma(odd, L.Splat(P * P2), bias);
                a = L.Load(m + 2 * point);
                b = L.Load(m + 3 * point);
                even = L.Add(a, b);
                odd = L.Sub(a, b);
                y0 = L.Add(y0, even);
                y1 = L.Fma(odd, L.Splat(Q), y1);
                y2 = L.Fma(even, L.Splat(Q2), y2);
                y3 = L.Fma(odd, L.Splat(Q * Q2), y3);
                a = L.Load(m + 4 * point);
                b = L.Load(m + 5 * point);
                even = L.Add(a, b);
                odd = L.Sub(a, b);
                WinogradStore.Four<L, V>(L.Add(y0, even), L.Fma(odd, L.Splat(R), y1), L.Fma(even, L.Splat(R2), y2),
                    L.Add(L.Fma(odd, L.Splat(R * R2), y3), L.Load(m + 6 * point)), t, y, residual);
                if (residual != null) residual += 64;
            }
        }
    }
}
