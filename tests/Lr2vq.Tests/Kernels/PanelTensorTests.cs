using System;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>Weights that lie in memory in panels: what they hold, and that kernels which read them in place compute what they do with decoded ones.</summary>
[Trait("Isa", "true")]
public sealed class PanelTensorTests
{
    [Theory]
    [InlineData(64, 40, 3, 3), InlineData(62, 33, 1, 1), InlineData(127, 5, 1, 3), InlineData(16, 70, 1, 1)]
    public unsafe void Panels_hold_what_rows_hold(int rows, int inputs, int height, int width)
    {
        using OpenedTensor opened = Open(CodecCases.Conv(rows, inputs, height, width));
        Assert.IsType<PanelTensor>(opened.Tensor);
        Assert.Equal(CodecCases.Weights(rows, inputs * height * width, 1), opened.Decode());
        opened.CheckPanels();
        Assert.True(opened.Tensor.PanelAt(3, 0) == null);
        for (int first = 0; first < rows; first += 16)
            for (int firstInput = 0; firstInput < inputs; firstInput += 16)
            {
                float[] panel = opened.Panel(Isa.Scalar, first, firstInput, inputs - firstInput);
                Assert.Equal(panel, new ReadOnlySpan<float>(opened.Tensor.PanelAt(first, firstInput), panel.Length).ToArray());
            }
    }

    [Theory]
    [InlineData("Gemm", 20, 33, 1), InlineData("Gemm", 1, 33, 1), InlineData("Gather", 64, 33, 1), InlineData("Conv", 48, 33, 2)]
    public void Few_rows_and_tables_stay_in_rows(string role, int rows, int inputs, int groups)
    {
        int[] shape = role == "Conv" ? [rows, inputs, 1, 1] : [rows, inputs];
        using OpenedTensor opened = Open(new TensorIdentity("w", Enum.Parse<WeightRole>(role), ElementType.Float32, shape, groups));
        Assert.IsType<DenseTensor>(opened.Tensor);
    }

    [Fact]
    public void Products_read_panels_in_place()
    {
        var random = new Random(1);
        foreach ((int m, int k, int n) in new[] { (1, 64, 64), (1, 33, 127), (5, 40, 128), (30, 70, 62), (13, 1100, 32) })
            foreach (WeightRole role in new[] { WeightRole.Gemm, WeightRole.MatMul })
            {
                int[] shape = role == WeightRole.Gemm ? [n, k] : [k, n];
                TestTensor x = TestTensor.Random(random, [m, k]), bias = TestTensor.Random(random, [n]);
                Check<Gemm>("act=relu", new TensorIdentity("w", role, ElementType.Float32, shape, 1), [m, n], TensorLayout.Plain, x, bias);
            }
    }

    [Theory]
    [InlineData(32, 64, 3, 1, 1, false), InlineData(20, 64, 3, 2, 1, false), InlineData(64, 62, 1, 1, 1, false), InlineData(64, 64, 3, 1, 2, false), InlineData(64, 64, 1, 2, 1, false)]
    [InlineData(3, 32, 3, 2, 1, true), InlineData(32, 32, 3, 1, 32, false), InlineData(32, 32, 3, 1, 32, true)]
    public void Convolutions_read_panels_in_place(int inputs, int outputs, int kernel, int stride, int groups, bool plain)
    {
        var random = new Random(2);
        int pad = kernel / 2, height = 11, width = 30;
        TensorLayout layout = plain ? TensorLayout.Plain : TensorLayout.Blocked;
        TestTensor x = TestTensor.Random(random, [2, inputs, height, width], layout), bias = TestTensor.Random(random, [outputs]);
        Check<Conv>($"strides={stride},{stride} pads={pad},{pad},{pad},{pad} group={groups} act=relu",
            new TensorIdentity("w", WeightRole.Conv, ElementType.Float32, [outputs, inputs / groups, kernel, kernel], groups),
            [2, outputs, (height + 2 * pad - kernel) / stride + 1, (width + 2 * pad - kernel) / stride + 1], layout, x, bias);
    }

    private static void Check<T>(string attributes, TensorIdentity identity, int[] output, TensorLayout layout, TestTensor x, TestTensor bias)
        where T : Operator, IOperator<T>
    {
        using OpenedTensor opened = Open(identity);
        Assert.IsType<PanelTensor>(opened.Tensor);
        float[] rows = opened.Decode(), values = new float[rows.Length];
        unsafe
        {
            fixed (float* v = values) DenseOrder.Decode(opened.Tensor, v);
        }
        TestTensor decoded = new TestTensor(identity.Shape, values, Weight: identity.Role, Groups: identity.Groups), inPlace = decoded with { Tensor = opened.Tensor };
        foreach (Isa isa in VectorWidths.All)
        {
            using Lanes.Forced forced = Lanes.Force(isa);
            Assert.Equal(OperatorBench.Run<T>(attributes, output, layout, x, decoded, bias), OperatorBench.Run<T>(attributes, output, layout, x, inPlace, bias));
        }
    }

    private static OpenedTensor Open(TensorIdentity identity)
    {
        (int rows, int inputs, int height, int width) = identity.Canonical;
        return new OpenedTensor(DenseTensor.Pack(identity, CodecCases.Weights(rows, inputs * height * width, 1), DenseEncoding.Planes));
    }
}
