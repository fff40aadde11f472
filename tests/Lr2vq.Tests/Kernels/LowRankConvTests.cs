using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>A convolution that projects first must equal the one with the expanded weights.</summary>
[Trait("Isa", "true")]
public sealed class LowRankConvTests
{
    /// <summary>Subvectors that hold the kernels of one, two or three channels: filters that all channels share, then a pointwise convolution.</summary>
    [Theory]
    [InlineData(32, 32, 3, 1, 9, 4, 12, 9, true)]
    [InlineData(64, 48, 3, 2, 18, 4, 9, 11, true)]
    [InlineData(96, 16, 3, 1, 27, 5, 5, 30, true)]
    [InlineData(48, 64, 5, 2, 25, 8, 15, 14, true)]
    [InlineData(64, 32, 1, 1, 16, 4, 7, 7, false)]     // one tap: the same as along the channels
    public void SpatialEqualsTheExpandedWeights(int inputs, int outputs, int kernel, int stride, int m, int d, int height, int width, bool shared) =>
        Check(SliceAxis.Spatial, inputs, outputs, kernel, stride, m, d, height, width, shared);

    [Theory]
    [InlineData(32, 32, 3, 1, 8, 4, 12, 9)]
    [InlineData(64, 48, 3, 2, 8, 4, 9, 11)]
    [InlineData(64, 20, 1, 1, 16, 4, 7, 7)]
    [InlineData(128, 64, 1, 2, 16, 4, 10, 10)]
    [InlineData(48, 64, 3, 1, 16, 8, 5, 30)]
    [InlineData(40, 33, 3, 1, 8, 2, 8, 8)]
    [InlineData(24, 16, 3, 1, 8, 3, 8, 8)]     // groups of 3 do not fill a block: no projection
    public void EqualsTheExpandedWeights(int inputs, int outputs, int kernel, int stride, int m, int d, int height, int width) =>
        Check(SliceAxis.InputChannel, inputs, outputs, kernel, stride, m, d, height, width, shared: false);

    private static void Check(SliceAxis axis, int inputs, int outputs, int kernel, int stride, int m, int d, int height, int width, bool shared)
    {
        var random = new Random(inputs + m);
        float[] Numbers(int count) => Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var identity = new TensorIdentity("w", WeightRole.Conv, ElementType.Float32, [outputs, inputs, kernel, kernel], 1);
        int codes = (int)SliceOrder.Of(identity.Canonical, axis, m).Count;
        using var opened = new OpenedTensor(CodebookTensor.Pack(identity, new CodebookFactors
        {
            Axis = axis, M = m, D = d, Encoding = EntryEncoding.Fp16, Entries = [Numbers(200 * d)], Basis = Numbers(d * m),
            Codes = [Enumerable.Range(0, codes).Select(_ => (ushort)random.Next(200)).ToArray()], RowScales = Enumerable.Range(0, outputs).Select(_ => random.NextSingle() + 0.5f).ToArray(),
        }));
        if (!shared) Assert.Equal(16 % d == 0, opened.Tensor.AsProjected() is { } projected && ProjectedConv.Serves(projected));
        int pad = kernel / 2, outHeight = (height + 2 * pad - kernel) / stride + 1, outWidth = (width + 2 * pad - kernel) / stride + 1;
        TestTensor x = TestTensor.Random(random, [2, inputs, height, width], TensorLayout.Blocked), bias = TestTensor.Random(random, [outputs]);
        var weight = new TestTensor(identity.Shape, opened.Decode());
        if (shared) CheckShared(opened.Tensor, weight.Values, x, bias, stride, pad, outHeight, outWidth);
        string attributes = $"strides={stride},{stride} pads={pad},{pad},{pad},{pad} act=relu";
        int[] shape = [2, outputs, outHeight, outWidth];
        float[] expected = OperatorBench.Run<Conv>(attributes, shape, TensorLayout.Plain, x with { Layout = TensorLayout.Plain }, weight, bias);
        foreach (Isa isa in VectorWidths.All)
            foreach (TensorLayout layout in new[] { TensorLayout.Plain, TensorLayout.Blocked })
            {
                using Lanes.Forced forced = Lanes.Force(isa);
                float[] actual = OperatorBench.Run<Conv>(attributes, shape, layout, x, weight.AsWeight(WeightRole.Conv) with { Tensor = opened.Tensor }, bias);
                OperatorBench.Near(expected, actual, $"{isa} {layout}", 1e-5);
            }
    }

    /// <summary>The form itself, whatever the cost model would choose.</summary>
    private static unsafe void CheckShared(WeightTensor weight, float[] values, TestTensor x, TestTensor bias, int stride, int pad, int height, int width)
    {
        var geometry = new ConvGeometry
        {
            Batch = x.Shape[0], InputChannels = x.Shape[1], InputHeight = x.Shape[2], InputWidth = x.Shape[3], OutputChannels = weight.Rows, OutputHeight = height,
            OutputWidth = width, KernelHeight = weight.KernelHeight, KernelWidth = weight.KernelWidth, StrideY = stride, StrideX = stride, DilationY = 1,
            DilationX = 1, Top = pad, Left = pad, Groups = 1,
        };
        var form = new ConvForm(ConvMethod.Direct, Projected: true);
        Assert.Contains(form, ConvKernels.Forms(geometry, weight, TensorLayout.Blocked, TensorLayout.Plain));
        var dense = new OperatorBench.TestWeight(WeightRole.Conv, weight.Shape, 1, values);
        using var memory = new NativeArena();
        int length = geometry.Batch * weight.Rows * height * width;
        float* input = memory.AllocateFloats(x.Values.Length), expected = memory.AllocateFloats(length);
        x.Values.CopyTo(new Span<float>(input, x.Values.Length));
        Run(ConvKernels.Make(new ConvForm(ConvMethod.Direct), geometry, dense, default, TensorLayout.Blocked, TensorLayout.Plain, Isa.Scalar), expected);
        foreach (Isa isa in VectorWidths.All)
            foreach (int threads in new[] { 1, 3 })
            {
                using Lanes.Forced forced = Lanes.Force(isa);
                float* actual = memory.AllocateFloats(length);
                Run(ConvKernels.Make(form, geometry, weight, default, TensorLayout.Blocked, TensorLayout.Plain, Lanes.Isa, threads), actual, threads);
                OperatorBench.Near(new Span<float>(expected, length).ToArray(), new Span<float>(actual, length).ToArray(), $"{isa}, {threads} threads", 1e-5);
            }

        void Run(IConvKernel kernel, float* y, int threads = 1)
        {
            using var team = new ThreadTeam(threads);
            fixed (float* b = bias.Values) kernel.Run(input, b, null, y, memory.Allocate(kernel.ScratchBytes), team);
        }
    }
}
