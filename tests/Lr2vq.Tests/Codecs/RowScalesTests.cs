using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Codecs;

public sealed unsafe class RowScalesTests
{
    [Fact]
    public void AGridHasPowersOfTwoAndTheNearestIsTaken()
    {
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            float scale = (float)Math.Pow(2, 80 * random.NextDouble() - 40);
            for (int grid = 0; grid <= RowScales.Finest; grid++)
            {
                float snapped = RowScales.Snap(scale, grid);
                double place = Math.Log2(snapped) * (1 << grid);
                Assert.Equal(Math.Round(place), place, 1e-4);
                Assert.InRange(Math.Abs(Math.Log2(snapped / (double)scale)), 0, 0.5001 / (1 << grid));
                Assert.Equal(snapped, RowScales.Snap(snapped, grid));
            }
        }
        Assert.Equal(0f, RowScales.Snap(0f, 3));
        foreach (float outside in new[] { 1e-44f, 1e-38f, 3e38f }) Assert.InRange(RowScales.Snap(outside, 5), 1e-37f, 2e36f);
    }

    [Theory, InlineData(1, 0), InlineData(1, 5), InlineData(17, 3), InlineData(1000, 4), InlineData(1000, 5)]
    public void WhatLiesOnAGridComesBack(int count, int grid)
    {
        var random = new Random(count + grid);
        foreach (bool zeros in new[] { false, true })
        {
            float[] scales = [.. Enumerable.Range(0, count).Select(i => zeros && i % 3 == 1 ? 0f : RowScales.Snap((float)Math.Exp(random.NextDouble() + random.NextDouble() - 6), grid))];
            byte[]? coded = RowScales.Code(scales);
            if (count == 1)
            {
                Assert.Null(coded);     // f16 is shorter
                continue;
            }
            Assert.NotNull(coded);
            Assert.InRange(coded.Length, 1, count * (grid + 4) / 8 + 4);
            Assert.Equal(coded.Length, RowScales.LengthOf(scales));
            Assert.Equal(scales.Select(scale => scale * 0.3f), Read([.. coded, 255], count, 0.3f, out long used));
            Assert.Equal(coded.Length, used);
        }
    }

    [Fact]
    public void WhatLiesOnNoGridIsNotCoded()
    {
        float[] scales = [.. Enumerable.Repeat(0.25f, 100)];
        Assert.NotNull(RowScales.Code(scales));
        foreach (float odd in new[] { 0.3f, -1f, float.NaN, float.PositiveInfinity, 1e-40f })
        {
            scales[50] = odd;
            Assert.Null(RowScales.Code(scales));
        }
        Assert.Equal(200, RowScales.LengthOf(scales));
    }

    [Fact]
    public void DamageIsRefusedOrHarmless()
    {
        float[] scales = [.. Enumerable.Range(1, 200).Select(i => RowScales.Snap(1f / i, 4))];
        byte[] coded = RowScales.Code(scales)!;
        var random = new Random(3);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = [.. coded.AsSpan(0, random.Next(coded.Length / 2, coded.Length + 1))];
            for (int flips = random.Next(4); flips > 0; flips--) damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Assert.All(Read(damaged, scales.Length, 1, out long used), scale => Assert.True(float.IsFinite(scale) && scale >= 0));
                Assert.InRange(used, 1, damaged.Length);
            }
            catch (InvalidArtifactException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 1, 2999);
        Assert.Throws<InvalidArtifactException>(() => Read(coded, int.MaxValue, 1, out _));
        Assert.Throws<InvalidArtifactException>(() => Read([], 1, 1, out _));
    }

    [Fact]
    public void RescalingStaysOnTheGrid()
    {
        var random = new Random(4);
        float[] weights = [.. Enumerable.Range(0, 64 * 90).Select(_ => (float)random.NextDouble() - 0.5f)];
        var identity = new TensorIdentity("w", WeightRole.Conv, ElementType.Float32, [64, 10, 3, 3], 1);
        WeightScales scales = WeightScales.Of(weights, identity);
        scales.Divide(weights);
        EncodedTensor tensor = TransformCoding.Encode(identity, weights, scales, new TransformCoding.Form(1, null), 0.3).Tensor;
        double[] factors = [.. Enumerable.Range(0, 64).Select(r => 0.9 + 0.003 * r)];
        EncodedTensor rescaled = TransformTensor.Rescaled(tensor, factors);
        (float[] before, int bytes) = TransformTensor.ScalesOf(tensor);
        (float[] after, _) = TransformTensor.ScalesOf(rescaled);
        Assert.Equal(scales.Rows, before);
        Assert.Equal(tensor.Dense.Length, bytes);
        for (int r = 0; r < 64; r++) Assert.InRange(after[r] / (before[r] * factors[r]), 0.978, 1.0223);
        Assert.InRange(rescaled.Dense.Length, 1, 64);
        Assert.Equal(tensor.Codes, rescaled.Codes);
    }

    private static float[] Read(byte[] coded, int count, float multiplier, out long used)
    {
        using NativeArena memory = new();
        fixed (byte* data = coded)
        {
            var payload = new TensorPayload { Name = "w", Memory = memory };
            return new ReadOnlySpan<float>(RowScales.OpenCoded(payload, data, coded.Length, count, multiplier, out used), count).ToArray();
        }
    }
}
