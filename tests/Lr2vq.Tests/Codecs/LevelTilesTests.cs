using System;
using System.Linq;
using System.Runtime.Intrinsics;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Tests.Kernels;
using Xunit;

namespace Lr2vq.Tests.Codecs;

/// <summary>Products of levels that become floats in registers, against sums in double: 8 and 16 bits, shifted, one to eight pixels, runs of any length.</summary>
[Trait("Isa", "true")]
[Trait("Arm64", "true")]
public sealed unsafe class LevelTilesTests
{
    private const int Rows = PanelOrder.Lanes, Coefficients = 3;

    public enum Kind
    {
        Bytes,
        Wide,
        Shifted,
    }

    [Theory]
    [InlineData(Kind.Bytes), InlineData(Kind.Wide), InlineData(Kind.Shifted)]
    public void SumsAreThoseOfTheDefinition(Kind kind)
    {
        Random random = new((int)kind);
        for (int pixels = 1; pixels <= LevelTiles.MostPixels / 2; pixels++)
            foreach ((int runs, int length) in new[] { (1, 1), (1, 37), (3, 16), (7, 3), (2, 6) })
            {
                int xRun = length * (pixels + 1), xPixel = length + 1;
                short[] levels = [.. Enumerable.Range(0, runs * length * Rows).Select(_ => (short)(random.Next(4) == 0 ? 0 : random.Next(-100, 101)))];
                float[] x = [.. Enumerable.Range(0, (runs - 1) * xRun + (pixels - 1) * xPixel + length).Select(_ => random.NextSingle() - 0.5f)];
                float[] begin = [.. Enumerable.Range(0, LevelTiles.MostPixels * Rows).Select(_ => random.NextSingle())], shifts = [1.5f, 0f, 3f];
                foreach (Isa isa in VectorWidths.All)
                {
                    float[] sums = Sums(kind, levels, shifts, x, begin, runs, length, xRun, xPixel, pixels, isa, plain: false);
                    for (int p = 0; p < pixels; p++)
                        for (int r = 0; r < Rows; r++)
                        {
                            double expected = begin[p * Rows + r], most = 0;
                            for (int i = 0; i < runs * length; i++)
                            {
                                int level = levels[i * Rows + r];
                                double value = kind == Kind.Shifted ? 16 * level - Math.Sign(level) * shifts[i / length % Coefficients] : level;
                                double product = value * x[i / length * xRun + p * xPixel + i % length];
                                (expected, most) = (expected + product, most + Math.Abs(product));
                            }
                            Assert.True(Math.Abs(expected - sums[p * Rows + r]) <= 1e-6 * (1 + most), $"{kind}, {isa}, {pixels} pixels, {runs} runs of {length}: {sums[p * Rows + r]} for {expected}");
                        }
                    // Whatever serves 128 bits sums in one order.
                    if (isa == Isa.Vector128)
                        Assert.Equal(Sums(kind, levels, shifts, x, begin, runs, length, xRun, xPixel, pixels, isa, plain: true).Take(pixels * Rows), sums.Take(pixels * Rows));
                }
            }
    }

    private static float[] Sums(Kind kind, short[] levels, float[] shifts, float[] x, float[] begin, int runs, int length, int xRun, int xPixel, int pixels, Isa isa, bool plain)
    {
        float[] sums = [.. begin];
        // Vectors of levels are loaded whole, as far as a file goes.
        sbyte[] bytes = [.. levels.Select(l => (sbyte)l), .. new sbyte[Rows]];
        fixed (sbyte* b = bytes)
        fixed (short* w = levels)
        fixed (float* s = shifts, source = x, to = sums)
        {
            LevelPart part = new() { Runs = runs, Length = length, Coefficients = kind == Kind.Shifted ? Coefficients : 1, X = source, XRun = xRun, XPixel = xPixel, Pixels = pixels, Sums = to };
            if (kind == Kind.Bytes) Add(new ByteLevels(b), part, isa, plain);
            else if (kind == Kind.Wide) Add(new WideLevels(w), part, isa, plain);
            else Add(new ShiftedLevels(b, s), part, isa, plain);
        }
        return sums;
    }

    private static void Add<T>(T levels, in LevelPart part, Isa isa, bool plain) where T : struct, ILevels
    {
        if (plain) LevelTiles.Add<Lanes128, Vector128<float>, T>(levels, part);
        else LevelWeight.Add(levels, part, isa);
    }
}
