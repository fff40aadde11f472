using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Codecs;

/// <summary>Weights that were quantized to 8 bits come back bit for bit, from a byte each or less.</summary>
public sealed class GridTensorTests
{
    private const int Rows = 20, Columns = 162;

    [Theory, InlineData(127, true), InlineData(127, false), InlineData(128, false), InlineData(5, false), InlineData(1, false)]
    public void LevelsComeBackExactly(int most, bool shared)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Random random = new(seed);
            float[] scales = [.. Enumerable.Range(0, Rows).Select(_ => random.NextSingle() * 0.1f + 1e-4f)];
            float[] weights = [.. Enumerable.Range(0, Rows * Columns).Select(i => random.Next(-most, Math.Min(most, 127) + 1) * scales[shared ? 0 : i / Columns])];
            EncodedTensor packed = GridTensor.TryPack(CodecCases.Conv(Rows, 18, 3, 3), weights)!;
            Assert.True(packed.Codes.Length + packed.Dense.Length <= Rows * Columns + 4 * Rows + 5);
            using var opened = new OpenedTensor(packed);
            Assert.Equal(weights, Decoded(opened.Tensor));
        }
    }

    [Fact]
    public void OtherWeightsAreNoGrid()
    {
        float[] weights = CodecCases.Weights(Rows, Columns, 1);
        Assert.Null(GridTensor.TryPack(CodecCases.Conv(Rows, 18, 3, 3), weights));
        float[] nearly = [.. Enumerable.Range(0, Rows * Columns).Select(i => i % 100 * 0.01f)];
        nearly[^1] = MathF.BitIncrement(nearly[^1]);
        Assert.Null(GridTensor.TryPack(CodecCases.Conv(Rows, 18, 3, 3), nearly));
        // What is minus zero is not what a level of zero gives.
        Assert.Null(GridTensor.TryPack(CodecCases.Conv(Rows, 18, 3, 3), [.. Enumerable.Repeat(-0f, Rows * Columns)]));
    }

    private static unsafe float[] Decoded(WeightTensor weight)
    {
        float[] values = new float[Rows * Columns];
        fixed (float* to = values) weight.DecodeRows(0, Rows, to, Columns);
        return values;
    }
}
