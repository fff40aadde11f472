using System;
using Lr2vq.Codecs;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Codecs;

[Trait("Isa", "true")]
[Trait("Arm64", "true")]
public sealed class DenseTensorTests
{
    [Theory]
    [MemberData(nameof(CodecCases.Shapes), MemberType = typeof(CodecCases))]
    public void EveryEncodingComesBack(int rows, int inputs, int height, int width)
    {
        TensorIdentity identity = CodecCases.Conv(rows, inputs, height, width);
        float[] weights = CodecCases.Weights(rows, inputs * height * width, 1);
        foreach (DenseEncoding encoding in Enum.GetValues<DenseEncoding>())
        {
            EncodedTensor packed = DenseTensor.Pack(identity, weights, encoding);
            if (encoding != DenseEncoding.Planes)
                Assert.Equal(DenseTensor.ByteLength(encoding, rows, inputs * height * width), packed.Parameters.Length + packed.Dense.Length);
            using var opened = new OpenedTensor(packed);
            float[] decoded = opened.Decode();
            for (int i = 0; i < weights.Length; i++)
            {
                float largest = 0f;
                for (int j = 0; j < opened.Tensor.Columns; j++) largest = Math.Max(largest, Math.Abs(weights[i / opened.Tensor.Columns * opened.Tensor.Columns + j]));
                float tolerance = encoding switch
                {
                    DenseEncoding.Fp16 => Math.Abs(weights[i]) / 2048 + 6e-8f,
                    DenseEncoding.BFloat16 => Math.Abs(weights[i]) / 256,
                    DenseEncoding.Int8 => largest / 250,
                    _ => 0f,
                };
                Assert.InRange(Math.Abs(decoded[i] - weights[i]), 0f, tolerance);
            }
            opened.CheckPanels();
        }
    }

    [Fact]
    public unsafe void EveryNumberOf16BitsIsWidenedExactly()
    {
        // Odd addresses and lengths, too.
        byte[] bytes = new byte[2 * 65536 + 1];
        for (int i = 0; i < 65536; i++) (bytes[2 * i + 1], bytes[2 * i + 2]) = ((byte)i, (byte)(i >> 8));
        float[] halves = new float[65535], brains = new float[65535];
        fixed (byte* from = bytes)
        fixed (float* half = halves, brain = brains)
        {
            HalfFloats.Widen(from + 1, half, halves.Length);
            HalfFloats.WidenBFloat16(from + 1, brain, brains.Length);
        }
        for (int i = 0; i < halves.Length; i++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf((ushort)i);
            Assert.True(float.IsNaN(expected) ? float.IsNaN(halves[i]) : BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(halves[i]), $"{i:x4}");
            Assert.Equal(i << 16, BitConverter.SingleToInt32Bits(brains[i]));
        }
    }

    [Fact]
    public void LosslessKeepsEveryBit()
    {
        float[] values = [0f, -0f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, float.NaN, float.PositiveInfinity, 1f, -1e-30f];
        foreach (int length in new[] { 1, 10, 1000, 70000 })
        {
            var random = new Random(length);
            float[] weights = new float[length];
            for (int i = 0; i < length; i++) weights[i] = random.Next(3) == 0 ? values[random.Next(values.Length)] : (float)random.NextDouble();
            AssertSameBits(weights, WeightRole.Constant);
        }
        AssertSameBits(new float[100000], WeightRole.Constant);     // all zero: hardly any bytes, yet openable
    }

    [Fact]
    public void LosslessIsSmallerThanFp32()
    {
        float[] weights = CodecCases.Weights(64, 1000, 3);
        EncodedTensor packed = DenseTensor.Pack(CodecCases.Conv(64, 1000, 1, 1), weights, DenseEncoding.Planes);
        Assert.InRange(packed.Codes.Length, 1, (int)(4 * weights.Length * 0.92));
    }

    [Fact]
    public void BFloat16RoundsToNearestEven()
    {
        float[] weights = [1f, 1.00390625f, 1.01171875f, 3.1415926f];       // 1 + 1/256: a tie down; 1 + 3/256: a tie up
        using var opened = new OpenedTensor(DenseTensor.Pack(CodecCases.Conv(1, 4, 1, 1), weights, DenseEncoding.BFloat16));
        Assert.Equal([1f, 1f, 1.015625f, 3.140625f], opened.Decode());
    }

    private static void AssertSameBits(float[] weights, WeightRole role)
    {
        var identity = new TensorIdentity("w", role, ElementType.Float32, [weights.Length], 1);
        using var opened = new OpenedTensor(DenseTensor.Pack(identity, weights, DenseEncoding.Planes));
        float[] decoded = opened.Decode();
        for (int i = 0; i < weights.Length; i++) Assert.Equal(BitConverter.SingleToInt32Bits(weights[i]), BitConverter.SingleToInt32Bits(decoded[i]));
    }
}
