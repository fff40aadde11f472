using System;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Compression.Metrics;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>Oracle: the closed form (scale = mean of |w|, error = Σw² − n·mean²) and exhaustive search.</summary>
public sealed class BinaryTests
{
    [Fact]
    public void OneStageIsTheClosedForm()
    {
        float[] weights = CodecCases.Weights(1, 300, 3);
        byte[] signs = new byte[300];
        float[] scales = new float[1];
        double error = BinaryQuantization.Fit(weights, signs, scales), mean = weights.Average(w => (double)Math.Abs(w)), energy = weights.Sum(w => (double)w * w);
        Assert.Equal(mean, scales[0], 1e-6);
        Assert.Equal(energy - 300 * mean * mean, error, 1e-6 * energy);
        Assert.All(Enumerable.Range(0, 300), i => Assert.Equal(weights[i] < 0 ? 1 : 0, signs[i]));
    }

    [Fact]
    public void GaussianWeightsLoseWhatTheFormulaSays()
    {
        var random = new Random(5);
        float[] weights = [.. Enumerable.Range(0, 64 * 1024).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
        MemoryWeight source = new(CodecCases.Conv(64, 1024, 1, 1), weights);
        EncodedTensor packed = BinaryQuantization.Encode(source, 1, 1024, default);
        (double error, double energy, _) = Verification.Compare(source, packed);
        Assert.Equal(1 - 2 / Math.PI, error / energy, 0.005);
        Assert.Equal(64 * 1024 / 8, packed.Codes.Length);
        Assert.Equal(2 * 64, packed.Dense.Length);
    }

    [Fact]
    public void MoreStagesNeverLoseMoreAndTwoAreNearTheBestOfAll()
    {
        MemoryWeight source = MemoryWeight.Conv("w", 24, 40, 3, 9);
        double before = double.MaxValue;
        for (int stages = 1; stages <= BinaryTensor.MaxStages; stages++)
        {
            double error = Verification.Compare(source, BinaryQuantization.Encode(source, stages, 360, default)).Error;
            Assert.True(error <= before);
            before = error;
        }
        for (int seed = 0; seed < 20; seed++)
        {
            float[] weights = CodecCases.Weights(1, 8, seed);
            byte[] signs = new byte[8];
            float[] scales = new float[2];
            double found = BinaryQuantization.Fit(weights, signs, scales), greedy = 0, best = double.MaxValue;
            double mean = weights.Average(w => Math.Abs((double)w));
            double[] left = [.. weights.Select(w => Math.Abs(w) - mean)];
            double second = left.Average(Math.Abs);
            greedy = left.Sum(x => (Math.Abs(x) - second) * (Math.Abs(x) - second));
            // All signs of both stages: the least squares of each.
            for (int code = 0; code < 1 << 16; code++)
            {
                double a = 0, b = 0, c = 0;
                for (int i = 0; i < 8; i++)
                {
                    double s = (code >> i & 1) != 0 ? -1 : 1, t = (code >> 8 + i & 1) != 0 ? -1 : 1;
                    (a, b, c) = (a + s * weights[i], b + t * weights[i], c + s * t);
                }
                double determinant = 64 - c * c, energy = weights.Sum(w => (double)w * w);
                if (determinant > 1e-9) best = Math.Min(best, energy - (8 * a * a - 2 * c * a * b + 8 * b * b) / determinant);
            }
            Assert.InRange(found, best - 1e-5, greedy + 1e-5);
        }
    }

    [Fact]
    public void TheMethodTakesItsSettingsAndMeetsASize()
    {
        MemoryWeight[] network = MemoryWeight.Network();
        CompressionOptions options = new() { Method = CompressionMethod.Binary };
        TensorSpec[] specs = PresetRules.Decide(options, network);
        Assert.Equal((1, 288), (specs[2].Bits, specs[2].Group));
        specs = PresetRules.Decide(options with { K = 8, M = 72 }, network);
        Assert.Equal((3, 72), (specs[2].Bits, specs[2].Group));
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => BinaryQuantization.Encode(network[2], 1, 9, cancellation.Token));
    }
}
