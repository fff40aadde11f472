using System;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>Every vector width against the scalar lane, and the functions built on lanes against double precision.</summary>
[Trait("Isa", "true")]
[Trait("Arm64", "true")]
public sealed unsafe class LaneTests
{
    private static readonly float[] Special =
    [
        0f, -0f, 1f, -1f, 0.5f, -0.5f, 2.5f, -2.5f, 1e-40f, -1e-40f, 1e30f, -1e30f, float.MaxValue, float.Epsilon,
        float.NaN, float.PositiveInfinity, float.NegativeInfinity, 8388608f, 8388609.5f, 100.49f, -100.51f,
    ];

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        var numbers = new float[count];
        for (int i = 0; i < count; i++)
            numbers[i] = random.Next(4) == 0 ? Special[random.Next(Special.Length)] : (random.NextSingle() * 2 - 1) * MathF.Pow(10, random.Next(-3, 3));
        return numbers;
    }

    private readonly struct Everything(int which) : IBinaryKernel
    {
        public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => which switch
        {
            0 => L.Add(a, b),
            1 => L.Sub(a, b),
            2 => L.Mul(a, b),
            3 => L.Div(a, b),
            4 => L.Min(a, b),
            5 => L.Max(a, b),
            6 => L.Sqrt(a),
            7 => L.Abs(a),
            8 => L.Neg(a),
            9 => L.Floor(a),
            10 => L.Ceiling(a),
            11 => L.Less(a, b),
            12 => L.LessOrEqual(a, b),
            13 => L.Equal(a, b),
            14 => L.And(a, b),
            15 => L.Or(a, b),
            16 => L.Xor(a, b),
            17 => L.Select(L.Less(a, b), a, b),
            18 => L.PowerOfTwo(L.Floor(L.Min(L.Splat(120f), L.Max(L.Splat(-120f), L.Select(L.Equal(a, a), a, L.Zero))))),
            27 => L.PowerOfRounded(L.Add(L.Floor(L.Min(L.Splat(127f), L.Max(L.Splat(-127f), L.Select(L.Equal(a, a), a, L.Zero)))), L.Splat(12582912f))),
            28 => L.TimesPowerOfTwo(L.Mantissa(a), L.Floor(L.Min(L.Splat(254f), L.Max(L.Splat(-252f), L.Select(L.Equal(b, b), b, L.Zero))))),
            29 => LaneMath.ExpOfNegative<L, V>(L.Neg(L.Abs(a))),
            19 => L.Exponent(a),
            20 => L.Mantissa(a),
            21 => L.Fma(a, b, a),
            22 => LaneMath.Exp<L, V>(a),
            23 => LaneMath.Log<L, V>(a),
            24 => LaneMath.Tanh<L, V>(a),
            25 => LaneMath.Erf<L, V>(a),
            _ => LaneMath.Sigmoid<L, V>(a),
        };
    }

    [Fact]
    public void Every_width_equals_the_scalar_lane()
    {
        for (int which = 0; which <= 29; which++)
            foreach (int count in new[] { 0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 64, 101 })
            {
                float[] a = Numbers(count + 1, count), b = Numbers(count + 1, count + 1000), one = new float[count + 1], many = new float[count + 1];
                fixed (float* pa = a, pb = b, p1 = one, pn = many)
                {
                    var kernel = new Everything(which);
                    Lanes.Map2<Lanes1, float, Everything>(pa, pb, p1, count, kernel);
                    for (int width = 0; width < 3; width++)
                    {
                        many.AsSpan().Fill(77f);
                        if (width == 0) Lanes.Map2<Lanes128, Vector128<float>, Everything>(pa, pb, pn, count, kernel);
                        else if (width == 1) Lanes.Map2<Lanes256, Vector256<float>, Everything>(pa, pb, pn, count, kernel);
                        else Lanes.Map2<Lanes512, Vector512<float>, Everything>(pa, pb, pn, count, kernel);
                        Assert.Equal(77f, many[count]);
                        for (int i = 0; i < count; i++)
                            if (!Same(one[i], many[i])) Assert.Fail($"member {which}, width {width}, ({a[i]:R}, {b[i]:R}): {many[i]:R} instead of {one[i]:R}");
                    }
                }
            }
    }

    // Payload and sign of NaN are no part of the contract.
    private static bool Same(float x, float y) =>
        float.IsNaN(x) ? float.IsNaN(y) : BitConverter.SingleToInt32Bits(x) == BitConverter.SingleToInt32Bits(y);

    [Fact]
    public void Functions_are_within_a_few_units_in_the_last_place()
    {
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            float x = (random.NextSingle() * 2 - 1) * MathF.Pow(10, random.Next(-4, 3));
            Near(Math.Exp(x), LaneMath.Exp<Lanes1, float>(x), "exp", x, 3);
            float negative = -Math.Min(Math.Abs(x), 87f);
            Near(Math.Exp(negative), LaneMath.ExpOfNegative<Lanes1, float>(negative), "exp of a negative number", negative, 3);
            Near(Math.Tanh(x), LaneMath.Tanh<Lanes1, float>(x), "tanh", x, 3);
            Near(1 / (1 + Math.Exp(-(double)x)), LaneMath.Sigmoid<Lanes1, float>(x), "sigmoid", x, 4);
            Near(Math.Log(Math.Abs(x)), LaneMath.Log<Lanes1, float>(Math.Abs(x)), "log", x, 3);
            Near(Erf(x), LaneMath.Erf<Lanes1, float>(x), "erf", x, 4);
        }
        Assert.Equal(0f, LaneMath.Exp<Lanes1, float>(float.NegativeInfinity));
        Assert.Equal(0f, LaneMath.ExpOfNegative<Lanes1, float>(float.NegativeInfinity));
        foreach (float far in new[] { -87.7f, -88f, -89f, -104f, -1e9f }) Assert.Equal(0f, LaneMath.ExpOfNegative<Lanes1, float>(far));
        Assert.True(float.IsNaN(LaneMath.ExpOfNegative<Lanes1, float>(float.NaN)));
        Assert.Equal(float.PositiveInfinity, LaneMath.Exp<Lanes1, float>(float.PositiveInfinity));
        Assert.True(float.IsNaN(LaneMath.Exp<Lanes1, float>(float.NaN)));
        Assert.Equal(float.NegativeInfinity, LaneMath.Log<Lanes1, float>(0f));
        Assert.Equal(float.PositiveInfinity, LaneMath.Log<Lanes1, float>(float.PositiveInfinity));
        Assert.True(float.IsNaN(LaneMath.Log<Lanes1, float>(-1f)));
        Assert.True(float.IsNaN(LaneMath.Tanh<Lanes1, float>(float.NaN)));
        Assert.True(float.IsNaN(LaneMath.Erf<Lanes1, float>(float.NaN)));
    }

    private static void Near(double expected, float actual, string name, float x, double units)
    {
        if (Math.Abs(expected) > float.MaxValue)
        {
            if (!float.IsInfinity(actual)) Assert.Fail($"{name}({x:R})");
            return;
        }
        double unit = Math.Max(Math.Abs(expected) * 1.1920929e-7, 1e-39);     // subnormal results may be 0
        if (!(Math.Abs(expected - actual) <= units * unit)) Assert.Fail($"{name}({x:R}) = {actual:R}, expected {expected:R}");
    }

    // Series near 0, continued fraction far away.
    private static double Erf(double x)
    {
        double a = Math.Abs(x), result;
        if (a < 2.5)
        {
            double term = a, sum = a;
            for (int n = 1; n < 200; n++) { term *= -a * a / n; sum += term / (2 * n + 1); }
            result = 2 / Math.Sqrt(Math.PI) * sum;
        }
        else
        {
            double f = 0;
            for (int n = 60; n > 0; n--) f = n / 2.0 / (a + f);
            result = 1 - Math.Exp(-a * a) / Math.Sqrt(Math.PI) / (a + f);
        }
        return Math.CopySign(result, x);
    }
}
