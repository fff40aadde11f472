using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Evaluation;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Lr2vq.Training.Tests;

/// <summary>A trainable weight begins as the weight that the search of its format gives, and goes back into the same file.</summary>
public sealed class WeightTests
{
    /// <summary>Axis, m, d (0: all of m), shape of a convolution.</summary>
    public static TheoryData<int, int, int, int[]> Codebooks => new()
    {
        { 0, 9, 4, [20, 6, 3, 3] }, { 0, 18, 7, [16, 6, 3, 3] }, { 0, 4, 0, [17, 5, 1, 1] }, { 1, 4, 0, [12, 10, 3, 3] }, { 1, 8, 3, [16, 16, 1, 1] }, { 2, 4, 2, [18, 7, 3, 3] },
    };

    [Theory, MemberData(nameof(Codebooks))]
    public void A_codebook_begins_as_it_was_searched(int axis, int m, int d, int[] shape)
    {
        Torch.Require();
        EncodedTensor searched = Search(axis, m, d, shape);
        VectorWeight weight = Vector(searched, null);
        using Tensor rebuilt = weight.Rebuild();
        Assert.True(Torch.Difference(TensorValues.Floats(rebuilt), Decode(searched)) <= 1e-6);
        EncodedTensor back = weight.Export(null);
        Assert.Equal(searched.Parameters, back.Parameters);
        Assert.Equal(searched.Codes, back.Codes);
        Assert.Equal(searched.Codebook, back.Codebook);
        Assert.Equal(searched.Dense, back.Dense);
    }

    [Fact]
    public void A_gain_that_is_taken_out_comes_back()
    {
        Torch.Require();
        EncodedTensor searched = Search(0, 9, 4, [20, 6, 3, 3]);
        float[] gain = [.. Enumerable.Range(0, 20).Select(r => 0.25f + r / 8f)];
        VectorWeight weight = Vector(searched, gain);
        Assert.DoesNotContain(weight.Parameters, p => p.Name == "scales");
        float[] expected = Decode(searched), rebuilt = TensorValues.Floats(weight.Rebuild());
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], rebuilt[i] * gain[i / 54], 1e-5f);
        Assert.True(Torch.Difference(Decode(weight.Export(gain)), expected) <= 1e-3);
    }

    /// <summary>One codebook behind two tensors is one set of parameters, and gets the gradients of both.</summary>
    [Fact]
    public void A_shared_codebook_is_one()
    {
        Torch.Require();
        EncodedTensor searched = Search(0, 9, 4, [20, 6, 3, 3]);
        Dictionary<string, VectorCodes> codebooks = [];
        VectorWeight one = Vector(searched, null, codebooks), two = Vector(searched, null, codebooks);
        Assert.Single(codebooks);
        one.Rebuild().sum().backward();
        float[] alone = TensorValues.Floats(one.Parameters.First().Parameter.grad!);
        two.Rebuild().sum().backward();
        float[] both = TensorValues.Floats(one.Parameters.First().Parameter.grad!);
        for (int i = 0; i < alone.Length; i++) Assert.Equal(2 * alone[i], both[i], 1e-3f);
    }

    [Theory]
    [InlineData(0.5, 3)]
    [InlineData(1.5, 3)]
    [InlineData(0.7, 1)]
    public void Scalars_are_exported_as_they_are_rebuilt(double step, int side)
    {
        Torch.Require();
        TensorIdentity identity = Conv([24, 12, side, side]);
        ScalarWeight weight = new(identity, Values(24 * 12 * side * side), null, step);
        weight.Harden(1);
        float[] rebuilt = TensorValues.Floats(weight.Rebuild());
        Assert.True(Torch.Difference(Decode(weight.Export(null)), rebuilt) <= 2e-3, Torch.Text(Torch.Difference(Decode(weight.Export(null)), rebuilt)));
    }

    /// <summary>What the loss counts is what the file takes, but for its tables.</summary>
    [Fact]
    public void Bits_are_near_those_of_the_file()
    {
        Torch.Require();
        TensorIdentity identity = Conv([128, 64, 3, 3]);
        ScalarWeight weight = new(identity, Values(128 * 64 * 9), null, 1);
        weight.Harden(1);
        double counted = weight.Bits().item<float>() / 8, stored = weight.Export(null).Codes.Length;
        Assert.InRange(counted / stored, 0.9, 1.15);
        weight.Bits().backward();
        Assert.All(weight.Parameters.Take(3), p => Assert.True(p.Parameter.grad is { } grad && grad.isfinite().all().item<bool>(), p.Name));
    }

    private static VectorWeight Vector(EncodedTensor searched, float[]? gain, Dictionary<string, VectorCodes>? codebooks = null) =>
        new(searched, () => Values(searched.Shape.Aggregate(1, (n, x) => n * x)), gain, codebooks ?? []);

    private static EncodedTensor Search(int axis, int m, int d, int[] shape)
    {
        TensorSpec spec = new(TensorTreatment.Vector, CompressionMethod.Lr2vq) { Vector = new VectorShape((SliceAxis)axis, m, 16, d, 1, EntryEncoding.Int8, Scaled: true) };
        return TensorEncoder.Encode(new ArrayWeight(Conv(shape), Values(shape.Aggregate(1, (n, x) => n * x))), spec, 0, null, null, 0, CancellationToken.None).Tensor;
    }

    private static TensorIdentity Conv(int[] shape) => new("w", WeightRole.Conv, ElementType.Float32, shape, 1);

    private static float[] Values(int count)
    {
        Random random = new(3);
        return [.. Enumerable.Range(0, count).Select(i => (float)((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * (1 + i % 9 / 3.0)))];
    }

    private static unsafe float[] Decode(EncodedTensor tensor)
    {
        using NativeArena memory = new();
        WeightTensor weight = CodecTable.Open(MemoryWeights.Payload(tensor, memory, memory));
        float* values = memory.AllocateFloats((long)weight.Rows * weight.Columns + 64);
        weight.DecodeRows(0, weight.Rows, values, weight.Columns);
        return new Span<float>(values, weight.Rows * weight.Columns).ToArray();
    }
}
