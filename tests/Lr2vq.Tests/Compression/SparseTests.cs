using System;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Compression.Metrics;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>Oracles: the special cases (SVD, vector quantization, sparse PCA of orthogonal atoms), the entropy of the levels, scalar sums.</summary>
public sealed class SparseTests
{
    [Theory]
    [InlineData(9, 4)]
    [InlineData(9, 9)]
    [InlineData(16, 5)]
    public void AllCoefficientsAreTheTruncatedSvd(int m, int atoms)
    {
        float[] x = CodecCases.Weights(300, m, 4);
        SeededRandom random = SeededRandom.For(1, "x");
        float[] z = new float[300 * atoms];
        var fit = SparseDecomposition.Fit(x, m, atoms, new SparseConstraint(300 * atoms), 5, ref random, z, default);
        var svd = new TruncatedSvd(x, 300, m, null, default);
        Assert.Equal(svd.ErrorOf(atoms), fit.Errors[^1], 1e-5 * svd.ErrorOf(0));
    }

    [Fact]
    public void OneCoefficientOfOneIsVectorQuantization()
    {
        // Four clusters far apart: the optimum is known.
        var random = new Random(2);
        float[] x = [.. Enumerable.Range(0, 400).SelectMany(n => Enumerable.Range(0, 4).Select(t => (float)(10 * (n % 4 >> t & 1) + random.NextDouble())))];
        SeededRandom seeded = SeededRandom.For(3, "vq");
        double best = double.MaxValue;
        float[] z = new float[400 * 4];
        for (int start = 0; start < 60; start++)
        {
            var fit = SparseDecomposition.Fit(x, 4, 4, new SparseConstraint(400, IsOneHot: true), 20, ref seeded, z, default);
            Assert.All(Enumerable.Range(0, 400), n => Assert.Equal([0f, 1f], z.AsSpan(n * 4, 4).ToArray().Distinct().Order()));
            for (int t = 1; t < fit.Errors.Count; t++) Assert.True(fit.Errors[t] <= fit.Errors[t - 1] * (1 + 1e-12));
            best = Math.Min(best, fit.Errors[^1]);
        }
        double expected = 0;
        for (int cluster = 0; cluster < 4; cluster++)
            for (int t = 0; t < 4; t++)
            {
                double[] own = [.. Enumerable.Range(0, 400).Where(n => n % 4 == cluster).Select(n => (double)x[n * 4 + t])];
                expected += own.Sum(v => (v - own.Average()) * (v - own.Average()));
            }
        Assert.Equal(expected, best, 1e-3 * expected);
    }

    [Fact]
    public void OrthogonalAtomsKeepTheLargestCoefficientsAndErrorsNeverRise()
    {
        float[] x = CodecCases.Weights(500, 9, 7);
        SeededRandom random = SeededRandom.For(1, "x");
        float[] z = new float[500 * 9];
        // The first turn: principal directions are orthogonal, so what is lost is the energy of the coefficients that are dropped.
        var first = SparseDecomposition.Fit(x, 9, 9, new SparseConstraint(1500), 1, ref random, z, default);
        double[] gram = new double[81];
        for (int n = 0; n < 500; n++)
            for (int a = 0; a < 9; a++)
                for (int b = 0; b < 9; b++) gram[a * 9 + b] += (double)x[n * 9 + a] * x[n * 9 + b];
        double[] basis = SymmetricEigen.Solve(gram, 9).Vectors;
        double[] squares = [.. Enumerable.Range(0, 4500).Select(i => Math.Pow(Enumerable.Range(0, 9).Sum(t => basis[i % 9 * 9 + t] * x[i / 9 * 9 + t]), 2)).OrderDescending()];
        Assert.InRange(first.Errors[0], 0, squares.Skip(1500).Sum() * 1.0001);
        Assert.Equal(1500, z.Count(v => v != 0f));
        foreach (int atoms in new[] { 5, 9, 20 })
        {
            z = new float[500 * atoms];
            var fit = SparseDecomposition.Fit(x, 9, atoms, new SparseConstraint(1200), 30, ref random, z, default);
            for (int t = 1; t < fit.Errors.Count; t++) Assert.True(fit.Errors[t] <= fit.Errors[t - 1] * (1 + 1e-6), $"{atoms} atoms, turn {t}: {fit.Errors[t - 1]} became {fit.Errors[t]}");
        }
    }

    [Fact]
    public void TheLargestAreKept()
    {
        var random = new Random(1);
        foreach (int length in new[] { 1, 10, 5000 })
            foreach (int keep in new[] { 1, length / 3 + 1, length })
            {
                float[] values = [.. Enumerable.Range(0, length).Select(_ => (float)(random.Next(9) - 4 + (random.Next(2) == 0 ? 0 : random.NextDouble())))], kept = (float[])values.Clone();
                SparseDecomposition.KeepLargest(kept, keep);
                float[] expected = [.. values.OrderByDescending(Math.Abs).Take(keep).Select(Math.Abs)];
                Assert.Equal(expected.Where(v => v > 0).Order(), kept.Where(v => v != 0).Select(Math.Abs).Order());
            }
    }

    [Theory]
    [MemberData(nameof(CodecCases.Shapes), MemberType = typeof(CodecCases))]
    [Trait("Isa", "true")]
    public void LevelsAndAtomsComeBack(int rows, int inputs, int height, int width)
    {
        TensorIdentity identity = CodecCases.Conv(rows, inputs, height, width);
        int columns = inputs * height * width;
        foreach ((int m, int atoms) in new[] { (1, 1), (9, 5), (7, 20) })
        {
            var random = new Random(m);
            int places = (columns + m - 1) / m;
            SparseFactors factors = new()
            {
                M = m,
                AtomScales = [.. Enumerable.Range(0, atoms).Select(_ => (float)(Half)random.NextDouble())],
                Atoms = [.. Enumerable.Range(0, atoms * m).Select(_ => (sbyte)random.Next(-127, 128))],
                RowScales = [.. Enumerable.Range(0, rows).Select(_ => (float)random.NextDouble())],
                Step = 0.25f,
                Levels = [.. Enumerable.Range(0, rows * places * atoms).Select(_ => (sbyte)(random.Next(3) == 0 ? random.Next(-127, 128) : 0))],
            };
            var counts = Enumerable.Range(0, atoms).Select(_ => new LevelHistogram()).ToArray();
            for (int i = 0; i < factors.Levels.Length; i++) counts[i % atoms].Add(factors.Levels[i]);
            EncodedTensor packed = SparseTensor.Pack(identity, factors, [.. counts.Select(c => LevelModels.Fit(c, 127).Model)]);
            Assert.Equal((SparseTensor.ParameterBytes, atoms * (2 + m), 2 * rows), (packed.Parameters.Length, packed.Codebook.Length, packed.Dense.Length));
            using var opened = new OpenedTensor(packed);
            float[] decoded = opened.Decode();
            float[] relative = (float[])factors.RowScales.Clone();
            float multiplier = RowScales.Pack(relative, new byte[2 * rows]);
            for (int i = 0; i < decoded.Length; i++)
            {
                int row = i / columns, s = i % columns / m, t = i % columns % m;
                float sum = 0f;
                for (int k = 0; k < atoms; k++)
                {
                    sbyte level = factors.Levels[(row * places + s) * atoms + k];
                    if (level != 0) sum += level * (factors.AtomScales[k] * factors.Atoms[k * m + t]);
                }
                Assert.Equal((float)(Half)(factors.RowScales[row] / multiplier) * (multiplier * factors.Step) * sum, decoded[i]);
            }
            opened.CheckPanels();
        }
    }

    [Fact]
    public void BytesAreTheEntropyOfSupportAndLevels()
    {
        MemoryWeight source = MemoryWeight.Conv("w", 64, 64, 3, 5, whiteness: 0.3);
        SparseShape shape = new(9, 9, 2, null);
        EncodedTensor packed = SparseQuantization.Encode(source, shape, SeededRandom.For(0, "w"), default);
        // Levels as they are in the file, by the reader.
        double bits = 0;
        using var opened = new OpenedTensor(packed);
        sbyte[] levels = LevelsOf(packed, 64, 64, 9);
        Assert.InRange(levels.Count(l => l != 0) / (64.0 * 64), 1.8, 2.0);
        for (int k = 0; k < 9; k++)
        {
            sbyte[] own = [.. levels.Where((_, i) => i % 9 == k)];
            double density = own.Count(l => l != 0) / (double)own.Length;
            double support = density is 0 or 1 ? 0 : own.Length * -(density * Math.Log2(density) + (1 - density) * Math.Log2(1 - density));
            sbyte[] values = [.. own.Where(l => l != 0)];
            bits += support + values.GroupBy(l => l).Sum(g => -g.Count() * Math.Log2(g.Count() / (double)values.Length));
        }
        Assert.InRange(packed.Codes.Length, bits / 8, bits / 8 * 1.01 + 9 * 12 + 40);
        Assert.InRange(packed.Codes.Length, 0, SparseQuantization.ByteLengths(source.Identity.Canonical, shape).Codes);
    }

    [Fact]
    public void AtEqualBytesADecayingSpectrumLosesLessThanSvdAndPlainLevels()
    {
        MemoryWeight source = MemoryWeight.Conv("w", 96, 64, 3, 6, whiteness: 0.25);
        EncodedTensor sparse = SparseQuantization.Encode(source, new SparseShape(9, 9, 1.5, null), SeededRandom.For(0, "w"), default);
        double error = Verification.Compare(source, sparse).Error;
        long bytes = TensorLengths.Of(sparse).Payload;
        double step = 8;
        EncodedTensor levels;
        do levels = TensorEncoder.Encode(source, new TensorSpec(TensorTreatment.Transform, CompressionMethod.Ecsq) { Basis = false }, step *= 0.95, null, null, 0, default).Tensor;
        while (TensorLengths.Of(levels).Payload < bytes);
        Assert.True(error < Verification.Compare(source, levels).Error);
        int rank = (int)Math.Ceiling(bytes / (96 + 64 * 9 + 4.0));
        EncodedTensor svd = LowRankFactorization.Encode(source, new LowRankShape(rank, 8, null, false), null, default);
        Assert.True(error < Verification.Compare(source, svd).Error);
    }

    [Fact]
    public void SeedsRepeatAndCancellationEnds()
    {
        MemoryWeight source = MemoryWeight.Conv("w", 40, 30, 1, 6);
        SparseShape shape = new(6, 12, 2, 0.4);
        EncodedTensor one = SparseQuantization.Encode(source, shape, SeededRandom.For(7, "w"), default), two = SparseQuantization.Encode(source, shape, SeededRandom.For(7, "w"), default);
        Assert.Equal(one.Codes, two.Codes);
        Assert.NotEqual(one.Codes, SparseQuantization.Encode(source, shape, SeededRandom.For(8, "w"), default).Codes);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => SparseQuantization.Encode(source, shape, SeededRandom.For(7, "w"), cancellation.Token));
    }

    internal static EncodedTensor Packed(int rows, int inputs, int size) =>
        SparseQuantization.Encode(MemoryWeight.Conv("w", rows, inputs, size, 3), new SparseShape(9, 12, 3, null), SeededRandom.For(0, "w"), default);

    private static unsafe sbyte[] LevelsOf(EncodedTensor packed, int rows, int places, int atoms)
    {
        using var memory = new Lr2vq.Memory.NativeArena();
        PanelOrder order = new(rows, places, atoms);
        sbyte[] levels = new sbyte[rows * places * atoms];
        fixed (byte* codes = packed.Codes)
        {
            byte* read = LevelCoder.Open(new TensorPayload { Name = "w", CodesData = codes, CodesLength = packed.Codes.Length, Memory = memory }, order, atoms, 1);
            for (int row = 0, i = 0; row < rows; row++)
                for (int s = 0; s < places; s++)
                    for (int k = 0; k < atoms; k++) levels[i++] = ((sbyte*)read)[order.IndexOf(row, s, k)];
        }
        return levels;
    }
}
