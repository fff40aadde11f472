using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Compression.Metrics;
using Lr2vq.Diagnostics;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Compression;

public sealed class TrellisCodingTests
{
    /// <summary>Bits of normal numbers at the error of the best uniform levels: −3.3 % at 5 bits, −4 % at 4, −6 % at 2.2, −7 % at 1.6.</summary>
    [Theory]
    [InlineData(0.105, 0.028, 0.040)]
    [InlineData(0.21, 0.034, 0.045)]
    [InlineData(0.8, 0.053, 0.068)]
    [InlineData(1.2, 0.060, 0.078)]
    public void FewerBitsAtEqualError(double step, double least, double most)
    {
        const int rows = 512, inputs = 128;
        float[] x = Normal(rows * inputs, 1);
        var order = new PanelOrder(rows, inputs, 1);
        float own = (float)TrellisCoding.StepFor(step);
        TrellisCoding.Result found = TrellisCoding.Quantize(x, order, 1, own, 0.3f);
        double bits = (found.Counts[0].EntropyBits() + found.Counts[1].EntropyBits()) / x.Length, error = found.Error / x.Length;
        Assert.InRange(error / Uniform(x, step).Error, 0.9, step < 1 ? 1.15 : 1.3);
        // The step of uniform levels with this error.
        double low = step / 2, high = step * 2;
        for (int i = 0; i < 30; i++)
        {
            double middle = Math.Sqrt(low * high);
            if (Uniform(x, middle).Error < error) low = middle;
            else high = middle;
        }
        Assert.InRange(1 - bits / Uniform(x, low).Bits, least, most);
        Assert.Equal(Uniform(x, low).Bits - bits, TrellisCoding.Gain(bits), 0.03);
    }

    /// <summary>Against all paths of a short column.</summary>
    [Theory]
    [InlineData(0f, false)]
    [InlineData(0.3f, false)]
    [InlineData(0.3f, true)]
    public void ThePathIsTheBest(float lambda, bool weighted)
    {
        const int rows = 6;
        float[] targets = [.. Normal(rows, 4).Select(x => 2.5f * x)], weights = weighted ? [1f, 4f, 0.5f, 2f, 1f, 3f] : [];
        var costs = new TrellisCosts(TrellisCosts.Guess([.. Normal(1000, 5).Select(x => 2.5f * x)]), 30, 0);
        short[] values = new short[rows];
        float[] decoded = new float[rows];
        new TrellisQuantizer(rows).Quantize([.. targets.Select(t => 0.5f * t)], 0.5f, costs, lambda, weights, values, decoded);
        double best = double.MaxValue, found = Cost(values);
        Search(new short[rows], 0, 0);
        Assert.Equal(best, found, 1e-4);
        Assert.Equal(values.Select(v => 0.5f * v), decoded);

        double Cost(short[] path)
        {
            double sum = 0;
            int state = 0;
            for (int row = 0; row < rows; row++)
            {
                sum += (weighted ? weights[row] : 1) * Math.Pow(targets[row] - path[row], 2) + lambda * costs.Bits[(state & 1) * costs.Length + path[row] + costs.Largest];
                state = TrellisMachine.Next[2 * state + (TrellisMachine.LevelOf(path[row], state & 1) & 1)];
            }
            return sum;
        }

        void Search(short[] path, int row, int state)
        {
            if (row == rows)
            {
                best = Math.Min(best, Cost(path));
                return;
            }
            int nearest = (int)Math.Round(targets[row]);
            for (int value = nearest - 5; value <= nearest + 5; value++)
            {
                if (!TrellisMachine.Has(value, state & 1)) continue;
                path[row] = (short)value;
                Search(path, row + 1, TrellisMachine.Next[2 * state + (TrellisMachine.LevelOf(value, state & 1) & 1)]);
            }
        }
    }

    [Fact]
    public void TensorsTakeFewerBytesAtTheSameError()
    {
        MemoryWeight[] network = [MemoryWeight.Conv("a", 128, 128, 1, 3), MemoryWeight.Conv("b", 64, 64, 3, 4, whiteness: 0.2)];
        foreach (MemoryWeight weight in network)
        {
            (CompressionResult plain, CompressionResult trellis) = (Compress(weight, TrellisUse.Off), Compress(weight, TrellisUse.Auto));
            Assert.Equal(TensorFormat.Transform, plain.Reports[0].Format);
            Assert.Equal(TensorFormat.Trellis, trellis.Reports[0].Format);
            Assert.InRange(trellis.Reports[0].RelativeError / plain.Reports[0].RelativeError, 0.9, 1.1);
            double bytes = trellis.FileBytes + weight.Length / 8.0 * 0.5 * Math.Log2(trellis.RelativeError / plain.RelativeError);
            Assert.InRange(1 - bytes / plain.FileBytes, 0.02, 0.06);
            Assert.Equal(trellis.Tensors[0].Codes, Compress(weight, TrellisUse.Auto, threads: 2).Tensors[0].Codes);
        }
    }

    /// <summary>A row with an outlier takes a coarser step, so that values fit a byte.</summary>
    [Fact]
    public void OutliersDoNotDoubleTheMemory()
    {
        MemoryWeight weight = new(CodecCases.Conv(64, 600, 1, 1), Normal(64 * 600, 6));
        weight.Canonical[7 * 600 + 9] = 9.5f;
        EncodedTensor packed = Compress(weight, TrellisUse.On).Tensors[0];
        Assert.Equal((TensorFormat.Trellis, 1), (packed.Format, packed.Parameters[2]));
        (double error, double energy, double worst) = Verification.Compare(weight, packed);
        Assert.InRange(error / energy, 0.0005, 0.0011);
        Assert.InRange(worst, 0, 0.003);
    }

    [Fact]
    public void ShortColumnsAndFineStepsStayUniform()
    {
        Assert.False(TrellisCoding.Serves(Normal(4 * 600, 7), new PanelOrder(4, 600, 1), 0.1));
        Assert.False(TrellisCoding.Serves(Normal(64 * 600, 7), new PanelOrder(64, 600, 1), 0.001));
        Assert.True(TrellisCoding.Serves(Normal(64 * 600, 7), new PanelOrder(64, 600, 1), 0.02));
    }

    private static (double Bits, double Error) Uniform(float[] x, double step)
    {
        var counts = new LevelHistogram();
        var cells = new Dictionary<int, (double Sum, double Squares, int Count)>();
        foreach (float y in x)
        {
            int level = (int)Math.Round(y / step);
            counts.Add(level);
            (double sum, double squares, int count) = cells.GetValueOrDefault(level);
            cells[level] = (sum + y, squares + (double)y * y, count + 1);
        }
        // Each cell decodes to its mean, which is the best it can.
        return (counts.EntropyBits() / x.Length, cells.Values.Sum(cell => cell.Squares - cell.Sum * cell.Sum / cell.Count) / x.Length);
    }

    private static float[] Normal(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }

    private static CompressionResult Compress(MemoryWeight weight, TrellisUse use, int threads = 1) => Compressor.Compress([weight],
        new CompressionOptions { Step = 0.1051, Trellis = use, Threads = threads }, lengths => lengths.Sum(l => l.Payload), 4 * weight.Length, null, new DiagnosticBag(), default);
}
