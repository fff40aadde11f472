using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>The cost model puts forms in the order in which measurements put them, where those leave no doubt.</summary>
public sealed class ConvCostTests
{
    private static readonly Isa[] s_widths = [Isa.Vector512, Isa.Vector256, Isa.Vector128, Isa.Scalar];

    private static ConvGeometry Square(int channels, int outputs, int size, int kernel = 3, int stride = 1, int batch = 1) => new()
    {
        Batch = batch, InputChannels = channels, InputHeight = size, InputWidth = size, OutputChannels = outputs,
        OutputHeight = (size + stride - 1) / stride, OutputWidth = (size + stride - 1) / stride, KernelHeight = kernel, KernelWidth = kernel,
        StrideY = stride, StrideX = stride, DilationY = 1, DilationX = 1, Top = kernel / 2, Left = kernel / 2, Groups = 1,
    };

    private static WeightTensor Weight(in ConvGeometry g)
    {
        int[] shape = [g.OutputChannels, g.GroupInputs, g.KernelHeight, g.KernelWidth];
        return new OperatorBench.TestWeight(WeightRole.Conv, shape, g.Groups, new float[shape.Aggregate(1, (a, b) => a * b)]);
    }

    private static ConvForm Best(in ConvGeometry g, Isa isa) => ConvKernels.Best(g, Weight(g), TensorLayout.Blocked, TensorLayout.Blocked, isa);

    [Theory]
    [InlineData(64, 56), InlineData(128, 28), InlineData(256, 14)]
    public void LargeMapsTakeTheLargeTile(int channels, int size)
    {
        foreach (Isa isa in s_widths) Assert.Equal(new ConvForm(ConvMethod.WinogradFour), Best(Square(channels, channels, size), isa));
    }

    [Fact]
    public void MapsOfOneTileOfTwoTakeIt()
    {
        foreach (Isa isa in s_widths) Assert.Equal(new ConvForm(ConvMethod.WinogradTwo), Best(Square(64, 64, 2, batch: 16), isa));
    }

    [Fact]
    public void OnePixelTakesNoTile()
    {
        foreach (Isa isa in s_widths) Assert.Equal(new ConvForm(ConvMethod.Direct), Best(Square(256, 256, 1), isa));
    }

    [Fact]
    public void EveryFormHasACost()
    {
        foreach (Isa isa in s_widths)
            foreach (ConvGeometry g in new[] { Square(64, 64, 8), Square(32, 48, 9, stride: 2), Square(16, 16, 5, kernel: 1), Square(500, 20, 40, batch: 3) })
            {
                WeightTensor weight = Weight(g);
                foreach (ConvForm form in ConvKernels.Forms(g, weight, TensorLayout.Blocked, TensorLayout.Blocked))
                    Assert.InRange(ConvCost.Of(form, g, weight, isa), 1, 1e12);
            }
    }

    [Fact]
    public void MoreWorkCostsMore()
    {
        foreach (Isa isa in s_widths)
            foreach (ConvMethod method in new[] { ConvMethod.Direct, ConvMethod.WinogradTwo, ConvMethod.WinogradFour })
            {
                double Cost(in ConvGeometry g) => ConvCost.Of(new ConvForm(method), g, Weight(g), isa);
                Assert.True(Cost(Square(64, 64, 28)) < Cost(Square(64, 64, 56)));
                Assert.True(Cost(Square(64, 64, 28)) < Cost(Square(128, 64, 28)));
                Assert.True(Cost(Square(64, 64, 28)) < Cost(Square(64, 128, 28)));
                Assert.True(Cost(Square(64, 64, 28)) < Cost(Square(64, 64, 28, batch: 2)));
            }
    }
}
