using System;
using System.Linq;
using Lr2vq.Compression.Methods;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>First order of ranks, against the products themselves.</summary>
public sealed class RankGradientTests
{
    [Theory]
    [InlineData(30, 50, false)]
    [InlineData(50, 30, false)]
    [InlineData(30, 50, true)]
    public void AllRanksAtOnceAreTheProductsWithWhatIsLeftOut(int rows, int columns, bool byInputs)
    {
        float[] weights = CodecCases.Weights(rows, columns, 1), gradient = CodecCases.Weights(rows, columns, 2);
        double[] gram = new double[columns * columns];
        for (int i = 0; i < columns; i++) gram[i * columns + i] = 1 + i;
        var svd = new TruncatedSvd(weights, rows, columns, byInputs ? [gram] : null, default);
        double[] changes = RankGradient.Changes(svd, gradient);
        Assert.Equal(0, changes[^1]);
        foreach (int rank in new[] { 1, 7, 20, 29 })
        {
            (float[] left, float[] right) = svd.Factors(rank);
            double expected = 0, size = 0;
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < columns; j++)
                {
                    double kept = 0;
                    for (int c = 0; c < rank; c++) kept += (double)left[c * rows + i] * right[c * columns + j];
                    expected += gradient[i * columns + j] * (kept - weights[i * columns + j]);
                    size += Math.Abs(gradient[i * columns + j] * weights[i * columns + j]);
                }
            Assert.Equal(expected, changes[rank], 1e-6 * size);
        }
    }

    [Fact]
    public void CandidatesAreTheLeastChangeAndTheSmallestWithoutARise()
    {
        double[] changes = [9, 3, -1, 2, -4, -5, -2, -6];
        Assert.Equal([5, 2], RankGradient.Candidates(changes, 6));
        Assert.Equal([1, 1], RankGradient.Candidates(changes, 1));
        Assert.Empty(RankGradient.Candidates(changes, 0));
    }

    [Fact]
    public void WithinTheBoundTheLossGoesWhereItIsPredicted()
    {
        // A loss ⟨g, δ⟩ + ½·λ·‖δ‖²: along a direction the sign turns at 2·|⟨g, d⟩| ÷ λ.
        var random = new Random(5);
        for (int trial = 0; trial < 200; trial++)
        {
            double[] g = [.. Enumerable.Range(0, 20).Select(_ => random.NextDouble() - 0.5)], d = [.. Enumerable.Range(0, 20).Select(_ => random.NextDouble() - 0.5)];
            double length = Math.Sqrt(d.Sum(x => x * x)), slope = g.Zip(d, (a, b) => a * b).Sum() / length, curvature = 0.1 + random.NextDouble();
            double Measured(double norm) => slope * norm + 0.5 * curvature * norm * norm;
            double[] norms = [.. Enumerable.Range(0, 6).Select(_ => 3 * random.NextDouble())];
            double bound = RankGradient.Bound(norms.Select(n => new LossProbe(n, slope * n, Measured(n))));
            Assert.Contains(bound, norms.Append(0));
            for (int i = 0; i < 10; i++) Assert.True(bound == 0 || Math.Sign(Measured(bound * (0.01 + 0.99 * random.NextDouble()))) == Math.Sign(slope));
            Assert.All(norms.Where(n => n > bound), n => Assert.True(slope < 0 && n > norms.Where(o => Math.Sign(Measured(o)) != Math.Sign(slope)).DefaultIfEmpty(double.PositiveInfinity).Min() - 1e-12));
        }
    }
}
