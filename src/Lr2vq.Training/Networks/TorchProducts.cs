using System;
using System.Linq;
using static TorchSharp.torch;

namespace Lr2vq.Training.Networks;

/// <summary>Convolutions and products. Weights come in the shape that torch's own functions read.</summary>
internal static class TorchProducts
{
    private const long Block = 16;

    /// <summary>The convolution alone, without bias, residual and activation.</summary>
    public static Tensor BareConv(StepCall c)
    {
        long[] pads = c.Longs("pads", 0, 0, 0, 0), strides = c.Longs("strides", 1, 1), dilations = c.Longs("dilations", 1, 1);
        // libtorch 2.10 gives wrong numbers for some values whose channels come last, as a Transpose in front leaves them.
        Tensor x = c.X.contiguous();
        if (pads[0] != pads[2] || pads[1] != pads[3]) (x, pads) = (nn.functional.pad(x, [pads[1], pads[3], pads[0], pads[2]]), [0, 0]);
        return Convolve(x, c[1], strides, [pads[0], pads[1]], dilations, c.Attributes.Int("group", 1));
    }

    public static Tensor Convolve(Tensor x, Tensor weight, long[] strides, long[] padding, long[] dilations, long groups) =>
        InWholeBlocks(x, weight, groups, strides, turned: false, (x, weight) => nn.functional.conv2d(x, weight, strides: strides, padding: padding, dilation: dilations, groups: groups));

    public static Tensor ConvolveTransposed(Tensor x, Tensor weight, long[] strides, long[] dilations, long groups) =>
        InWholeBlocks(x, weight, groups, strides, turned: true, (x, weight) => nn.functional.conv_transpose2d(x, weight, strides: strides, dilation: dilations, groups: groups));

    /// <summary>A convolution with channels of zeros added where libtorch 2.10 would give wrong numbers.</summary>
    /// <remarks>On AVX and newer, with kernels larger than 1×1, it reads beyond channels that neither fit 16 nor divide by it: input channels forward, and output
    /// channels, however few, in the gradient of the input, where with strides input channels have to fit 16 or divide by 32. A transposed convolution is the
    /// gradient of another and has all this the other way round.</remarks>
    /// <param name="weight">[groups · outputs, inputs, height, width], or [groups · inputs, outputs, height, width] of a transposed convolution.</param>
    private static Tensor InWholeBlocks(Tensor x, Tensor weight, long groups, long[] strides, bool turned, Func<Tensor, Tensor, Tensor> convolve)
    {
        long first = weight.shape[0] / groups, second = weight.shape[1], height = weight.shape[2], width = weight.shape[3];
        bool isSafe = height * width == 1 || groups > 1 && Math.Max(first, second) <= Block;
        bool hasGradient = turned || x.requires_grad, isStrided = hasGradient && strides.Any(s => s > 1) && second > Block;
        long moreFirst = isSafe || !hasGradient ? 0 : Missing(first, Block), moreSecond = isSafe || !turned && second <= Block ? 0 : Missing(second, isStrided ? 2 * Block : Block);
        if (moreFirst + moreSecond == 0) return convolve(x, weight);
        (long inputs, long moreInputs, long outputs, long moreOutputs) = turned ? (first, moreFirst, second, moreSecond) : (second, moreSecond, first, moreFirst);
        weight = nn.functional.pad(weight.reshape(groups, first, second, height, width), [0, 0, 0, 0, 0, moreSecond, 0, moreFirst])
            .reshape(groups * (first + moreFirst), second + moreSecond, height, width);
        if (moreInputs > 0) x = nn.functional.pad(x.reshape(x.shape[0], groups, inputs, x.shape[2], x.shape[3]), [0, 0, 0, 0, 0, moreInputs]).reshape(x.shape[0], -1, x.shape[2], x.shape[3]);
        Tensor y = convolve(x, weight);
        return moreOutputs == 0 ? y : y.reshape(y.shape[0], groups, outputs + moreOutputs, y.shape[2], y.shape[3]).narrow(2, 0, outputs).reshape(y.shape[0], groups * outputs, y.shape[2], y.shape[3]);
    }

    private static long Missing(long channels, long block) => (block - channels % block) % block;

    public static Tensor Conv(StepCall c) => Finish(c, WithBias(BareConv(c), c.Find(2)));

    /// <summary>Residual and activation, which follow whatever stands for the bias.</summary>
    public static Tensor Finish(StepCall c, Tensor y) => c.Activated(c.Find(3) is { } residual ? y + residual : y);

    public static Tensor BareConvTranspose(StepCall c)
    {
        long[] pads = c.Longs("pads", 0, 0, 0, 0), strides = c.Longs("strides", 1, 1), dilations = c.Longs("dilations", 1, 1), shape = c.Shape();
        Tensor whole = ConvolveTransposed(c.X.contiguous(), c[1], strides, dilations, c.Attributes.Int("group", 1));
        // What is cut off at the beginning; at the end as far as the output goes, which may be further than the products do.
        for (int axis = 0; axis < 2; axis++)
        {
            long missing = pads[axis] + shape[2 + axis] - whole.shape[2 + axis];
            if (missing > 0) whole = nn.functional.pad(whole, axis == 0 ? [0, 0, 0, missing] : [0, missing]);
            whole = whole.narrow(2 + axis, pads[axis], shape[2 + axis]);
        }
        return whole;
    }

    public static Tensor ConvTranspose(StepCall c) => c.Activated(WithBias(BareConvTranspose(c), c.Find(2)));

    public static Tensor BareGemm(StepCall c)
    {
        Tensor y = c.X.matmul(c[1].t());
        float alpha = c.Attributes.Float("alpha", 1f);
        return alpha == 1f ? y : y * alpha;
    }

    public static Tensor Gemm(StepCall c)
    {
        Tensor y = BareGemm(c);
        if (c.Find(2) is { } bias)
        {
            float beta = c.Attributes.Float("beta", 1f);
            y = y + (beta == 1f ? bias : bias * beta);
        }
        return c.Activated(y);
    }

    public static Tensor MatMul(StepCall c)
    {
        Tensor a = c.Attributes.Flag("transA") ? c.X.transpose(-1, -2) : c.X, b = c.Attributes.Flag("transB") ? c[1].transpose(-1, -2) : c[1];
        Tensor y = a.matmul(b);
        float alpha = c.Attributes.Float("alpha", 1f);
        if (alpha != 1f) y = y * alpha;
        return c.Activated(c.Find(2) is { } bias ? y + bias : y);
    }

    public static Tensor Attention(StepCall c)
    {
        Tensor k = c.Attributes.Flag("transB") ? c[1].transpose(-1, -2) : c[1];
        Tensor scores = c.X.matmul(k) * c.Attributes.Float("scale", 1f);
        if (c.Find(3) is { } mask) scores = scores + mask;
        return scores.softmax(-1).matmul(c[2]);
    }

    private static Tensor WithBias(Tensor y, Tensor? bias) => bias is null ? y : y + bias.reshape(1, -1, 1, 1);
}
