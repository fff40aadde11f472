using System;
using System.Linq;
using Lr2vq.Codecs;
using Xunit;

namespace Lr2vq.Tests.Codecs;

[Trait("Isa", "true")]
public sealed class CodebookTensorTests
{
    [Theory]
    [MemberData(nameof(CodecCases.Shapes), MemberType = typeof(CodecCases))]
    public void EverySlicingComesBack(int rows, int inputs, int height, int width)
    {
        TensorIdentity identity = CodecCases.Conv(rows, inputs, height, width);
        foreach (SliceAxis axis in Enum.GetValues<SliceAxis>())
        foreach (int m in new[] { 1, 2, 4, 8, 9, 18 })
        foreach ((int stages, bool lowRank, bool scaled, int k) in new[] { (1, false, true, 256), (1, true, true, 5), (2, false, false, 300), (3, false, true, 1) })
        {
            if (lowRank && m < 2) continue;
            CodebookFactors factors = Factors(identity, axis, m, lowRank ? (m + 1) / 2 : m, k, stages, scaled, (EntryEncoding)((m + stages) % 3));
            EncodedTensor packed = CodebookTensor.Pack(identity, factors);
            CheckLengths(identity, factors, packed, k, stages);
            using var opened = new OpenedTensor(packed);
            Assert.Equal(stages > 1 ? TensorFormat.Residual : lowRank ? TensorFormat.LowRankCodebook : TensorFormat.Codebook, opened.Tensor.Format);
            CheckAgainstDouble(opened.Decode(), identity, factors, packed);
        }
    }

    [Theory]
    [InlineData("Spatial", 9)]
    [InlineData("Spatial", 18)]
    [InlineData("Spatial", 7)]
    [InlineData("InputChannel", 4)]
    [InlineData("InputChannel", 8)]
    [InlineData("InputChannel", 16)]
    [InlineData("InputChannel", 5)]
    [InlineData("OutputChannel", 4)]
    [InlineData("OutputChannel", 8)]
    public void PanelsHoldTheRows(string slicing, int m)
    {
        SliceAxis axis = Enum.Parse<SliceAxis>(slicing);
        foreach ((int rows, int inputs, int taps) in new[] { (33, 36, 9), (20, 40, 1), (16, 16, 9), (32, 56, 9), (48, 64, 1) })
        {
            TensorIdentity identity = CodecCases.Conv(rows, inputs, taps == 9 ? 3 : 1, taps == 9 ? 3 : 1);
            foreach ((int stages, bool scaled) in new[] { (1, true), (1, false), (2, true) })
            {
                using var opened = new OpenedTensor(CodebookTensor.Pack(identity, Factors(identity, axis, m, m, 200, stages, scaled, EntryEncoding.Int8)));
                opened.CheckPanels();
            }
        }
    }

    [Fact]
    public void CodesNumberEachSubvectorOnce()
    {
        foreach (SliceAxis axis in Enum.GetValues<SliceAxis>())
        foreach (int m in new[] { 1, 3, 4, 9 })
        foreach ((int rows, int inputs, int taps) in new[] { (1, 1, 1), (17, 5, 9), (35, 33, 1), (16, 18, 4) })
        {
            var order = new SliceOrder(axis, m, rows, inputs, taps);
            int[] seen = new int[order.Count], covered = new int[rows * inputs * taps];
            for (int row = 0; row < rows; row += axis == SliceAxis.OutputChannel ? m : 1)
                for (int place = 0; place < order.Places; place++)
                {
                    seen[order.IndexOf(row, place)]++;
                    (int count, int firstRow, int column, int rowStep, int columnStep) = order.ElementsOf(row, place);
                    for (int t = 0; t < count; t++) covered[(firstRow + t * rowStep) * order.Columns + column + t * columnStep]++;
                }
            Assert.All(seen, n => Assert.Equal(1, n));
            Assert.All(covered, n => Assert.Equal(1, n));
        }
    }

    [Fact]
    public void PackedBitsComeBack()
    {
        var random = new Random(3);
        for (int bits = 1; bits <= 16; bits++)
        {
            ushort[] codes = [.. Enumerable.Range(0, 1001).Select(_ => (ushort)random.Next(1 << bits))];
            byte[] packed = PackedBits.Pack(codes, bits);
            Assert.Equal(PackedBits.ByteLength(codes.Length, bits), packed.Length);
            unsafe
            {
                fixed (byte* p = packed)
                    for (int i = 0; i < codes.Length; i++) Assert.Equal(codes[i], PackedBits.Read(p, packed.Length, i, bits));
            }
        }
        Assert.Equal([1, 1, 2, 2, 3, 8, 9, 16], new[] { 1, 2, 3, 4, 5, 256, 257, 65536 }.Select(PackedBits.BitsFor));
    }

    internal static CodebookFactors Factors(TensorIdentity identity, SliceAxis axis, int m, int d, int k, int stages, bool scaled, EntryEncoding encoding)
    {
        var random = new Random(m * 100 + k + stages);
        SliceOrder order = SliceOrder.Of(identity.Canonical, axis, m);
        float Next() => (float)(random.NextDouble() - 0.5);
        return new CodebookFactors
        {
            Axis = axis,
            M = m,
            D = d,
            Encoding = encoding,
            Entries = [.. Enumerable.Range(0, stages).Select(_ => Enumerable.Range(0, k * d).Select(_ => Next()).ToArray())],
            Basis = d < m ? [.. Enumerable.Range(0, d * m).Select(_ => (float)(Half)Next())] : [],
            Codes = [.. Enumerable.Range(0, stages).Select(_ => Enumerable.Range(0, (int)order.Count).Select(_ => (ushort)random.Next(k)).ToArray())],
            RowScales = scaled ? [.. Enumerable.Range(0, order.Rows).Select(_ => (float)random.NextDouble())] : [],
        };
    }

    private static void CheckLengths(TensorIdentity identity, CodebookFactors factors, EncodedTensor packed, int k, int stages)
    {
        int[] entries = new int[stages];
        Array.Fill(entries, k);
        var lengths = CodebookTensor.ByteLengths(SliceOrder.Of(identity.Canonical, factors.Axis, factors.M), entries, factors.D, factors.Encoding,
            factors.RowScales.Length > 0);
        Assert.Equal(lengths, (packed.Parameters.Length, packed.Codes.Length, packed.Codebook.Length, packed.Dense.Length));
    }

    private static void CheckAgainstDouble(float[] decoded, TensorIdentity identity, CodebookFactors factors, EncodedTensor packed)
    {
        SliceOrder order = SliceOrder.Of(identity.Canonical, factors.Axis, factors.M);
        int d = factors.D, m = factors.M, k = factors.Entries[0].Length / d, at = 0;
        float[][] entries = [.. factors.Entries.Select(_ => new float[k * d])];
        foreach (float[] stage in entries)
        {
            CodebookEntries.Read(packed.Codebook.AsSpan(at), k, d, factors.Encoding, stage);
            at += (int)CodebookEntries.ByteLength(factors.Encoding, k, d);
        }
        float[] scales = factors.RowScales.Length == 0 ? [] : Lr2vq.Compression.Methods.RowNormalization.Rounded((float[])factors.RowScales.Clone());
        for (int row = 0; row < order.Rows; row++)
        {
            for (int place = 0; place < order.Places; place++)
            {
                (int count, int firstRow, int column, int rowStep, int columnStep) = order.ElementsOf(row, place);
                for (int t = 0; t < count; t++)
                {
                    if (firstRow + t * rowStep != row) continue;
                    double value = 0;
                    for (int s = 0; s < entries.Length; s++)
                    {
                        ReadOnlySpan<float> entry = entries[s].AsSpan(factors.Codes[s][order.IndexOf(row, place)] * d, d);
                        if (d == m) value += entry[t];
                        else
                            for (int c = 0; c < d; c++) value += (double)entry[c] * factors.Basis[c * m + t];
                    }
                    if (scales.Length > 0) value *= scales[row];
                    Assert.Equal(value, decoded[row * order.Columns + column + t * columnStep], 1e-5 * Math.Abs(value) + 1e-7);
                }
            }
        }
    }
}
