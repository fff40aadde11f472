using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>Transcendental functions on lanes, each within a few units in the last place; NaN in, NaN out.</summary>
internal static class LaneMath
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>eˣ; 0 below −104, infinity above 88.8.</summary>
    [MethodImpl(Inline)]
    public static V Exp<L, V>(V x) where L : struct, ILanes<V> where V : struct
    {
        x = L.Min(L.Splat(89f), L.Max(L.Splat(-104f), x));
        V n = L.Floor(L.Fma(x, L.Splat(1.44269504f), L.Splat(0.5f)));
        // ln 2 in two parts: the first has few enough bits for an exact product.
        V r = L.Fma(n, L.Splat(-0.693359375f), x);
        r = L.Fma(n, L.Splat(2.12194440e-4f), r);
        V p = L.Fma(L.Splat(1.9875691500e-4f), r, L.Splat(1.3981999507e-3f));
        p = L.Fma(p, r, L.Splat(8.3334519073e-3f));
        p = L.Fma(p, r, L.Splat(4.1665795894e-2f));
        p = L.Fma(p, r, L.Splat(1.6666665459e-1f));
        p = L.Fma(p, r, L.Splat(5.0000001201e-1f));
        p = L.Add(L.Fma(p, L.Mul(r, r), r), L.Splat(1f));
        // 2ⁿ in two factors: n reaches 128 and −150.
        V half = L.Floor(L.Mul(n, L.Splat(0.5f)));
        return L.Mul(L.Mul(p, L.PowerOfTwo(half)), L.PowerOfTwo(L.Sub(n, half)));
    }

    /// <summary>Natural logarithm; −∞ at 0, NaN below.</summary>
    [MethodImpl(Inline)]
    public static V Log<L, V>(V x) where L : struct, ILanes<V> where V : struct
    {
        // Numbers without a normal exponent are scaled by 2²⁴ first.
        V small = L.Less(x, L.Splat(1.17549435e-38f));
        V scaled = L.Select(small, L.Mul(x, L.Splat(16777216f)), x);
        V e = L.Sub(L.Exponent(scaled), L.And(small, L.Splat(24f)));
        V m = L.Mantissa(scaled);
        V high = L.Less(L.Splat(1.41421356f), m);
        m = L.Sub(L.Select(high, L.Mul(m, L.Splat(0.5f)), m), L.Splat(1f));
        e = L.Add(e, L.And(high, L.Splat(1f)));
        V z = L.Mul(m, m);
        V p = L.Fma(L.Splat(7.0376836292e-2f), m, L.Splat(-1.1514610310e-1f));
        p = L.Fma(p, m, L.Splat(1.1676998740e-1f));
        p = L.Fma(p, m, L.Splat(-1.2420140846e-1f));
        p = L.Fma(p, m, L.Splat(1.4249322787e-1f));
        p = L.Fma(p, m, L.Splat(-1.6668057665e-1f));
        p = L.Fma(p, m, L.Splat(2.0000714765e-1f));
        p = L.Fma(p, m, L.Splat(-2.4999993993e-1f));
        p = L.Fma(p, m, L.Splat(3.3333331174e-1f));
        V y = L.Mul(L.Mul(p, m), z);
        y = L.Fma(e, L.Splat(-2.12194440e-4f), y);
        y = L.Fma(z, L.Splat(-0.5f), y);
        V result = L.Fma(e, L.Splat(0.693359375f), L.Add(m, y));
        result = L.Select(L.Equal(x, L.Zero), L.Splat(float.NegativeInfinity), result);
        result = L.Select(L.Less(x, L.Zero), L.Splat(float.NaN), result);
        V whole = L.Less(L.Abs(x), L.Splat(float.PositiveInfinity));
        V other = L.Select(L.Less(x, L.Zero), L.Splat(float.NaN), x);
        return L.Select(whole, result, other);
    }

    /// <summary>1 / (1 + e⁻ˣ); 0 below −88.8.</summary>
    [MethodImpl(Inline)]
    public static V Sigmoid<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
        L.Div(L.Splat(1f), L.Add(L.Splat(1f), Exp<L, V>(L.Neg(x))));

    /// <summary>Hyperbolic tangent: a polynomial near 0, 1 − 2 / (e²ˣ + 1) elsewhere.</summary>
    [MethodImpl(Inline)]
    public static V Tanh<L, V>(V x) where L : struct, ILanes<V> where V : struct
    {
        V a = L.Abs(x), z = L.Mul(x, x), sign = L.And(x, L.Splat(-0f));
        V p = L.Fma(L.Splat(-5.70498872745e-3f), z, L.Splat(2.06390887954e-2f));
        p = L.Fma(p, z, L.Splat(-5.37397155531e-2f));
        p = L.Fma(p, z, L.Splat(1.33314422036e-1f));
        p = L.Fma(p, z, L.Splat(-3.33332819422e-1f));
        V near = L.Fma(L.Mul(p, z), x, x);
        V far = L.Sub(L.Splat(1f), L.Div(L.Splat(2f), L.Add(Exp<L, V>(L.Add(a, a)), L.Splat(1f))));
        return L.Select(L.Less(a, L.Splat(0.625f)), near, L.Or(far, sign));
    }

    /// <summary>Error function: a polynomial near 0, 1 − e^polynomial elsewhere.</summary>
    [MethodImpl(Inline)]
    public static V Erf<L, V>(V x) where L : struct, ILanes<V> where V : struct
    {
        V t = L.Min(L.Splat(4f), L.Abs(x)), s = L.Mul(t, t), sign = L.And(x, L.Splat(-0f));
        V r = L.Fma(L.Splat(-1.72853470e-5f), t, L.Splat(3.83197126e-4f));
        V u = L.Fma(L.Splat(-3.88396438e-3f), t, L.Splat(2.42546219e-2f));
        r = L.Fma(r, s, u);
        r = L.Fma(r, t, L.Splat(-1.06777877e-1f));
        r = L.Fma(r, t, L.Splat(-6.34846687e-1f));
        r = L.Fma(r, t, L.Splat(-1.28717512e-1f));
        r = L.Sub(L.Mul(r, t), t);
        V far = L.Or(L.Sub(L.Splat(1f), Exp<L, V>(r)), sign);
        V p = L.Fma(L.Splat(-5.96761703e-4f), s, L.Splat(4.99119423e-3f));
        p = L.Fma(p, s, L.Splat(-2.67681349e-2f));
        p = L.Fma(p, s, L.Splat(1.12819925e-1f));
        p = L.Fma(p, s, L.Splat(-3.76125336e-1f));
        p = L.Fma(p, s, L.Splat(1.28379166e-1f));
        return L.Select(L.Less(t, L.Splat(0.927734375f)), L.Fma(p, x, x), far);
    }
}
