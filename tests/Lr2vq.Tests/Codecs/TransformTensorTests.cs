using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression.Methods;
using Xunit;

namespace Lr2vq.Tests.Codecs;

[Trait("Isa", "true")]
[Trait("Arm64", "true")]
public sealed class TransformTensorTests
{
    [Theory]
    [MemberData(nameof(CodecCases.Shapes), MemberType = typeof(CodecCases))]
    public void RowsAndPanelsAreTheSumOfTheirParts(int rows, int inputs, int height, int width)
    {
        int taps = height * width;
        foreach (bool basis in taps > 1 ? new[] { false, true } : [false])
        foreach (bool shifted in new[] { false, true })
        foreach (int largest in new[] { 1, 100, shifted ? 200 : 3000 })
        {
            TransformFactors factors = Factors(rows, inputs, taps, basis, shifted, largest, seed: rows + largest);
            using var opened = new OpenedTensor(TransformTensor.Pack(CodecCases.Conv(rows, inputs, height, width), factors));
            Assert.Equal(TensorFormat.Transform, opened.Tensor.Format);
            CheckAgainstDouble(opened.Decode(), factors, rows, inputs, taps);
            opened.CheckPanels();
        }
    }

    [Theory]
    [MemberData(nameof(CodecCases.Shapes), MemberType = typeof(CodecCases))]
    public void InputChannelsHaveScalesToo(int rows, int inputs, int height, int width)
    {
        int taps = height * width;
        foreach (int sets in new[] { 1, rows })
        foreach (bool basis in taps > 1 ? new[] { false, true } : [false])
        {
            TransformFactors factors = Factors(rows, inputs, taps, basis, shifted: basis, 100, seed: rows, sets);
            using var opened = new OpenedTensor(TransformTensor.Pack(CodecCases.Conv(rows, inputs, height, width), factors));
            Assert.Equal(TensorFormat.ScaledTransform, opened.Tensor.Format);
            CheckAgainstDouble(opened.Decode(), factors, rows, inputs, taps);
            opened.CheckPanels();
        }
    }

    [Fact]
    public void ScalesOfInputChannelsAreHalfOctaves()
    {
        for (int n = -ColumnScales.Limit; n <= ColumnScales.Limit; n++) Assert.Equal(Math.Pow(2, n / 2.0), ColumnScales.Of(n), 1e-7 * Math.Pow(2, n / 2.0));
        Assert.InRange(ColumnScales.Pack(new int[64]).Length, 1, 9);
    }

    [Fact]
    public void LevelsBeyondAByteAndEscapesComeBack()
    {
        const int rows = 20, inputs = 40;
        var order = new PanelOrder(rows, inputs, 1);
        TransformFactors factors = Factors(rows, inputs, 1, false, false, 30000, seed: 1);
        var histogram = new LevelHistogram();
        foreach (short level in factors.Levels) histogram.Add(level);
        SymbolModel model = LevelModels.Fit(histogram).Model;
        Assert.True(model.HasEscape);
        using var opened = new OpenedTensor(TransformTensor.Pack(CodecCases.Conv(rows, inputs, 1, 1), factors));
        CheckAgainstDouble(opened.Decode(), factors, rows, inputs, 1);
        Assert.Equal(rows * inputs, (int)order.Columns * rows);
    }

    [Fact]
    public void ATensorOfZerosHasFewBytesButEnoughToBeOpened()
    {
        TransformFactors factors = Factors(512, 512, 1, false, false, 0, seed: 1);
        EncodedTensor packed = TransformTensor.Pack(CodecCases.Conv(512, 512, 1, 1), factors);
        Assert.InRange(packed.Codes.Length, 512 * 512 / LevelStream.MaxLevelsPerByte, 512 * 512 / 100);
        using var opened = new OpenedTensor(packed);
        Assert.All(opened.Decode(), w => Assert.Equal(0f, w));
    }

    [Theory]
    [InlineData(127, 9, false)]
    [InlineData(127, 64, false)]
    [InlineData(127, 25, true)]
    [InlineData(5000, 9, false)]
    [InlineData(1, 1, true)]
    public void BasisBitsKeepEverySumExact(int level, int coefficients, bool shifted)
    {
        int bits = TransformTensor.MaxBasisBits(level, coefficients, shifted);
        Assert.InRange(bits, 0, 14);
        // The largest partial sum: all coefficients at their largest against a row of the basis with all elements equal.
        double sum = level * (shifted ? 16.0 : 1.0) * coefficients * Math.Round((1 << bits) / Math.Sqrt(coefficients));
        Assert.InRange(sum, 0, 1 << 24);
    }

    internal static TransformFactors Factors(int rows, int inputs, int taps, bool basis, bool shifted, int largest, int seed, int sets = 0)
    {
        var random = new Random(seed);
        var order = new PanelOrder(rows, inputs, taps);
        int contexts = taps > 1 && (basis || seed % 2 == 0) ? taps : 1;
        short[] levels = new short[order.StoredLength];
        var counts = new LevelHistogram[contexts];
        for (int c = 0; c < contexts; c++) counts[c] = new LevelHistogram();
        for (int row = 0; row < rows; row++)
            for (int i = 0; i < inputs; i++)
                for (int tap = 0; tap < taps; tap++)
                {
                    double x = random.NextDouble() * 2 - 1;
                    int level = (int)Math.Round(x * x * x * largest);
                    levels[order.IndexOf(row, i, tap)] = (short)level;
                    counts[contexts == 1 ? 0 : tap].Add(level);
                }
        short[] rotation = [];
        int bits = 0;
        if (basis)
        {
            bits = TransformTensor.MaxBasisBits(largest, taps, shifted);
            double[] gram = new double[taps * taps];
            for (int a = 0; a < taps; a++)
                for (int b = 0; b < taps; b++) gram[a * taps + b] = Math.Exp(-Math.Abs(a - b)) * (1 + (a + b) % 3);
            rotation = [.. SymmetricEigen.Solve(gram, taps).Vectors.Select(v => (short)Math.Round(v * (1 << bits)))];
        }
        return new TransformFactors
        {
            // Some on a grid, which are coded.
            RowScales = [.. Enumerable.Range(0, rows).Select(r => r == 1 ? 0f : 0.01f + (float)random.NextDouble()).Select(scale => largest == 100 ? RowScales.Snap(scale, RowScales.Usual) : scale)],
            Step = 0.11f,
            Basis = rotation,
            BasisBits = bits,
            Shifts = shifted ? [.. Enumerable.Range(0, contexts).Select(c => (byte)(c % 9))] : [],
            Columns = [.. Enumerable.Range(0, sets * inputs).Select(c => random.Next(-9, 10))],
            Levels = levels,
            Models = [.. counts.Select(c => LevelModels.Fit(c).Model)],
        };
    }

    private static void CheckAgainstDouble(float[] decoded, TransformFactors factors, int rows, int inputs, int taps)
    {
        var order = new PanelOrder(rows, inputs, taps);
        float[] scales = RowScales.Code(factors.RowScales) is null ? RowNormalization.Rounded((float[])factors.RowScales.Clone()) : factors.RowScales;
        int contexts = factors.Models.Length;
        double Value(int row, int i, int c)
        {
            int level = factors.Levels[order.IndexOf(row, i, c)];
            double shift = factors.Shifts.Length == 0 ? 0 : factors.Shifts[contexts == 1 ? 0 : c] / 16.0;
            return level - Math.Sign(level) * shift;
        }
        for (int row = 0; row < rows; row++)
            for (int i = 0; i < inputs; i++)
                for (int x = 0; x < taps; x++)
                {
                    double expected = 0;
                    if (factors.Basis.Length == 0) expected = Value(row, i, x);
                    else
                        for (int c = 0; c < taps; c++) expected += Value(row, i, c) * factors.Basis[c * taps + x] / (1 << factors.BasisBits);
                    expected *= scales[row] * factors.Step;
                    if (factors.Columns.Length > 0) expected *= Math.Pow(2, factors.Columns[row / (rows * inputs / factors.Columns.Length) * inputs + i] / 2.0);
                    float actual = decoded[(row * inputs + i) * taps + x];
                    Assert.InRange(actual - expected, -1e-6 * Math.Abs(expected) - 1e-30, 1e-6 * Math.Abs(expected) + 1e-30);
                }
    }
}
