using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Codecs;
using Lr2vq.Tests.Compression;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Calibration;

/// <summary>Errors measured by inputs. Oracles: the plain method for inputs of nothing in common, output errors on inputs that were not seen, direct sums.</summary>
public sealed unsafe class InputMetricTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("InputChannel", 4, 1)]
    [InlineData("Spatial", 9, 3)]
    [InlineData("InputChannel", 4, 3)]
    public void InputsWithNothingInCommonGiveThePlainBytes(string along, int m, int size)
    {
        SliceAxis axis = Enum.Parse<SliceAxis>(along);
        MemoryWeight plain = MemoryWeight.Conv("w", 64, 16, size, 3), weighted = MemoryWeight.Conv("w", 64, 16, size, 3);
        int columns = 16 * size * size;
        float[] identity = new float[columns * columns];
        for (int i = 0; i < columns; i++) identity[i * columns + i] = 1f;
        weighted.Inputs = MetricOf(weighted, axis, m, identity, columns);
        EncodedTensor a = Encode(plain, axis, m), b = Encode(weighted, axis, m);
        Assert.Equal(a.Codes, b.Codes);
        Assert.Equal(a.Codebook, b.Codebook);
        Assert.Equal(a.Dense, b.Dense);
    }

    [Theory]
    [InlineData("InputChannel", 4, 1)]
    [InlineData("Spatial", 9, 3)]
    [InlineData("Spatial", 18, 3)]
    [InlineData("InputChannel", 6, 1)]
    public void OutputsOfInputsThatWereNotSeenAreNearer(string along, int m, int size)
    {
        SliceAxis axis = Enum.Parse<SliceAxis>(along);
        const int rows = 96, inputs = 40;
        int columns = inputs * size * size;
        MemoryWeight plain = MemoryWeight.Conv("w", rows, inputs, size, 3), weighted = MemoryWeight.Conv("w", rows, inputs, size, 3);
        weighted.Inputs = MetricOf(weighted, axis, m, Samples(columns, 600, 1), 600);
        float[] unseen = Samples(columns, 300, 2);
        double before = OutputError(plain, Encode(plain, axis, m), unseen, columns), after = OutputError(plain, Encode(weighted, axis, m), unseen, columns);
        Assert.True(after < 0.97 * before, $"{after} after {before}");
    }

    [Theory]
    [InlineData("InputChannel", 4, 9, 1)]
    [InlineData("InputChannel", 4, 10, 9)]
    [InlineData("Spatial", 18, 7, 9)]
    [InlineData("Spatial", 6, 5, 9)]
    public void TheBlockIsTheMeanOfAllSubvectors(string along, int m, int inputs, int taps)
    {
        SliceAxis axis = Enum.Parse<SliceAxis>(along);
        int columns = inputs * taps, size = (int)Math.Sqrt(taps);
        MemoryWeight weight = MemoryWeight.Conv("w", 8, inputs, size, 3);
        float[] samples = Samples(columns, 50, 4);
        SliceOrder order = SliceOrder.Of(weight.Identity.Canonical, axis, m);
        double[] block = MetricOf(weight, axis, m, samples, 50).Block(order)!;
        double[] expected = new double[m * m];
        for (int place = 0; place < order.Places; place++)
        {
            (int count, _, int column, _, int step) = order.ElementsOf(0, place);
            if (count < m) continue;
            for (int a = 0; a < m; a++)
                for (int b = 0; b < m; b++)
                    for (int s = 0; s < 50; s++) expected[a * m + b] += (double)samples[s * columns + column + a * step] * samples[s * columns + column + b * step];
        }
        Assert.All(Enumerable.Range(0, m * m), i => Assert.Equal(expected[i], block[i], 1e-4 * expected.Max()));
    }

    [Theory]
    [InlineData("bgd")]
    [InlineData("svd-gram")]
    [InlineData("joint")]
    [InlineData("joint-compact")]
    public void TheCommandLineTakesThemWithDataOnly(string word)
    {
        string model = _folder.Pointwise();
        ToolRun without = ToolRunner.Run("compress", model, "--method", word);
        Assert.NotEqual(0, without.Code);
        Assert.Contains("LR2VQ3209", without.Error);
        Assert.Contains("--calibration-data", without.Error);
        for (int i = 0; i < 8; i++) RandomTensor.Floats(20 + i, 1, 3, 8, 8).WriteNpy(_folder[$"x{i}.npy"]);
        List<byte[]> artifacts = [];
        foreach (string threads in new[] { "1", "3" })
        {
            ToolRun run = ToolRunner.Run("compress", model, "--method", word, "--calibration-data", _folder["x*.npy"], "--threads", threads, "-o", _folder["a.lr2vq"]);
            Assert.True(run.Code == 0, run.Error);
            Assert.DoesNotContain("LR2VQ3016", run.Error);
            artifacts.Add(File.ReadAllBytes(_folder["a.lr2vq"]));
        }
        Assert.Equal(artifacts[0], artifacts[1]);
        Assert.Equal(0, ToolRunner.Run("compress", model, "--method", word == "bgd" ? "kmeans" : "svd", "--m", "4", "-o", _folder["b.lr2vq"]).Code);
        Assert.False(artifacts[0].AsSpan().SequenceEqual(File.ReadAllBytes(_folder["b.lr2vq"])));
    }

    private static EncodedTensor Encode(MemoryWeight weight, SliceAxis axis, int m)
    {
        VectorShape shape = new(axis, m, 32, 0, 1, EntryEncoding.Int8, Scaled: true) { ByInputs = true };
        VectorCodebook codebook = VectorQuantization.Train([weight], shape, SeededRandom.For(0, "w"), new Workers(1, default));
        return VectorQuantization.Encode(weight, shape, codebook, default);
    }

    private static InputMetric MetricOf(MemoryWeight weight, SliceAxis axis, int m, float[] samples, int count)
    {
        SliceOrder order = SliceOrder.Of(weight.Identity.Canonical, axis, m);
        var gram = new InputGram(GramShape.Of(weight.Identity, InputMetric.ColumnsFor(weight.Identity, order)));
        fixed (float* x = samples) gram.Add(x, count);
        return new InputMetric(gram);
    }

    /// <summary>Neighbouring inputs have much in common, and their sizes differ within a subvector.</summary>
    private static float[] Samples(int columns, int count, int seed)
    {
        var random = new Random(seed);
        float[] samples = new float[columns * count];
        for (int s = 0; s < count; s++)
        {
            double last = 0;
            for (int c = 0; c < columns; c++)
            {
                last = 0.8 * last + random.NextDouble() - 0.4;
                samples[s * columns + c] = (float)(last * (1 + c % 4));
            }
        }
        return samples;
    }

    private static double OutputError(MemoryWeight weight, EncodedTensor packed, float[] samples, int columns)
    {
        using OpenedTensor opened = new(packed);
        float[] decoded = opened.Decode();
        double error = 0;
        for (int s = 0; s < samples.Length / columns; s++)
            for (int r = 0; r < opened.Tensor.Rows; r++)
            {
                double difference = 0;
                for (int c = 0; c < columns; c++) difference += ((double)decoded[r * columns + c] - weight.Canonical[r * columns + c]) * samples[s * columns + c];
                error += difference * difference;
            }
        return error;
    }
}
