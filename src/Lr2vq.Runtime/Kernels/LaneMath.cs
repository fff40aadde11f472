using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>exp, log and what follows from them, for vectors. Polynomials are minimax fits made for these intervals.</summary>
/// <remarks>Measured error, all widths, with fused multiply-add: exp, expm1, log ≤ 2 ulp, log1p, sigmoid, tanh ≤ 4 ulp; without it one more.
/// NaN gives NaN; infinities, overflow and subnormal results are right.</remarks>
internal static partial class LaneMath
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const float Log2E = 1.44269504f;
    // ln 2 in two parts; the first has so few bits that n·High is exact for every n that occurs.
    private const float Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;
    // Adding and taking away 1.5·2²³ rounds to the nearest whole number, halves to even.
    private const float Rounder = 12582912f;
    // e to this is less than half the smallest float.
    private const float LeastExponent = -105f;

    /// <summary>eˣ.</summary>
    [MethodImpl(Inline)]
    public static V Exp<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
        // Beyond these bounds the result is 0 or infinite anyway.
        ExpWithin<L, V>(L.Clamp(L.Splat(LeastExponent), L.Splat(89.5f), x));

    /// <summary>eˣ for −105 ≤ x ≤ 89.5.</summary>
    [MethodImpl(Inline)]
    private static V ExpWithin<L, V>(V x) where L : struct, ILanes<V> where V : struct
    {
        V n = Whole<L, V>(x);
        return L.TimesPowerOfTwo(L.Add(Expm1Reduced<L, V>(Remainder<L, V>(x, n)), L.Splat(1f)), n);
    }

    /// <summary>eˣ for x ≤ 0, but 0 from where it is below 2⁻¹²⁶·⁵: less work than <see cref="Exp"/>.</summary>
    [MethodImpl(Inline)]
    public static V ExpOfNegative<L, V>(V x) where L : struct, ILanes<V> where V : struct
    {
        // −127·ln 2: that power of two counts as 0.
        V bounded = L.Max(L.Splat(-88.02969f), x), rounder = L.Splat(Rounder), rounded = L.Fma(bounded, L.Splat(Log2E), rounder);
        V power = L.PowerOfRounded(rounded);
        return L.Fma(Expm1Reduced<L, V>(Remainder<L, V>(bounded, L.Sub(rounded, rounder))), power, power);
    }

    /// <summary>eˣ − 1 without cancellation near 0.</summary>
    [MethodImpl(Inline)]
    public static V Expm1<L, V>(V x) where L : struct, ILanes<V> where V : struct
    {
        V bounded = L.Max(L.Splat(-25f), L.Min(L.Splat(89.5f), x));
        V n = Whole<L, V>(bounded);
        V p = Expm1Reduced<L, V>(Remainder<L, V>(bounded, n));
        // (p + 1)·2ⁿ − 1, with 2ⁿ = 2^a·2^b.
        V a = L.Floor(L.Mul(n, L.Splat(0.5f))), b = L.Sub(n, a);
        V scale = L.PowerOfTwo(a);
        return L.Mul(L.Fma(p, scale, L.Sub(scale, L.PowerOfTwo(L.Neg(b)))), L.PowerOfTwo(b));
    }

    /// <summary>ln x: −∞ at 0, NaN below.</summary>
    [MethodImpl(Inline)]
    public static V Log<L, V>(V x) where L : struct, ILanes<V> where V : struct
    {
        V tiny = L.Less(x, L.Splat(1.17549435e-38f));
        V scaled = L.Select(tiny, L.Mul(x, L.Splat(8388608f)), x);
        V e = L.Sub(L.Exponent(scaled), L.Select(tiny, L.Splat(23f), L.Zero));
        V m = L.Mantissa(scaled);
        V high = L.Less(L.Splat(1.41421356f), m);
        m = L.Select(high, L.Mul(m, L.Splat(0.5f)), m);
        e = L.Add(e, L.Select(high, L.Splat(1f), L.Zero));
        V f = L.Sub(m, L.Splat(1f));
        V p = L.Splat(-0.0786020756f);
        p = L.Fma(p, f, L.Splat(0.128814042f));
        p = L.Fma(p, f, L.Splat(-0.131284043f));
        p = L.Fma(p, f, L.Splat(0.141812146f));
        p = L.Fma(p, f, L.Splat(-0.166245967f));
        p = L.Fma(p, f, L.Splat(0.200022861f));
        p = L.Fma(p, f, L.Splat(-0.250008076f));
        p = L.Fma(p, f, L.Splat(0.333333164f));
        V square = L.Mul(f, f);
        V tail = L.Fma(L.Mul(f, square), p, L.Fma(square, L.Splat(-0.5f), L.Mul(e, L.Splat(Ln2Low))));
        V result = L.Fma(e, L.Splat(Ln2High), L.Add(f, tail));
        result = L.Select(L.Less(x, L.Splat(float.PositiveInfinity)), result, x);
        result = L.Select(L.Equal(x, L.Zero), L.Splat(float.NegativeInfinity), result);
        return L.Select(L.Less(x, L.Zero), L.Splat(float.NaN), result);
    }

    /// <summary>ln(1 + x) for x ≥ 0.</summary>
    [MethodImpl(Inline)]
    public static V Log1p<L, V>(V x) where L : struct, ILanes<V> where V : struct
    {
        V sum = L.Add(x, L.Splat(1f));
        // What the addition lost, as a correction of first order.
        V lost = L.Sub(x, L.Sub(sum, L.Splat(1f)));
        V result = L.Add(Log<L, V>(sum), L.Div(lost, sum));
        return L.Select(L.Less(x, L.Splat(float.PositiveInfinity)), result, x);
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(Inline)]
    public static V Sigmoid<L, V>(V x) where L : struct, ILanes<V> where V : struct
    {
        V e = ExpWithin<L, V>(L.Max(L.Splat(LeastExponent), L.Neg(L.Abs(x))));
        return L.Div(L.Select(L.Less(x, L.Zero), e, L.Splat(1f)), L.Add(e, L.Splat(1f)));
    }

    /// <summary>tanh x.</summary>
    [MethodImpl(Inline)]
    public static V Tanh<L, V>(V x) where L : struct, ILanes<V> where V : struct
    {
        V sign = L.And(x, L.Splat(-0f));
        // From 10 on the result is 1.
        V size = L.Min(L.Splat(10f), L.Abs(x)), twice = L.Add(size, size);
        // e = e^2x − 1: the power is a whole number, or so large that the one taken away does not matter.
        V n = Whole<L, V>(twice), power = L.PowerOfTwo(n);
        V e = L.Fma(Expm1Reduced<L, V>(Remainder<L, V>(twice, n)), power, L.Sub(power, L.Splat(1f)));
        return L.Or(L.Div(e, L.Add(e, L.Splat(2f))), sign);
    }

    /// <summary>ln(1 + eˣ).</summary>
    [MethodImpl(Inline)]
    public static V Softplus<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
        L.Add(L.Max(L.Zero, x), Log1p<L, V>(ExpWithin<L, V>(L.Max(L.Splat(LeastExponent), L.Neg(L.Abs(x))))));

    /// <summary>The nearest whole number, halves to even; −0 stays.</summary>
    [MethodImpl(Inline)]
    public static V Round<L, V>(V x) where L : struct, ILanes<V> where V : struct
    {
        // From 2²³ on every float is whole.
        V sign = L.And(x, L.Splat(-0f)), size = L.Abs(x), limit = L.Splat(8388608f);
        return L.Or(L.Select(L.Less(size, limit), L.Sub(L.Add(size, limit), limit), size), sign);
    }

    /// <summary>The whole number next to x / ln 2.</summary>
    [MethodImpl(Inline)]
    private static V Whole<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
        L.Sub(L.Fma(x, L.Splat(Log2E), L.Splat(Rounder)), L.Splat(Rounder));

    /// <summary>x − n·ln 2, in [−0.3469, 0.3469].</summary>
    [MethodImpl(Inline)]
    private static V Remainder<L, V>(V x, V n) where L : struct, ILanes<V> where V : struct =>
        L.Fma(n, L.Splat(-Ln2Low), L.Fma(n, L.Splat(-Ln2High), x));

    /// <summary>eʳ − 1 for |r| ≤ 0.35.</summary>
    [MethodImpl(Inline)]
    private static V Expm1Reduced<L, V>(V r) where L : struct, ILanes<V> where V : struct
    {
        V p = L.Splat(0.00138145813f);
        p = L.Fma(p, r, L.Splat(0.00836872496f));
        p = L.Fma(p, r, L.Splat(0.041668389f));
        p = L.Fma(p, r, L.Splat(0.166665211f));
        p = L.Fma(p, r, L.Splat(0.49999994f));
        return L.Fma(L.Mul(r, r), p, r);
    }
}
