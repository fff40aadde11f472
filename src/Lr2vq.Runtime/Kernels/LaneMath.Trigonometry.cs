using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

internal static partial class LaneMath
{
    /// <summary>The largest |x| for which <see cref="Sin"/> and <see cref="Cos"/> know how many quarter turns to take away.</summary>
    public const float MostRadians = 1024f;

    /// <summary>sin x for |x| ≤ <see cref="MostRadians"/>, ≤ 2 ulp.</summary>
    [MethodImpl(Inline)]
    public static V Sin<L, V>(V x) where L : struct, ILanes<V> where V : struct => SinOfTurned<L, V>(x, 0f);

    /// <summary>cos x for |x| ≤ <see cref="MostRadians"/>, ≤ 2 ulp.</summary>
    [MethodImpl(Inline)]
    public static V Cos<L, V>(V x) where L : struct, ILanes<V> where V : struct => SinOfTurned<L, V>(x, 1f);

    /// <summary>sin(x + quarters·π/2).</summary>
    [MethodImpl(Inline)]
    private static V SinOfTurned<L, V>(V x, float quarters) where L : struct, ILanes<V> where V : struct
    {
        V n = L.Sub(L.Fma(x, L.Splat(0.636619772f), L.Splat(Rounder)), L.Splat(Rounder));
        // π/2 in three parts; the first two have so few bits that their products with n are exact.
        V r = L.Fma(n, L.Splat(-7.54978995e-8f), L.Fma(n, L.Splat(-4.83751297e-4f), L.Fma(n, L.Splat(-1.5703125f), x))), square = L.Mul(r, r);
        V s = L.Fma(L.Fma(L.Splat(-1.95152959e-4f), square, L.Splat(8.33216087e-3f)), square, L.Splat(-0.166666546f));
        V c = L.Fma(L.Fma(L.Splat(2.44331571e-5f), square, L.Splat(-1.38873163e-3f)), square, L.Splat(4.16666457e-2f));
        V sine = L.Fma(L.Mul(square, r), s, r), cosine = L.Fma(L.Mul(square, square), c, L.Fma(square, L.Splat(-0.5f), L.Splat(1f)));
        V turns = L.Mul(L.Add(n, L.Splat(quarters)), L.Splat(0.25f)), turn = L.Sub(turns, L.Floor(turns));
        V result = L.Select(L.Or(L.Equal(turn, L.Splat(0.25f)), L.Equal(turn, L.Splat(0.75f))), cosine, sine);
        return L.Select(L.Less(L.Splat(0.3f), turn), L.Neg(result), result);
    }
}
