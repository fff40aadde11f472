using System;
using System.Linq;
using Lr2vq.Training.Networks;
using Xunit;
using static TorchSharp.torch;

namespace Lr2vq.Training.Tests;

/// <summary>Convolutions and their gradients are those of double arithmetic, for channels that libtorch's own kernels get wrong.</summary>
public sealed class ConvolutionTests
{
    private static readonly long[] s_channels = [3, 16, 17, 24, 40, 48, 72];

    public static TheoryData<int, int, int, bool> Kernels => new()
    {
        { 1, 1, 1, false }, { 3, 3, 1, false }, { 3, 3, 2, false }, { 1, 3, 1, false }, { 5, 5, 2, false }, { 3, 3, 3, false }, { 1, 1, 1, true }, { 3, 3, 1, true }, { 3, 3, 2, true }, { 2, 2, 2, true }, { 5, 1, 1, true },
    };

    [Theory, MemberData(nameof(Kernels))]
    public void Gradients_are_those_of_double(int height, int width, int stride, bool turned)
    {
        Torch.Require();
        foreach (long inputs in s_channels)
            foreach (long outputs in s_channels)
                foreach (long groups in new[] { 1L, 3 })
                    Check(inputs, outputs, groups);
        foreach (long channels in s_channels) Check(1, 1, channels);

        void Check(long inputs, long outputs, long groups)
        {
            using var scope = NewDisposeScope();
            Tensor x = rand(2, groups * inputs, 7, 7) - 0.5f, weight = rand(turned ? groups * inputs : groups * outputs, turned ? outputs : inputs, height, width) - 0.5f;
            (Tensor y, Tensor byX, Tensor byWeight) = Gradients(x, weight, null);
            (Tensor exactY, Tensor exactX, Tensor exactWeight) = Gradients(x.to(ScalarType.Float64), weight.to(ScalarType.Float64), y);
            Assert.Equal(exactY.shape, y.shape);
            double worst = new[] { (y, exactY), (byX, exactX), (byWeight, exactWeight) }.Max(pair => ((pair.Item1.to(ScalarType.Float64) - pair.Item2).abs().max() / pair.Item2.abs().max()).item<double>());
            Assert.True(worst <= 1e-5, $"{inputs} to {outputs} channels in {groups} groups: {Torch.Text(worst)}");

            (Tensor, Tensor, Tensor) Gradients(Tensor x, Tensor weight, Tensor? against)
            {
                (x, weight) = (x.detach().requires_grad_(), weight.detach().requires_grad_());
                // The input comes from another step, and so does the gradient.
                Tensor middle = x * 1;
                long[] strides = [stride, stride], ones = [1, 1];
                Tensor y = x.dtype == ScalarType.Float64
                    ? turned ? nn.functional.conv_transpose2d(middle, weight, strides: strides, groups: groups) : nn.functional.conv2d(middle, weight, strides: strides, padding: [height / 2, width / 2], groups: groups)
                    : turned ? TorchProducts.ConvolveTransposed(middle, weight, strides, ones, groups) : TorchProducts.Convolve(middle, weight, strides, [height / 2, width / 2], ones, groups);
                y.backward([(against ?? y).detach().to(x.dtype).sin()]);
                return (y.detach(), x.grad!, weight.grad!);
            }
        }
    }
}
