using System;
using System.Linq;
using FsCheck;
using FsCheck.Xunit;
using Lr2vq.Codecs.Entropy;
using Xunit;

namespace Lr2vq.Tests.Codecs;

public sealed unsafe class EntropyCodingTests
{
    [Fact]
    public void ExactMathIsAccurate()
    {
        for (double x = -60; x < 60; x += 0.0137) Assert.Equal(1, ExactMath.Exp2(x) / Math.Pow(2, x), 13);
        for (double x = 1e-9; x < 1e9; x *= 1.0371) Assert.Equal(Math.Log2(x), ExactMath.Log2(x), 13);
        Assert.Equal(0, ExactMath.Exp2(-5000));
    }

    [Fact]
    public void ExactMathOfManyIsThatOfEach()
    {
        double[] x = [-5000, -1000, -999.5, 999.5, 1000, 5000, 0, -0.0, .. Enumerable.Range(-400, 803).Select(i => i * 0.3717)];
        double[] powers = [.. x], logarithms = [.. x.Select(ExactMath.Exp2).Where(double.IsNormal)];
        double[] arguments = [.. logarithms];
        ExactMath.Exp2(powers);
        ExactMath.Log2(logarithms);
        Assert.Equal(x.Select(v => BitConverter.DoubleToInt64Bits(ExactMath.Exp2(v))), powers.Select(BitConverter.DoubleToInt64Bits));
        Assert.Equal(arguments.Select(v => BitConverter.DoubleToInt64Bits(ExactMath.Log2(v))), logarithms.Select(BitConverter.DoubleToInt64Bits));
    }

    [Fact]
    public void DescribedFrequenciesAreThoseOfTheirFormula()
    {
        foreach ((int low, int high, bool hasEscape) in ((int, int, bool)[])[(-9, 7, false), (0, 30, true), (3, 90, false), (-40, -5, true), (0, 0, false), (-127, 127, true), (1000, 1100, false)])
            foreach ((int scale, int shape) in ((int, int)[])[(0, 0), (40, 8), (100, 3), (255, 15)])
                Assert.Equal(Described(low, high, hasEscape, scale, shape), SymbolModel.Parametric(low, high, hasEscape, scale, shape).Frequencies);
    }

    private static int[] Described(int low, int high, bool hasEscape, int scale, int shape)
    {
        double[] density = [.. Enumerable.Range(low, high - low + 1).Select(q => q == 0 ? 1
            : ExactMath.Exp2(-1.4426950408889634 * ExactMath.Exp2(Math.Min(20, (0.4 + 0.15 * shape) * (ExactMath.Log2(Math.Abs(q)) - (scale / 16.0 - 4))))))];
        double sum = density.Sum();
        int[] frequencies = [.. density.Select(d => 1 + (sum > 0 ? (int)(d / sum * (SymbolModel.Total - density.Length - (hasEscape ? 1 : 0))) : 0)), .. hasEscape ? [1] : Array.Empty<int>()];
        frequencies[Array.IndexOf(frequencies, frequencies.Max())] += SymbolModel.Total - frequencies.Sum();
        return frequencies;
    }

    [Property]
    public bool BitsAndGolombCodesComeBack(int[] numbers, PositiveInt order)
    {
        int k = order.Get % 12;
        var writer = new BitWriter();
        foreach (int number in numbers)
        {
            writer.SignedGolomb(number, k);
            writer.Bits((uint)number, number & 31);
        }
        byte[] bytes = writer.ToArray();
        fixed (byte* data = bytes)
        {
            var reader = new BitReader(data, bytes.Length);
            foreach (int number in numbers)
            {
                if (reader.SignedGolomb(k) != number || reader.Bits(number & 31) != ((uint)number & ((1u << (number & 31)) - 1))) return false;
            }
            return !reader.Overrun && reader.BytesRead == bytes.Length;
        }
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    public void GolombCodesOfExtremes(int number)
    {
        var writer = new BitWriter();
        writer.SignedGolomb(number, 0);
        byte[] bytes = writer.ToArray();
        fixed (byte* data = bytes)
        {
            var reader = new BitReader(data, bytes.Length);
            Assert.Equal(number, reader.SignedGolomb(0));
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 5000)]
    [InlineData(2, 3)]
    [InlineData(5, 4000)]
    [InlineData(256, 7)]
    [InlineData(256, 100001)]
    public void SymbolsComeBackAndCostTheirEntropy(int alphabet, int length)
    {
        var random = new Random(alphabet * 31 + length);
        byte[] symbols = new byte[length];
        long[] counts = new long[alphabet];
        for (int i = 0; i < length; i++)
        {
            symbols[i] = (byte)Math.Min(alphabet - 1, (int)(-Math.Log(1 - random.NextDouble()) * alphabet / 8));
            counts[symbols[i]]++;
        }
        SymbolModel model = SymbolModel.Explicit(0, false, ModelFitting.Normalize(counts));
        Assert.Equal(SymbolModel.Total, model.Frequencies.Sum());
        byte[] stream = Encode(symbols, model);
        Assert.Equal(symbols, Decode(stream, model, length, out bool clean));
        Assert.True(clean);
        if (length < 4000) return;
        double entropy = counts.Where(c => c > 0).Sum(c => c * Math.Log2((double)length / c));
        Assert.InRange(8.0 * stream.Length, 0, entropy * 1.005 + 8 * 24);
    }

    [Fact]
    public void DamagedStreamsNeverEndCleanlyUnnoticedOrOutside()
    {
        byte[] symbols = [.. Enumerable.Range(0, 3000).Select(i => (byte)(i * i % 7))];
        long[] counts = new long[7];
        foreach (byte s in symbols) counts[s]++;
        SymbolModel model = SymbolModel.Explicit(0, false, ModelFitting.Normalize(counts));
        byte[] stream = Encode(symbols, model);
        var random = new Random(5);
        int unnoticed = 0;
        for (int n = 0; n < 300; n++)
        {
            byte[] damaged = (byte[])stream.Clone();
            if (n % 3 == 0) damaged = damaged[..random.Next(damaged.Length)];
            else damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            byte[] decoded = Decode(damaged, model, symbols.Length, out bool clean);
            if (clean && !decoded.AsSpan().SequenceEqual(symbols)) unnoticed++;
        }
        Assert.Equal(0, unnoticed);
    }

    [Fact]
    public void ModelsComeBack()
    {
        var random = new Random(9);
        for (int n = 0; n < 300; n++)
        {
            int low = random.Next(-300, 50), symbols = random.Next(1, 256);
            bool escape = symbols > 1 && random.Next(2) == 0;
            SymbolModel model = n % 2 == 0
                ? SymbolModel.Parametric(low, low + symbols - (escape ? 2 : 1), escape, random.Next(256), random.Next(16))
                : SymbolModel.Explicit(low, escape, ModelFitting.Normalize([.. Enumerable.Range(0, symbols).Select(_ => (long)(random.NextDouble() * random.Next(5000)))]));
            Assert.Equal(SymbolModel.Total, model.Frequencies.Sum());
            Assert.All(model.Frequencies, f => Assert.True(f >= 1));
            var writer = new BitWriter();
            model.Write(writer);
            byte[] bytes = writer.ToArray();
            fixed (byte* data = bytes)
            {
                var reader = new BitReader(data, bytes.Length);
                SymbolModel read = SymbolModel.TryRead(ref reader)!;
                Assert.Equal(model.Frequencies, read.Frequencies);
                Assert.Equal((model.Low, model.High, model.HasEscape), (read.Low, read.High, read.HasEscape));
                Assert.Equal(bytes.Length, reader.BytesRead);
            }
        }
    }

    [Fact]
    public void AnyBitsAreAModelOrNone()
    {
        var random = new Random(11);
        byte[] bytes = new byte[64];
        for (int n = 0; n < 5000; n++)
        {
            random.NextBytes(bytes);
            if (n % 2 == 0) bytes.AsSpan(random.Next(64)).Fill((byte)random.Next(256));
            fixed (byte* data = bytes)
            {
                var reader = new BitReader(data, random.Next(64));
                SymbolModel? model = SymbolModel.TryRead(ref reader);
                if (model is null) continue;
                Assert.Equal(SymbolModel.Total, model.Frequencies.Sum());
                Assert.InRange(model.Frequencies.Length, 1, SymbolModel.MaxSymbols);
                Assert.All(model.Frequencies, f => Assert.True(f >= 1));
            }
        }
    }

    private static byte[] Encode(byte[] symbols, SymbolModel model)
    {
        var encoder = new RansEncoder(16);
        for (int i = symbols.Length - 1; i >= 0; i--) encoder.Put(i, model.Frequencies[symbols[i]], model.Starts[symbols[i]]);
        return encoder.Finish();
    }

    private static byte[] Decode(byte[] stream, SymbolModel model, int length, out bool clean)
    {
        uint[] slots = new uint[SymbolModel.Total];
        byte[] symbols = new byte[length];
        fixed (uint* table = slots)
        fixed (byte* data = stream, decoded = symbols)
        {
            RansDecoder.BuildTable(model, table);
            var decoder = new RansDecoder(data, stream.Length);
            // In uneven pieces, so that a piece begins at each of the four states.
            for (int at = 0, piece = 1; at < length; at += piece, piece = Math.Min(piece * 2 + 1, length - at > 0 ? length - at : 1))
                decoder.Decode(table, decoded + at, Math.Min(piece, length - at));
            clean = decoder.EndsCleanly;
        }
        return symbols;
    }
}
