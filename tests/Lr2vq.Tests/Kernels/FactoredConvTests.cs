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

/// <summary>Factors that are applied one after the other must equal the weight that they make.</summary>
[Trait("Isa", "true")]
public sealed class FactoredConvTests
{
    /// <param name="rows">The unfolding: a whole kernel and a pointwise one; else height and width.</param>
    [Theory]
    [InlineData(true, 64, 48, 3, 3, 1, 1, 16, 14, 15)]
    [InlineData(true, 64, 80, 3, 3, 2, 1, 20, 13, 9)]
    [InlineData(true, 40, 64, 1, 1, 1, 1, 7, 9, 9)]
    [InlineData(true, 64, 64, 1, 1, 2, 1, 16, 10, 11)]
    [InlineData(true, 32, 33, 3, 3, 1, 2, 5, 12, 12)]
    [InlineData(true, 33, 32, 1, 5, 1, 1, 9, 8, 20)]
    [InlineData(false, 64, 48, 3, 3, 1, 1, 24, 14, 15)]
    [InlineData(false, 48, 64, 3, 3, 2, 1, 17, 13, 9)]
    [InlineData(false, 32, 20, 5, 3, 1, 2, 10, 21, 16)]
    public void TwoStepsEqualTheExpandedWeights(bool rows, int inputs, int outputs, int kernelHeight, int kernelWidth, int stride, int dilation, int rank, int height, int width)
    {
        var random = new Random(inputs + rank);
        TensorIdentity identity = CodecCases.Conv(outputs, inputs, kernelHeight, kernelWidth);
        using OpenedTensor opened = new(Packed(identity, rows ? Unfolding.Rows : Unfolding.Axes, rank));
        Assert.Equal(rank, opened.Tensor.AsFactors()!.Rank);
        (int top, int left) = (kernelHeight / 2 * dilation, kernelWidth / 2 * dilation);
        int outHeight = (height + 2 * top - (kernelHeight - 1) * dilation - 1) / stride + 1, outWidth = (width + 2 * left - (kernelWidth - 1) * dilation - 1) / stride + 1;
        TestTensor x = TestTensor.Random(random, [2, inputs, height, width], TensorLayout.Blocked), bias = TestTensor.Random(random, [outputs]);
        TestTensor residual = TestTensor.Random(random, [2, outputs, outHeight, outWidth], TensorLayout.Blocked);
        string attributes = $"strides={stride},{stride} dilations={dilation},{dilation} pads={top},{left},{top},{left}";
        int[] shape = [2, outputs, outHeight, outWidth];
        var weight = new TestTensor(identity.Shape, opened.Decode());
        float[] product = OperatorBench.Run<Conv>(attributes, shape, TensorLayout.Plain, x with { Layout = TensorLayout.Plain }, weight, bias);
        float[] expected = [.. product.Select((v, i) => Math.Max(0f, v + residual.Values[i]))];
        var geometry = new ConvGeometry
        {
            Batch = 2, InputChannels = inputs, InputHeight = height, InputWidth = width, OutputChannels = outputs, OutputHeight = outHeight, OutputWidth = outWidth,
            KernelHeight = kernelHeight, KernelWidth = kernelWidth, StrideY = stride, StrideX = stride, DilationY = dilation, DilationX = dilation, Top = top, Left = left, Groups = 1,
        };
        foreach (Isa isa in VectorWidths.All)
            foreach (TensorLayout layout in new[] { TensorLayout.Plain, TensorLayout.Blocked })
            {
                using Lanes.Forced forced = Lanes.Force(isa);
                ConvForm[] forms = [.. ConvKernels.Forms(geometry, opened.Tensor, TensorLayout.Blocked, layout).Where(f => f.Projected)];
                Assert.Contains(new ConvForm(ConvMethod.Direct, Projected: true), forms);
                foreach (ConvForm form in forms)
                    foreach (int threads in new[] { 1, 3 })
                        Check(geometry, opened.Tensor, form, isa, threads, layout, x, bias, residual with { Layout = layout }, expected, form.Method == ConvMethod.WinogradFour ? 1e-4 : 1e-5);
            }
    }

    [Fact]
    public void TheCostModelTakesTwoStepsWhereTheySaveMuch()
    {
        TensorIdentity identity = CodecCases.Conv(256, 256, 3, 3);
        var geometry = new ConvGeometry
        {
            Batch = 1, InputChannels = 256, InputHeight = 28, InputWidth = 28, OutputChannels = 256, OutputHeight = 28, OutputWidth = 28,
            KernelHeight = 3, KernelWidth = 3, StrideY = 1, StrideX = 1, DilationY = 1, DilationX = 1, Top = 1, Left = 1, Groups = 1,
        };
        using OpenedTensor small = new(Packed(identity, Unfolding.Rows, 24)), large = new(Packed(identity, Unfolding.Rows, 200));
        foreach (Isa isa in VectorWidths.All)
        {
            Assert.True(ConvKernels.Best(geometry, small.Tensor, TensorLayout.Blocked, TensorLayout.Blocked, isa).Projected);
            Assert.False(ConvKernels.Best(geometry, large.Tensor, TensorLayout.Blocked, TensorLayout.Blocked, isa).Projected);
        }
        // What saves less than a quarter of the numbers, and groups, are one weight.
        Assert.Null(large.Tensor.AsFactors());
        using OpenedTensor groups = new(Packed(new TensorIdentity("w", WeightRole.Conv, ElementType.Float32, [64, 32, 3, 3], 2), Unfolding.Rows, 8));
        Assert.Null(groups.Tensor.AsFactors());
    }

    [Theory]
    [InlineData(true, 7, 130, 96, 12, 1)]
    [InlineData(false, 20, 96, 130, 30, 3)]
    [InlineData(true, 2, 65, 48, 5, 1)]
    public void ProductsEqualThoseOfTheExpandedWeights(bool isGemm, int m, int n, int k, int rank, int threads)
    {
        WeightRole role = isGemm ? WeightRole.Gemm : WeightRole.MatMul;
        var random = new Random(m);
        TensorIdentity identity = new("w", role, ElementType.Float32, role == WeightRole.Gemm ? [n, k] : [k, n], 1);
        using OpenedTensor opened = new(Packed(identity, Unfolding.Rows, rank));
        TestTensor x = TestTensor.Random(random, [m, k]), bias = TestTensor.Random(random, [n]);
        float[] canonical = opened.Decode();
        float[] weight = role == WeightRole.Gemm ? canonical : [.. Enumerable.Range(0, k * n).Select(i => canonical[i % n * k + i / n])];
        string attributes = $"alpha={OperatorBench.Bits(0.5f)} act=relu";
        float[] expected = OperatorBench.Run<Gemm>(attributes, [m, n], TensorLayout.Plain, x, new TestTensor(identity.Shape, weight).AsWeight(role), bias);
        using var team = new ThreadTeam(threads);
        foreach (Isa isa in VectorWidths.All)
        {
            using Lanes.Forced forced = Lanes.Force(isa);
            float[] actual = OperatorBench.Run<Gemm>(threads > 1 ? team : null, attributes, [m, n], TensorLayout.Plain, x, new TestTensor(identity.Shape, weight).AsWeight(role) with { Tensor = opened.Tensor }, bias);
            OperatorBench.Near(expected, actual, isa.ToString(), 1e-5);
        }
    }

    private static unsafe void Check(in ConvGeometry geometry, WeightTensor weight, ConvForm form, Isa isa, int threads, TensorLayout layout, TestTensor x, TestTensor bias, TestTensor residual, float[] expected, double tolerance)
    {
        using var memory = new NativeArena();
        using var team = new ThreadTeam(threads);
        float* Stored(TestTensor tensor)
        {
            var view = new TensorView { Shape = tensor.Shape, Layout = tensor.Layout, Type = ElementType.Float32 };
            view.Data = (byte*)memory.AllocateFloats(view.StoredLength);
            OperatorBench.Copy(tensor, view.F32);
            return view.F32;
        }
        IConvKernel kernel = ConvKernels.Make(form, geometry, weight, new Epilogue(Activation.Clip, 0f, float.PositiveInfinity), TensorLayout.Blocked, layout, isa, threads);
        float* input = Stored(x), added = Stored(residual), biases = Stored(bias with { Layout = TensorLayout.Plain }), y = Stored(residual);
        byte* scratch = memory.Allocate(kernel.ScratchBytes);
        // What lay in scratch memory before is of no matter.
        new Span<byte>(scratch, checked((int)kernel.ScratchBytes)).Fill(0xFF);
        ThreadTeam? help = threads > 1 ? team : null;
        kernel.Run(input, biases, added, y, scratch, help);
        // In the steady state nothing is allocated; the run time itself may still do so once or twice, when it loads a type.
        long allocated = long.MaxValue;
        for (int again = 0; again < 4 && allocated > 0; again++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            kernel.Run(input, biases, added, y, scratch, help);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Equal(0, allocated);
        float[] actual = OperatorBench.Values(new TensorView { Shape = residual.Shape, Layout = layout, Type = ElementType.Float32, Data = (byte*)y });
        OperatorBench.Near(expected, actual, $"{form} {isa} {layout}, {threads} threads", tolerance);
    }

    private static EncodedTensor Packed(TensorIdentity identity, Unfolding unfolding, int rank)
    {
        (int high, int wide) = unfolding.SidesOf(identity.Canonical);
        EncodedTensor Factor(int length, int seed) => DenseTensor.Pack(new TensorIdentity("factor", WeightRole.Gemm, ElementType.Float32, [rank, length], 1),
            [.. CodecCases.Weights(rank, length, seed).Select(w => w / MathF.Sqrt(length))], DenseEncoding.Fp16);
        return LowRankTensor.Pack(identity, unfolding, Factor(high, 1), Factor(wide, 2));
    }
}
