using System.Linq;
using static TorchSharp.torch;

namespace Lr2vq.Training.Networks;

/// <summary>Convolutions and products. Weights come in the shape that torch's own functions read.</summary>
internal static class TorchProducts
{
    /// <summary>The convolution alone, without bias, residual and activation.</summary>
    public static Tensor BareConv(StepCall c)
    {
        long[] pads = c.Longs("pads", 0, 0, 0, 0), strides = c.Longs("strides", 1, 1), dilations = c.Longs("dilations", 1, 1);
        // libtorch 2.10 gives wrong numbers for some values whose channels come last, as a Transpose in front leaves them.
        Tensor x = c.X.contiguous();
        if (pads[0] != pads[2] || pads[1] != pads[3]) (x, pads) = (nn.functional.pad(x, [pads[1], pads[3], pads[0], pads[2]]), [0, 0]);
        (x, Tensor weight) = WholeBlocks(x, c[1], c.Attributes.Int("group", 1));
        return nn.functional.conv2d(x, weight, strides: strides, padding: [pads[0], pads[1]], dilation: dilations, groups: c.Attributes.Int("group", 1));
    }

    /// <summary>The convolutions of libtorch 2.10 give wrong numbers where input channels neither fit 16 nor divide by it (28 and 33, kernels of 3×3, on AVX and
    /// newer): channels of zeros are added.</summary>
    private static (Tensor X, Tensor Weight) WholeBlocks(Tensor x, Tensor weight, int groups)
    {
        long channels = x.shape[1], missing = (16 - channels % 16) % 16;
        if (groups > 1 || channels < 16 || missing == 0 || weight.shape[2] * weight.shape[3] == 1) return (x, weight);
        long[] more = [0, 0, 0, 0, 0, missing];
        return (nn.functional.pad(x, more), nn.functional.pad(weight, more));
    }

    public static Tensor Conv(StepCall c) => Finish(c, WithBias(BareConv(c), c.Find(2)));

    /// <summary>Residual and activation, which follow whatever stands for the bias.</summary>
    public static Tensor Finish(StepCall c, Tensor y) => c.Activated(c.Find(3) is { } residual ? y + residual : y);

    public static Tensor BareConvTranspose(StepCall c)
    {
        long[] pads = c.Longs("pads", 0, 0, 0, 0), strides = c.Longs("strides", 1, 1), dilations = c.Longs("dilations", 1, 1), shape = c.Shape();
        Tensor whole = nn.functional.conv_transpose2d(c.X.contiguous(), c[1], strides: strides, dilation: dilations, groups: c.Attributes.Int("group", 1));
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
