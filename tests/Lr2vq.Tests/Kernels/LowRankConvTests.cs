using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>A convolution that projects first must equal the one with the expanded weights.</summary>
[Trait("Isa", "true")]
public sealed class LowRankConvTests
{
    [Theory]
    [InlineData(32, 32, 3, 1, 8, 4, 12, 9)]
    [InlineData(64, 48, 3, 2, 8, 4, 9, 11)]
    [InlineData(64, 20, 1, 1, 16, 4, 7, 7)]
    [InlineData(128, 64, 1, 2, 16, 4, 10, 10)]
    [InlineData(48, 64, 3, 1, 16, 8, 5, 30)]
    [InlineData(40, 33, 3, 1, 8, 2, 8, 8)]
    [InlineData(24, 16, 3, 1, 8, 3, 8, 8)]     // groups of 3 do not fill a block: no projection
    public void EqualsTheExpandedWeights(int inputs, int outputs, int kernel, int stride, int m, int d, int height, int width)
    {
        var random = new Random(inputs + m);
        float[] Numbers(int count) => Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var identity = new TensorIdentity("w", WeightRole.Conv, ElementType.Float32, [outputs, inputs, kernel, kernel], 1);
        int codes = (int)SliceOrder.Of(identity.Canonical, SliceAxis.InputChannel, m).Count;
        using var opened = new OpenedTensor(CodebookTensor.Pack(identity, new CodebookFactors
        {
            Axis = SliceAxis.InputChannel, M = m, D = d, Encoding = EntryEncoding.Fp16, Entries = [Numbers(200 * d)], Basis = Numbers(d * m),
            Codes = [Enumerable.Range(0, codes).Select(_ => (ushort)random.Next(200)).ToArray()], RowScales = Enumerable.Range(0, outputs).Select(_ => random.NextSingle() + 0.5f).ToArray(),
        }));
        Assert.Equal(16 % d == 0, opened.Tensor.AsProjected() is { } projected && ProjectedConv.Serves(projected));
        int pad = kernel / 2, outHeight = (height + 2 * pad - kernel) / stride + 1, outWidth = (width + 2 * pad - kernel) / stride + 1;
        TestTensor x = TestTensor.Random(random, [2, inputs, height, width], TensorLayout.Blocked), bias = TestTensor.Random(random, [outputs]);
        var weight = new TestTensor(identity.Shape, opened.Decode());
        string attributes = $"strides={stride},{stride} pads={pad},{pad},{pad},{pad} act=relu";
        int[] shape = [2, outputs, outHeight, outWidth];
        float[] expected = OperatorBench.Run<Conv>(attributes, shape, TensorLayout.Plain, x with { Layout = TensorLayout.Plain }, weight, bias);
        foreach (Isa isa in new[] { Isa.Scalar, Isa.Vector128, Isa.Vector256, Isa.Vector512 })
            foreach (TensorLayout layout in new[] { TensorLayout.Plain, TensorLayout.Blocked })
            {
                using Lanes.Forced forced = Lanes.Force(isa);
                float[] actual = OperatorBench.Run<Conv>(attributes, shape, layout, x, weight.AsWeight(WeightRole.Conv) with { Tensor = opened.Tensor }, bias);
                OperatorBench.Near(expected, actual, $"{isa} {layout}", 1e-5);
            }
    }
}
