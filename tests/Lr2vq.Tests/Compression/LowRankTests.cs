using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Compression.Metrics;
using Lr2vq.Kernels;
using Lr2vq.Plans;
using Lr2vq.Tests.Codecs;
using Lr2vq.Tests.Kernels;
using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>Oracles: the singular values of MathNet, and error² = Σ σ² beyond the rank.</summary>
public sealed class LowRankTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 5)]
    [InlineData(7, 3)]
    [InlineData(40, 90)]
    [InlineData(90, 40)]
    [InlineData(150, 150)]
    public void SingularValuesAreThoseOfMathNetAndErrorsTheirSums(int rows, int columns)
    {
        float[] weights = CodecCases.Weights(rows, columns, rows);
        Matrix<float> w = Matrix<float>.Build.DenseOfRowMajor(rows, columns, weights);
        double[] expected = [.. w.ToDouble().Svd().S];
        var svd = new TruncatedSvd(weights, rows, columns, null, default);
        double energy = expected.Sum(s => s * s);
        Assert.All(Enumerable.Range(0, expected.Length), i => Assert.Equal(expected[i] * expected[i], svd.SquaredValues[i], 1e-10 * energy));
        foreach (int rank in new[] { 1, (expected.Length + 1) / 2, expected.Length })
        {
            (float[] left, float[] right) = svd.Factors(rank);
            Matrix<float> product = Matrix<float>.Build.DenseOfRowMajor(rank, rows, left).TransposeThisAndMultiply(Matrix<float>.Build.DenseOfRowMajor(rank, columns, right));
            double error = (product - w).ToDouble().FrobeniusNorm();
            Assert.Equal(expected.Skip(rank).Sum(s => s * s), error * error, 1e-6 * energy);
            Assert.Equal(svd.ErrorOf(rank), error * error, 1e-6 * energy);
        }
    }

    [Fact]
    public void AMetricLowersTheErrorOfOutputsAndRaisesThatOfWeights()
    {
        const int rows = 20, columns = 60, samples = 200, rank = 6;
        var random = new Random(3);
        float[] weights = CodecCases.Weights(rows, columns, 4);
        Matrix<double> w = Matrix<float>.Build.DenseOfRowMajor(rows, columns, weights).ToDouble();
        // Inputs of very different size, mixed.
        Matrix<double> mix = Matrix<double>.Build.Dense(columns, columns, (i, j) => (random.NextDouble() - 0.5) * Math.Exp(-0.1 * j));
        Matrix<double> x = Matrix<double>.Build.Dense(samples, columns, (_, _) => random.NextDouble() - 0.5) * mix.Transpose();
        double[] gram = (x.Transpose() * x).ToRowMajorArray();
        (Matrix<double> plain, Matrix<double> metric) = (Product(null), Product([gram]));
        double plainOutputs = ((plain - w) * x.Transpose()).FrobeniusNorm(), outputs = ((metric - w) * x.Transpose()).FrobeniusNorm();
        Assert.True(outputs < 0.95 * plainOutputs);
        Assert.True((metric - w).FrobeniusNorm() > (plain - w).FrobeniusNorm());
        double[] all = [.. (w * x.Transpose()).Svd().S];
        Assert.Equal(Math.Sqrt(all.Skip(rank).Sum(s => s * s)), outputs, 1e-4 * outputs);

        Matrix<double> Product(double[][]? g)
        {
            (float[] left, float[] right) = new TruncatedSvd(weights, rows, columns, g, default).Factors(rank);
            return Matrix<float>.Build.DenseOfRowMajor(rank, rows, left).TransposeThisAndMultiply(Matrix<float>.Build.DenseOfRowMajor(rank, columns, right)).ToDouble();
        }
    }

    [Theory]
    [MemberData(nameof(CodecCases.Shapes), MemberType = typeof(CodecCases))]
    [Trait("Isa", "true")]
    public void FactorsComeBackInEveryFormatAndUnfolding(int rows, int inputs, int height, int width)
    {
        TensorIdentity identity = CodecCases.Conv(rows, inputs, height, width);
        foreach (Unfolding unfolding in Enum.GetValues<Unfolding>())
        foreach (DenseEncoding encoding in new[] { DenseEncoding.Fp32, DenseEncoding.Fp16, DenseEncoding.Int8 })
        {
            (int high, int wide) = unfolding.SidesOf(identity.Canonical);
            int rank = Math.Min(Math.Min(high, wide), 5);
            float[] left = CodecCases.Weights(rank, high, 1), right = CodecCases.Weights(rank, wide, 2);
            EncodedTensor packed = LowRankTensor.Pack(identity, unfolding, Factor(left, rank, encoding), Factor(right, rank, encoding));
            using OpenedTensor opened = new(packed), l = new(Factor(left, rank, encoding)), r = new(Factor(right, rank, encoding));
            (left, right) = (l.Decode(), r.Decode());
            float[] product = new float[high * wide], expected = new float[product.Length], decoded = opened.Decode();
            for (int i = 0; i < high; i++)
                for (int j = 0; j < wide; j++)
                    for (int c = 0; c < rank; c++) product[i * wide + j] += left[c * high + i] * right[c * wide + j];
            unfolding.Unfold(decoded, identity.Canonical, expected);
            Assert.Equal(product, expected);
            opened.CheckPanels();
        }
    }

    [Theory]
    [InlineData(130, 200, 12)]
    [InlineData(200, 33, 7)]
    public void OneVectorRunsThroughTheFactors(int rows, int columns, int rank)
    {
        TensorIdentity identity = new("w", WeightRole.Gemm, ElementType.Float32, [rows, columns], 1);
        EncodedTensor packed = LowRankTensor.Pack(identity, Unfolding.Rows, Factor(CodecCases.Weights(rank, rows, 1), rank, DenseEncoding.Fp16), Factor(CodecCases.Weights(rank, columns, 2), rank, DenseEncoding.Fp16));
        using OpenedTensor opened = new(packed);
        Assert.True(opened.Tensor.HasProducts);
        float[] weights = opened.Decode(), x = CodecCases.Weights(1, columns, 3), scratch = new float[32 * columns], y = new float[rows];
        foreach (Isa isa in VectorWidths.All)
        {
            Array.Fill(y, 1f);
            unsafe
            {
                fixed (float* from = x, room = scratch, to = y)
                {
                    float* projected = opened.Tensor.ForProducts(from, room, isa);
                    for (int first = 0; first < rows; first += 48) opened.Tensor.AddProducts(projected, to, first, Math.Min(48, rows - first), isa);
                }
            }
            for (int r = 0; r < rows; r++)
            {
                double expected = 1, size = 1;
                for (int c = 0; c < columns; c++) (expected, size) = (expected + (double)weights[r * columns + c] * x[c], size + Math.Abs((double)weights[r * columns + c] * x[c]));
                Assert.Equal(expected, y[r], 1e-5 * size);
            }
        }
    }

    [Fact]
    public void BytesAreTheFormulaAndFullRankIsExact()
    {
        MemoryWeight source = MemoryWeight.Gemm("w", 100, 96, 8);
        CanonicalShape shape = source.Identity.Canonical;
        foreach (int bits in new[] { 8, 16 })
        {
            LowRankShape low = new(17, bits, null, IsExact: true);
            EncodedTensor packed = LowRankFactorization.Encode(source, low, null, default);
            Assert.Equal((17 * (100 + 96) * bits / 8) + (bits == 8 ? 4 * 17 : 0), packed.Dense.Length);
            Assert.Equal(LowRankFactorization.ByteLengths(shape, low), (packed.Parameters.Length, packed.Codes.Length, packed.Codebook.Length, packed.Dense.Length));
        }
        (double error, double energy, _) = Verification.Compare(source, LowRankFactorization.Encode(source, new LowRankShape(-1, 16, null, true), null, default));
        Assert.InRange(error / energy, 0, 1e-6);
        // Levels: the noise of the step on top of what the rank leaves.
        foreach (double step in new[] { 0.05, 0.2 })
        {
            (error, _, _) = Verification.Compare(source, LowRankFactorization.Encode(source, new LowRankShape(-1, 8, step, true), null, default));
            Assert.InRange(error / energy, 0.7 * step * step / 12, 1.3 * step * step / 12);
        }
        Assert.Equal(48, LowRankFactorization.BreakEven(100, 96));
    }

    [Fact]
    public void AKernelTakesTheBetterUnfolding()
    {
        // Separable kernels with filters of their own for each pair of channels: of rank 2 where height and width are apart, of high rank as rows.
        const int rows = 40, inputs = 30;
        float[] down = CodecCases.Weights(2, inputs * 3, 1), across = CodecCases.Weights(2, rows * 3, 2), weights = new float[rows * inputs * 9];
        for (int o = 0; o < rows; o++)
            for (int i = 0; i < inputs; i++)
                for (int y = 0; y < 3; y++)
                    for (int x = 0; x < 3; x++)
                        for (int c = 0; c < 2; c++) weights[((o * inputs + i) * 3 + y) * 3 + x] += down[c * inputs * 3 + i * 3 + y] * across[c * rows * 3 + o * 3 + x];
        MemoryWeight source = new(CodecCases.Conv(rows, inputs, 3, 3), weights);
        EncodedTensor packed = LowRankFactorization.Encode(source, new LowRankShape(0, 16, null, false), null, default);
        Assert.Equal((byte)Unfolding.Axes, packed.Parameters[0]);
        Assert.InRange(LowRankTensor.RankOf(packed), 1, 2);
        (double error, double energy, _) = Verification.Compare(source, packed);
        Assert.InRange(error / energy, 0, 0.0101);
    }

    [Fact]
    public void ALargeClassifierTakesSecondsAndCancellationEnds()
    {
        MemoryWeight source = MemoryWeight.Gemm("fc", 500, 1024, 8);
        var watch = Stopwatch.StartNew();
        EncodedTensor packed = LowRankFactorization.Encode(source, new LowRankShape(64, 8, null, true), null, default);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
        Assert.Equal(64, LowRankTensor.RankOf(packed));
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => LowRankFactorization.Encode(source, new LowRankShape(64, 8, null, true), null, cancellation.Token));
    }

    internal static EncodedTensor Packed(int rows, int inputs, int size, int rank, double? step) =>
        LowRankFactorization.Encode(MemoryWeight.Conv("w", rows, inputs, size, 3), new LowRankShape(rank, 8, step, true), null, default);

    private static EncodedTensor Factor(float[] vectors, int rank, DenseEncoding encoding) =>
        DenseTensor.Pack(new TensorIdentity("factor", WeightRole.Gemm, ElementType.Float32, [rank, vectors.Length / rank], 1), vectors, encoding);
}
