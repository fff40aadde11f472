using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using Xunit;

namespace Lr2vq.Tests.Codecs;

[Trait("Isa", "true")]
public sealed class ScalarTensorTests
{
    [Theory]
    [MemberData(nameof(CodecCases.Shapes), MemberType = typeof(CodecCases))]
    public void UniformAndTableComeBack(int rows, int inputs, int height, int width)
    {
        TensorIdentity identity = CodecCases.Conv(rows, inputs, height, width);
        int columns = inputs * height * width;
        for (int bits = 1; bits <= 8; bits++)
        foreach (int group in new[] { 1, 7, 64, 1000 })
        foreach (int entries in new[] { 0, 1 << bits, (1 << bits) - 1 })
        {
            ScalarFactors factors = Factors(rows, columns, bits, group, entries);
            EncodedTensor packed = ScalarTensor.Pack(identity, factors);
            Assert.Equal(ScalarTensor.ByteLengths(rows, columns, bits, entries, group),
                (packed.Parameters.Length, packed.Codes.Length, packed.Codebook.Length, packed.Dense.Length));
            using var opened = new OpenedTensor(packed);
            float[] decoded = opened.Decode(), scales = RowNormalization.Rounded((float[])factors.Scales.Clone());
            int groups = (columns + group - 1) / group;
            for (int i = 0; i < decoded.Length; i++)
            {
                float value = entries == 0 ? factors.Codes[i] + ScalarTensor.Offset(bits) : (float)(Half)factors.Table[factors.Codes[i]];
                Assert.Equal(scales[i / columns * groups + i % columns / group] * value, decoded[i]);
            }
            if (bits is 2 or 6) opened.CheckPanels();
        }
    }

    [Fact]
    public void FewBitsWasteNoCode()
    {
        Assert.Equal([-0.5f, -1.5f, -3.5f, -8f, -128f], new[] { 1, 2, 3, 4, 8 }.Select(ScalarTensor.Offset));
    }

    internal static ScalarFactors Factors(int rows, int columns, int bits, int group, int entries)
    {
        var random = new Random(bits * 1000 + group);
        return new ScalarFactors
        {
            Bits = bits,
            Group = group,
            Table = [.. Enumerable.Range(0, entries).Select(_ => (float)(random.NextDouble() - 0.5))],
            Scales = [.. Enumerable.Range(0, rows * ((columns + group - 1) / group)).Select(_ => (float)random.NextDouble())],
            Codes = [.. Enumerable.Range(0, rows * columns).Select(_ => (byte)random.Next(entries == 0 ? 1 << bits : Math.Max(1, entries)))],
        };
    }
}
