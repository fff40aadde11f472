using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Compression;

public sealed class CommonBasisTests
{
    private static readonly TensorSpec s_levels = new(TensorTreatment.Transform, CompressionMethod.TcEcsq);

    [Fact]
    public void SmallTensorsShareABasisThatTheFileHasOnce()
    {
        MemoryWeight[] alone = [.. Enumerable.Range(0, 6).Select(i => Smooth($"w{i}", 16, 16, 3, i))], sharing = [.. Enumerable.Range(0, 6).Select(i => Smooth($"w{i}", 16, 16, 3, i))];
        CommonBasis.Attach(sharing);
        EncodedWeight[] before = [.. alone.Select(Encode)], after = [.. sharing.Select(Encode)];
        Assert.Single(after.Select(w => Convert.ToHexString(w.Tensor.Codebook)).Distinct());
        Assert.NotEmpty(after[0].Tensor.Codebook);
        Assert.InRange(Bytes(after), 1, 0.97 * Bytes(before));
        Assert.InRange(after.Sum(w => w.Error), 0, 1.03 * before.Sum(w => w.Error));
    }

    [Fact]
    public void ALargeTensorOfAnotherKindKeepsItsOwn()
    {
        MemoryWeight[] weights = [Smooth("a", 128, 64, 3, 1, sign: -1), .. Enumerable.Range(0, 20).Select(i => Smooth($"w{i}", 64, 64, 3, 2 + i))];
        CommonBasis.Attach(weights);
        Assert.NotEqual(Encode(weights[0]).Tensor.Codebook, Encode(weights[1]).Tensor.Codebook);
    }

    [Fact]
    public void KernelsOfOtherSizesAndDepthwiseOnesAreOtherKinds()
    {
        MemoryWeight[] weights =
        [
            Smooth("a", 16, 16, 3, 1), Smooth("b", 16, 16, 3, 2), Smooth("c", 16, 16, 5, 3), Smooth("d", 16, 16, 5, 4), Smooth("alone", 16, 16, 7, 5), Smooth("point", 16, 16, 1, 6), Smooth("q", 16, 16, 1, 7),
            new(new TensorIdentity("e", WeightRole.Conv, ElementType.Float32, [32, 1, 3, 3], 32), new float[288]),
        ];
        CommonBasis.Attach(weights);
        Assert.Same(weights[0].Common, weights[1].Common);
        Assert.Same(weights[2].Common, weights[3].Common);
        Assert.NotSame(weights[0].Common, weights[2].Common);
        Assert.All(weights[4..], weight => Assert.Null(weight.Common));
        Assert.Equal((9, 25), ((int)Math.Sqrt(weights[0].Common!.Value.Vectors.Length), (int)Math.Sqrt(weights[2].Common!.Value.Vectors.Length)));
    }

    private static EncodedWeight Encode(MemoryWeight weight) => TensorEncoder.Encode(weight, s_levels, 1.2, null, null, 0, default);

    /// <summary>As a file has them: equal codebooks once.</summary>
    private static long Bytes(EncodedWeight[] weights) => weights.Sum(w => TensorLengths.Of(w.Tensor).Payload - w.Tensor.Codebook.Length)
        + weights.Select(w => Convert.ToHexString(w.Tensor.Codebook)).Distinct().Sum(book => book.Length / 2);

    /// <summary>Kernels whose neighbouring taps are alike, or of opposite sign.</summary>
    private static MemoryWeight Smooth(string name, int rows, int inputs, int side, int seed, int sign = 1)
    {
        var random = new Random(seed);
        float[] weights = new float[rows * inputs * side * side];
        for (int kernel = 0; kernel < rows * inputs; kernel++)
        {
            double level = random.NextDouble() * 2 - 1, slope = random.NextDouble() - 0.5;
            for (int t = 0; t < side * side; t++)
                weights[kernel * side * side + t] = (float)((level + slope * (t % side - side / 2)) * (t % 2 == 1 ? sign : 1) + 0.5 * (random.NextDouble() - 0.5));
        }
        return new MemoryWeight(new TensorIdentity(name, WeightRole.Conv, ElementType.Float32, [rows, inputs, side, side], 1), weights);
    }
}
