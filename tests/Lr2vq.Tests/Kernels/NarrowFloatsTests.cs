using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Kernels;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>Floats of 4 and 8 bits against the formulas and tables of ONNX's documents: every code, and every number between two of them.</summary>
public sealed class NarrowFloatsTests
{
    private const byte PowerNaN = 0xFF, LargestPower = 0xFE;

    private static readonly ElementType[] s_types =
        [ElementType.Float8E4M3FN, ElementType.Float8E4M3FNUZ, ElementType.Float8E5M2, ElementType.Float8E5M2FNUZ, ElementType.Float4E2M1];

    public static TheoryData<ElementType> Types => [.. s_types];

    [Theory, MemberData(nameof(Types)), InlineData(ElementType.Float8E8M0)]
    public void EveryCodeHasTheValueOfItsFormula(ElementType type)
    {
        double[] expected = Values(type);
        for (int code = 0; code < expected.Length; code++)
        {
            double found = NarrowFloats.ToSingle(type, (byte)code);
            Assert.True(BitConverter.DoubleToInt64Bits(found) == BitConverter.DoubleToInt64Bits(expected[code]) || double.IsNaN(found) && double.IsNaN(expected[code]),
                $"{type} {code:x2}: {found}, expected {expected[code]}");
        }
    }

    [Fact]
    public void TheLargestAndSmallestNumbersAreThoseOfTheDocuments()
    {
        Assert.Equal((448f, 0.001953125f), (NarrowFloats.ToSingle(ElementType.Float8E4M3FN, 0x7E), NarrowFloats.ToSingle(ElementType.Float8E4M3FN, 1)));
        Assert.Equal((240f, 0.0009765625f), (NarrowFloats.ToSingle(ElementType.Float8E4M3FNUZ, 0x7F), NarrowFloats.ToSingle(ElementType.Float8E4M3FNUZ, 1)));
        Assert.Equal((57344f, 1 / 65536f), (NarrowFloats.ToSingle(ElementType.Float8E5M2, 0x7B), NarrowFloats.ToSingle(ElementType.Float8E5M2, 1)));
        Assert.Equal((57344f, 1 / 131072f), (NarrowFloats.ToSingle(ElementType.Float8E5M2FNUZ, 0x7F), NarrowFloats.ToSingle(ElementType.Float8E5M2FNUZ, 1)));
        Assert.Equal([0, 0.5f, 1, 1.5f, 2, 3, 4, 6], Enumerable.Range(0, 8).Select(code => NarrowFloats.ToSingle(ElementType.Float4E2M1, (byte)code)));
    }

    /// <summary>Only the low half of a byte counts.</summary>
    [Fact]
    public void TheHighHalfOfAByteSaysNothingOfFourBits()
    {
        for (int code = 0; code < 256; code++)
            Assert.Equal(NarrowFloats.ToSingle(ElementType.Float4E2M1, (byte)(code & 15)), NarrowFloats.ToSingle(ElementType.Float4E2M1, (byte)code));
    }

    [Theory, MemberData(nameof(Types))]
    public void EveryNumberBecomesItsCodeAgain(ElementType type)
    {
        double[] values = Values(type);
        for (int code = 0; code < values.Length; code++)
            foreach (bool saturate in new[] { true, false })
                if (double.IsFinite(values[code])) Assert.Equal((byte)code, NarrowFloats.FromSingle(type, (float)values[code], saturate));
                else if (double.IsNaN(values[code])) Assert.True(float.IsNaN(NarrowFloats.ToSingle(type, NarrowFloats.FromSingle(type, float.NaN, saturate))));
    }

    /// <summary>Between two neighbours the nearer one, in the middle the even code; both signs, and right beside the middle.</summary>
    [Theory, MemberData(nameof(Types))]
    public void WhatLiesBetweenGoesToTheNearest(ElementType type)
    {
        double[] values = Values(type);
        byte[] codes = [.. Enumerable.Range(0, values.Length / 2).Where(code => double.IsFinite(values[code])).Select(code => (byte)code)];
        int sign = values.Length / 2, middles = 0;
        for (int i = 0; i + 1 < codes.Length; i++)
        {
            float middle = (float)((values[codes[i]] + values[codes[i + 1]]) / 2);
            Assert.Equal(values[codes[i]] + values[codes[i + 1]], 2 * (double)middle);
            byte even = (codes[i] & 1) == 0 ? codes[i] : codes[i + 1];
            foreach ((float value, byte code) in new[] { (middle, even), (MathF.BitDecrement(middle), codes[i]), (MathF.BitIncrement(middle), codes[i + 1]) })
                foreach (bool saturate in new[] { true, false })
                {
                    Assert.Equal(code, NarrowFloats.FromSingle(type, value, saturate));
                    byte negative = code == 0 && IsUnsignedZero(type) ? (byte)0 : (byte)(code | sign);
                    Assert.Equal(negative, NarrowFloats.FromSingle(type, -value, saturate));
                }
            middles++;
        }
        Assert.Equal(codes.Length - 1, middles);
    }

    /// <summary>Beyond half a step above the largest number: that number, or what the type has for it.</summary>
    [Theory]
    [InlineData(ElementType.Float8E4M3FN, 464f, 0x7E, 0x7F), InlineData(ElementType.Float8E4M3FNUZ, 248f, 0x7F, 0x80)]
    [InlineData(ElementType.Float8E5M2, 61440f, 0x7B, 0x7C), InlineData(ElementType.Float8E5M2FNUZ, 61440f, 0x7F, 0x80)]
    [InlineData(ElementType.Float4E2M1, 7f, 0x07, 0x07)]
    public void WhatIsTooLargeSaturatesOrOverflows(ElementType type, float middle, int largest, int overflow)
    {
        int sign = type == ElementType.Float4E2M1 ? 8 : 128;
        foreach (float value in new[] { MathF.BitIncrement(middle), 2 * middle, 1e10f, float.MaxValue, float.PositiveInfinity })
        {
            Assert.Equal((byte)largest, NarrowFloats.FromSingle(type, value, saturate: true));
            Assert.Equal((byte)(largest | sign), NarrowFloats.FromSingle(type, -value, saturate: true));
            Assert.Equal((byte)overflow, NarrowFloats.FromSingle(type, value, saturate: false));
            Assert.Equal((byte)(overflow | sign), NarrowFloats.FromSingle(type, -value, saturate: false));
        }
        Assert.Equal((byte)largest, NarrowFloats.FromSingle(type, MathF.BitDecrement(middle), saturate: false));
        // The next number would be even only where the largest is odd.
        Assert.Equal((largest & 1) == 0 ? (byte)largest : (byte)overflow, NarrowFloats.FromSingle(type, middle, saturate: false));
    }

    /// <summary>NaN keeps its sign where there is one, whatever its payload; where there is no NaN, it becomes -0 as in ONNX's data.</summary>
    [Theory]
    [InlineData(ElementType.Float8E4M3FN, 0x7F, 0xFF), InlineData(ElementType.Float8E4M3FNUZ, 0x80, 0x80), InlineData(ElementType.Float8E5M2, 0x7E, 0xFE)]
    [InlineData(ElementType.Float8E5M2FNUZ, 0x80, 0x80), InlineData(ElementType.Float4E2M1, 0x08, 0x08)]
    public void NaNStaysNaN(ElementType type, int positive, int negative)
    {
        foreach (uint payload in new uint[] { 0x7F800001, 0x7FA00000, 0x7FC00000, 0x7FFFFFFF })
            foreach (bool saturate in new[] { true, false })
            {
                Assert.Equal((byte)positive, NarrowFloats.FromSingle(type, BitConverter.UInt32BitsToSingle(payload), saturate));
                Assert.Equal((byte)negative, NarrowFloats.FromSingle(type, BitConverter.UInt32BitsToSingle(payload | 0x80000000), saturate));
            }
        for (int code = 0; code < 256; code++)
            Assert.Equal(code == PowerNaN, float.IsNaN(NarrowFloats.ToSingle(ElementType.Float8E8M0, (byte)code)));
    }

    [Theory, MemberData(nameof(Types))]
    public void TheSmallestFloatsAreZero(ElementType type)
    {
        int sign = type == ElementType.Float4E2M1 ? 8 : 128;
        foreach (float value in new[] { 0f, float.Epsilon, 1e-40f, 1.17549435e-38f, 1e-20f })
        {
            Assert.Equal(0, NarrowFloats.FromSingle(type, value, true));
            Assert.Equal(IsUnsignedZero(type) ? 0 : sign, NarrowFloats.FromSingle(type, -value, true));
        }
    }

    /// <summary>Any float against a search through all codes.</summary>
    [Theory, MemberData(nameof(Types))]
    public void AnyFloatGoesToTheNearest(ElementType type)
    {
        double[] values = Values(type);
        int[] finite = [.. Enumerable.Range(0, values.Length).Where(code => double.IsFinite(values[code]))];
        Random random = new(17);
        for (int i = 0; i < 20000; i++)
        {
            // Every exponent that the type has, and some beyond.
            float value = MathF.ScaleB(1 + random.NextSingle(), random.Next(-20, 18)) * (random.Next(2) * 2 - 1);
            int[] nearest = [.. finite.OrderBy(code => Math.Abs(values[code] - value)).ThenBy(code => code & 1).Take(2)];
            byte found = NarrowFloats.FromSingle(type, value, saturate: true);
            Assert.True(Math.Abs(values[found] - value) == Math.Abs(values[nearest[0]] - value), $"{value}: {values[found]}, nearest {values[nearest[0]]}");
        }
    }

    [Theory]
    [InlineData((int)PowerRounding.Up), InlineData((int)PowerRounding.Down), InlineData((int)PowerRounding.Nearest)]
    public void PowersRoundAsTheirWordSays(int word)
    {
        var rounding = (PowerRounding)word;
        for (int code = 0; code < PowerNaN; code++)
        {
            float power = NarrowFloats.ToSingle(ElementType.Float8E8M0, (byte)code), above = MathF.BitIncrement(power);
            foreach (bool saturate in new[] { true, false })
            {
                byte beyond = saturate ? LargestPower : PowerNaN, larger = code == LargestPower ? beyond : (byte)(code + 1), same = code == LargestPower ? beyond : (byte)code;
                Assert.Equal((byte)code, NarrowFloats.ToPower(power, rounding, saturate));
                Assert.Equal(rounding == PowerRounding.Up ? larger : same, NarrowFloats.ToPower(above, rounding, saturate));
                // Exact for every power, also the smallest two.
                float middle = power + power / 2;
                Assert.Equal(rounding == PowerRounding.Down ? same : larger, NarrowFloats.ToPower(middle, rounding, saturate));
                Assert.Equal(rounding == PowerRounding.Up ? larger : same, NarrowFloats.ToPower(MathF.BitDecrement(middle), rounding, saturate));
            }
        }
        foreach (float small in new[] { 0f, float.Epsilon, 1e-40f, MathF.BitDecrement(NarrowFloats.ToSingle(ElementType.Float8E8M0, 0)) })
        {
            Assert.Equal(0, NarrowFloats.ToPower(small, rounding, true));
            Assert.Equal(PowerNaN, NarrowFloats.ToPower(small, rounding, false));
        }
        Assert.Equal(LargestPower, NarrowFloats.ToPower(float.PositiveInfinity, rounding, true));
        Assert.Equal(PowerNaN, NarrowFloats.ToPower(float.PositiveInfinity, rounding, false));
        Assert.Equal(PowerNaN, NarrowFloats.ToPower(float.NaN, rounding, true));
    }

    /// <summary>By the formula of ONNX's page, in doubles.</summary>
    private static double[] Values(ElementType type)
    {
        byte[] codes = [.. Enumerable.Range(0, type == ElementType.Float4E2M1 ? 16 : 256).Select(code => (byte)code)];
        return new HostTensor(type, [codes.Length], codes).ToDoubles();
    }

    private static bool IsUnsignedZero(ElementType type) => type is ElementType.Float8E4M3FNUZ or ElementType.Float8E5M2FNUZ;
}
