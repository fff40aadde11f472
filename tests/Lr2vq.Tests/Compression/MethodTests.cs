using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Compression.Metrics;
using Lr2vq.Kernels;
using Lr2vq.Tests.Codecs;
using Lr2vq.Tests.Kernels;
using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace Lr2vq.Tests.Compression;

public sealed class MethodTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(25)]
    [InlineData(64)]
    public void EigenvectorsAreThoseOfMathNet(int n)
    {
        var random = new Random(n);
        double[] b = [.. Enumerable.Range(0, n * n).Select(_ => random.NextDouble() - 0.5)];
        Matrix<double> a = Matrix<double>.Build.DenseOfRowMajor(n, n, b);
        a = a.TransposeThisAndMultiply(a);
        (double[] values, double[] vectors) = SymmetricEigen.Solve(a.ToRowMajorArray(), n);
        double[] expected = [.. a.Evd(Symmetricity.Symmetric).EigenValues.Select(c => c.Real).OrderDescending()];
        Matrix<double> v = Matrix<double>.Build.DenseOfRowMajor(n, n, vectors);
        for (int i = 0; i < n; i++)
        {
            Assert.Equal(expected[i], values[i], 1e-10 * expected[0]);
            Assert.True((a * v.Row(i) - values[i] * v.Row(i)).L2Norm() <= 1e-10 * expected[0]);
            Assert.True(vectors.AsSpan(i * n, n).ToArray().MaxBy(Math.Abs) > 0);
        }
        Assert.True((v * v.Transpose() - Matrix<double>.Build.DenseIdentity(n)).FrobeniusNorm() < 1e-10);
    }

    [Fact]
    public void WaterFillingOfAKnownSpectrum()
    {
        (int d, double level) = WaterFilling.Solve([16, 4, 1, 0.25], 16);
        Assert.Equal(3, d);
        Assert.Equal(Math.Pow(2, -2.0 / 3), level, 1e-12);
        Assert.Equal(4, WaterFilling.Solve([1, 1, 1, 1], 256).Dimensions);
        Assert.Equal(1, WaterFilling.Solve([1, 0, 0], 256).Dimensions);
        Assert.Equal(1, WaterFilling.Solve([0, 0], 4).Dimensions);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void ScalarKMeansIsTheBestOfAllPartitions(int k)
    {
        var random = new Random(k);
        for (int n = 1; n <= 12; n++)
        {
            float[] values = [.. Enumerable.Range(0, n).Select(_ => MathF.Round((float)random.NextDouble() * 20) / 4)];
            float[] centers = ScalarKMeans.Fit((float[])values.Clone(), k);
            Assert.Equal(BruteForce([.. values.Order()], k), Distortion(values, centers), 1e-5);
        }
    }

    [Fact]
    public void ScalarKMeansBeatsRandomRestartsAndImprovesWithK()
    {
        float[] values = CodecCases.Weights(1, 1500, 4);
        double before = double.MaxValue;
        foreach (int k in new[] { 1, 2, 4, 8, 16, 64 })
        {
            double exact = Distortion(values, ScalarKMeans.Fit((float[])values.Clone(), k));
            Assert.True(exact <= before);
            before = exact;
            var random = new Random(k);
            for (int restart = 0; restart < 100; restart++) Assert.True(exact <= Lloyd(values, k, random) * (1 + 1e-6));
        }
    }

    [Fact]
    public void ScalarKMeansOnBinsIsNearlyExact()
    {
        float[] values = CodecCases.Weights(1, 30000, 5);
        double bound = Distortion(values, ScalarKMeans.Fit((float[])values.Clone(), 16));
        var random = new Random(1);
        for (int restart = 0; restart < 10; restart++) Assert.True(bound <= 1.001 * Lloyd(values, 16, random));
    }

    [Fact]
    [Trait("Isa", "true")]
    public void TheNearestCentroidIsFoundWithEveryInstructionSet()
    {
        var random = new Random(2);
        foreach (int d in new[] { 1, 4, 9, 18 })
        foreach (int k in new[] { 1, 3, 8, 9, 256 })
        {
            SubvectorMatrix subvectors = Matrix(random, 77, d);
            float[] centroids = [.. Enumerable.Range(0, k * d).Select(_ => (float)random.NextDouble() - 0.5f)];
            if (k > 4) centroids.AsSpan(0, d).CopyTo(centroids.AsSpan(2 * d));     // a tie: the lower index wins
            int[]? first = null;
            foreach (Isa isa in VectorWidths.All)
            {
                int[] codes = new int[80];
                float[] scores = new float[80];
                using (Lanes.Force(isa)) Assignment.Run(subvectors, 0, subvectors.Blocks, centroids, k, codes, scores);
                first ??= codes;
                Assert.Equal(first, codes);
                for (int i = 0; i < subvectors.Count; i++)
                {
                    double least = Enumerable.Range(0, k).Min(j => Distance(subvectors, i, centroids, j));
                    Assert.Equal(least, Distance(subvectors, i, centroids, codes[i]), 1e-5);
                    if (k > 4) Assert.NotEqual(2, codes[i]);
                }
            }
        }
    }

    [Fact]
    [Trait("Isa", "true")]
    public void CentroidsDoNotDependOnTheInstructionSet()
    {
        SubvectorMatrix subvectors = Matrix(new Random(3), 2000, 9);
        float[]? first = null;
        foreach (Isa isa in VectorWidths.Compared)
        {
            using Lanes.Forced forced = Lanes.Force(isa);
            float[] centroids = KMeans.Train(subvectors, 32, KMeans.Schedule.Default, new SeededRandom(1));
            first ??= centroids;
            Assert.Equal(first, centroids);
        }
    }

    [Fact]
    public void EnoughEntriesGiveNoError()
    {
        var random = new Random(4);
        float[][] distinct = [.. Enumerable.Range(0, 20).Select(_ => Enumerable.Range(0, 4).Select(_ => (float)random.NextDouble()).ToArray())];
        var subvectors = new SubvectorMatrix(500, 4);
        for (int i = 0; i < subvectors.Count; i++)
            for (int c = 0; c < 4; c++) subvectors[i, c] = distinct[i % 20][c];
        foreach (int k in new[] { 20, 32 })
        {
            float[] centroids = KMeans.Train(subvectors, k, KMeans.Schedule.Default, new SeededRandom(1));
            for (int i = 0; i < subvectors.Count; i++)
                Assert.Equal(0, Enumerable.Range(0, k).Min(j => Distance(subvectors, i, centroids, j)));
        }
    }

    [Fact]
    public void AnnealingAndReseedingBeatPlainLloyd()
    {
        // Heavy tails: the few large vectors hold the energy, and a random start misses them.
        MemoryWeight weight = MemoryWeight.Conv("w", 64, 64, 3, 5);
        SubvectorMatrix subvectors = Slices(weight, 9);
        double annealed = 0, plain = 0;
        for (ulong seed = 0; seed < 3; seed++)
        {
            annealed += Error(subvectors, KMeans.Train(subvectors, 128, KMeans.Schedule.Default, new SeededRandom(seed)));
            plain += Error(subvectors, KMeans.Train(subvectors, 128, new KMeans.Schedule(0, 25), new SeededRandom(seed)));
        }
        Assert.True(annealed < plain * 1.01, $"{annealed} against {plain}");
    }

    [Fact]
    public void ASampleIsNearlyAsGoodAsEverything()
    {
        SubvectorMatrix all = Slices(MemoryWeight.Conv("w", 256, 512, 1, 6), 4);
        var random = new SeededRandom(1);
        SubvectorMatrix sample = KMeans.Sample(all, 16384, ref random);
        Assert.Equal(16384, sample.Count);
        double whole = Error(all, KMeans.Train(all, 64, KMeans.Schedule.Default, new SeededRandom(1)));
        // As the encoder does it: trained on the sample, one update with all, then the codes.
        float[] centroids = KMeans.Train(sample, 64, KMeans.Schedule.Default, new SeededRandom(1));
        int[] codes = new int[all.Blocks * 16];
        Assignment.Run(all, 0, all.Blocks, centroids, 64, codes, new float[codes.Length]);
        KMeans.Update(all, codes, centroids, 64);
        double part = Error(all, centroids);
        Assert.InRange(part / whole, 0, 1.02);
    }

    [Fact]
    public void LowRankWithAllDimensionsIsExactQuantization()
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 32, 16, 3, 7);
        EncodedTensor exact = Encode(weight, new VectorShape(SliceAxis.Spatial, 9, 64, 0, 1, EntryEncoding.Int8, true));
        EncodedTensor lowRank = Encode(weight, new VectorShape(SliceAxis.Spatial, 9, 64, 9, 1, EntryEncoding.Int8, true));
        Assert.Equal(exact.Codes, lowRank.Codes);
        Assert.Equal(exact.Codebook, lowRank.Codebook);
        Assert.Equal(exact.Dense, lowRank.Dense);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(8)]
    public void ErrorIsLowRankErrorPlusClusteringError(int d)
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 64, 32, 3, 8);
        var shape = new VectorShape(SliceAxis.Spatial, 9, 64, d, 1, EntryEncoding.Fp32, Scaled: false);
        VectorCodebook codebook = VectorQuantization.Train([weight], shape, new SeededRandom(1), new Workers(1, default));
        EncodedTensor packed = VectorQuantization.Encode(weight, shape, codebook, default);
        Assert.Equal(TensorFormat.LowRankCodebook, packed.Format);
        // What the basis cannot hold, and what clustering adds within it.
        Matrix<double> w = Matrix<double>.Build.Dense(weight.Canonical.Length / 9, 9, (n, t) => weight.Canonical[n * 9 + t]);
        double[] singular = [.. w.Svd(false).S];
        double lowRank = singular.Skip(d).Sum(s => s * s), clustering = 0;
        for (int n = 0; n < w.RowCount; n++)
        {
            double[] z = [.. Enumerable.Range(0, d).Select(c => Enumerable.Range(0, 9).Sum(t => w[n, t] * codebook.Lift[c * 9 + t]))];
            clustering += Enumerable.Range(0, 64).Min(j => Enumerable.Range(0, d).Sum(c => Math.Pow(z[c] - codebook.Entries[j * d + c], 2)));
        }
        double error = Verification.Compare(weight, packed).Error;
        // The basis is rounded to fp16, which is what separates the two.
        Assert.InRange(error / (lowRank + clustering), 1 - 2e-3, 1 + 2e-3);
    }

    [Fact]
    public void PaddedSubvectorsFindTheEntryNearestToTheirRealElements()
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 30, 22, 1, 9);
        foreach (SliceAxis axis in Enum.GetValues<SliceAxis>())
        {
            var shape = new VectorShape(axis, 4, 64, 0, 1, EntryEncoding.Fp32, Scaled: false);
            (double error, double energy, _) = Verification.Compare(weight, Encode(weight, shape));
            Assert.InRange(error / energy, 0, 0.3);
        }
    }

    [Fact]
    public void ScalesMakeQuietRowsCount()
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 64, 64, 1, 10);
        double RowError(bool scaled)
        {
            using var opened = new OpenedTensor(Encode(weight, new VectorShape(SliceAxis.InputChannel, 4, 128, 0, 1, EntryEncoding.Int8, scaled)));
            float[] decoded = opened.Decode();
            return Enumerable.Range(0, 64).Average(r => Enumerable.Range(r * 64, 64).Sum(i => Math.Pow(weight.Canonical[i] - decoded[i], 2))
                / Enumerable.Range(r * 64, 64).Sum(i => Math.Pow(weight.Canonical[i], 2)));
        }
        Assert.True(RowError(true) < 0.8 * RowError(false));
    }

    [Fact]
    public void ResidualErrorFallsWithStages()
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 64, 64, 1, 11);
        double before = double.MaxValue;
        for (int stages = 1; stages <= 4; stages++)
        {
            var shape = new VectorShape(SliceAxis.InputChannel, 4, 64, 4, stages, EntryEncoding.Int8, true);
            double error = Verification.Compare(weight, ResidualQuantization.Encode(weight, shape, new SeededRandom(1), default)).Error;
            Assert.True(error < 0.6 * before, $"{stages} stages: {error} after {before}");
            before = error;
        }
    }

    [Fact]
    public void VectorsOfOneWeightAreScalarKMeans()
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 16, 64, 1, 12);
        double exact = Distortion(weight.Canonical, ScalarKMeans.Fit((float[])weight.Canonical.Clone(), 16));
        (double error, _, _) = Verification.Compare(weight, Encode(weight, new VectorShape(SliceAxis.InputChannel, 1, 16, 0, 1, EntryEncoding.Fp32, false)));
        Assert.InRange(error, exact * (1 - 1e-5), exact * 1.1);
    }

    [Theory]
    [InlineData(8, 32, 1e-4)]
    [InlineData(6, 64, 1.5e-3)]
    [InlineData(4, 64, 0.025)]
    [InlineData(2, 32, 0.25)]
    public void UniformErrorOfBits(int bits, int group, double limit)
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 64, 64, 1, 13);
        (double error, double energy, _) = Verification.Compare(weight, GroupScalar.Uniform(weight, bits, group));
        Assert.InRange(error / energy, 0, limit);
    }

    [Fact]
    public void ScalarTablesBeatUniformLevelsOfTwoBits()
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 64, 64, 3, 14);
        double uniform = Verification.Compare(weight, GroupScalar.Uniform(weight, 3, 72)).Error;
        double table = Verification.Compare(weight, GroupScalar.KMeans(weight, 8, 72, new SeededRandom(1))).Error;
        Assert.True(table < 1.1 * uniform);
    }

    private static EncodedTensor Encode(MemoryWeight weight, VectorShape shape) => VectorQuantization.Encode(weight, shape,
        VectorQuantization.Train([weight], shape, new SeededRandom(1), new Workers(1, default)), CancellationToken.None);

    private static SubvectorMatrix Slices(MemoryWeight weight, int m)
    {
        var matrix = new SubvectorMatrix(weight.Canonical.Length / m, m);
        for (int i = 0; i < matrix.Count; i++)
            for (int c = 0; c < m; c++) matrix[i, c] = weight.Canonical[i * m + c];
        return matrix;
    }

    private static SubvectorMatrix Matrix(Random random, int count, int d)
    {
        var matrix = new SubvectorMatrix(count, d);
        for (int i = 0; i < count; i++)
            for (int c = 0; c < d; c++) matrix[i, c] = (float)random.NextDouble() - 0.5f;
        return matrix;
    }

    private static double Error(SubvectorMatrix subvectors, float[] centroids)
    {
        int k = centroids.Length / subvectors.Dimensions;
        int[] codes = new int[subvectors.Blocks * 16];
        Assignment.Run(subvectors, 0, subvectors.Blocks, centroids, k, codes, new float[codes.Length]);
        return Enumerable.Range(0, subvectors.Count).Sum(i => Distance(subvectors, i, centroids, codes[i]));
    }

    private static double Distance(SubvectorMatrix subvectors, int i, float[] centroids, int j)
    {
        double sum = 0;
        for (int c = 0; c < subvectors.Dimensions; c++) sum += Math.Pow((double)subvectors[i, c] - centroids[j * subvectors.Dimensions + c], 2);
        return sum;
    }

    private static double Distortion(float[] values, float[] centers) => values.Sum(x => centers.Min(c => ((double)x - c) * ((double)x - c)));

    private static double BruteForce(float[] sorted, int k)
    {
        double Cost(int from, int to)
        {
            double mean = sorted[from..to].Average(x => (double)x);
            return sorted[from..to].Sum(x => (x - mean) * (x - mean));
        }
        double Best(int from, int left) => from == sorted.Length ? 0 : left == 1 ? Cost(from, sorted.Length)
            : Enumerable.Range(from + 1, sorted.Length - from).Min(to => Cost(from, to) + Best(to, left - 1));
        return Best(0, k);
    }

    private static double Lloyd(float[] values, int k, Random random)
    {
        float[] centers = [.. Enumerable.Range(0, k).Select(_ => values[random.Next(values.Length)]).Order()];
        for (int iteration = 0; iteration < 30; iteration++)
        {
            double[] sums = new double[k];
            int[] members = new int[k];
            foreach (float x in values)
            {
                int j = ScalarKMeans.Nearest(centers, x);
                sums[j] += x;
                members[j]++;
            }
            for (int j = 0; j < k; j++) if (members[j] > 0) centers[j] = (float)(sums[j] / members[j]);
            Array.Sort(centers);
        }
        double distortion = 0;
        foreach (float x in values) distortion += Math.Pow((double)x - centers[ScalarKMeans.Nearest(centers, x)], 2);
        return distortion;
    }
}
