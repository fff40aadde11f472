using System;
using System.Linq;
using static TorchSharp.torch;

namespace Lr2vq.Training.Networks;

/// <summary>Pooling over windows. The Plan gives the length of the output, which may ask for more at the end than the declared padding.</summary>
internal static class TorchPooling
{
    public static Tensor Max(StepCall c)
    {
        if (c.Step.Outputs.Count > 1) throw new NotSupportedException("MaxPool with indices has no torch form");
        Window window = new(c);
        Tensor padded = nn.functional.pad(c.X, window.Around, value: double.NegativeInfinity);
        return Cut(nn.functional.max_pool2d(padded, (window.Kernel[0], window.Kernel[1]), (window.Strides[0], window.Strides[1]), (0, 0), (window.Dilations[0], window.Dilations[1])), c);
    }

    public static Tensor Average(StepCall c)
    {
        Window window = new(c);
        if (window.Dilations.Any(d => d != 1)) throw new NotSupportedException("AveragePool with dilations has no torch form");
        Tensor x = c.X, ones = Ones(x);
        // What counts: the input, or the input and its declared padding; never what is beyond.
        if (c.Attributes.Flag("count_include_pad"))
        {
            long[] pads = c.Longs("pads", 0, 0, 0, 0), rest = [window.Around[0] - pads[1], window.Around[1] - pads[3], window.Around[2] - pads[0], window.Around[3] - pads[2]];
            ones = nn.functional.pad(nn.functional.pad(ones, [pads[1], pads[3], pads[0], pads[2]], value: 1), rest);
        }
        else ones = nn.functional.pad(ones, window.Around);
        Tensor sums = nn.functional.avg_pool2d(nn.functional.pad(x, window.Around), window.Kernel, window.Strides);
        return Cut(sums / nn.functional.avg_pool2d(ones, window.Kernel, window.Strides), c);
    }

    private static Tensor Ones(Tensor x) => ones(1, 1, x.shape[2], x.shape[3]);

    /// <summary>torch may compute one window more than the Plan has.</summary>
    private static Tensor Cut(Tensor y, StepCall c)
    {
        long[] shape = c.Shape();
        return y.narrow(2, 0, shape[2]).narrow(3, 0, shape[3]);
    }

    private readonly struct Window
    {
        public readonly long[] Kernel, Strides, Dilations;
        /// <summary>Left, right, top, bottom, as torch's pad reads them.</summary>
        public readonly long[] Around;

        public Window(StepCall c)
        {
            long[] pads = c.Longs("pads", 0, 0, 0, 0), shape = c.Shape(), x = c.X.shape;
            (Kernel, Strides, Dilations) = (c.Longs("kernel_shape"), c.Longs("strides", 1, 1), c.Longs("dilations", 1, 1));
            Around = [pads[1], pads[3], pads[0], pads[2]];
            for (int axis = 0; axis < 2; axis++)
            {
                long needed = (shape[2 + axis] - 1) * Strides[axis] + (Kernel[axis] - 1) * Dilations[axis] + 1;
                Around[axis == 0 ? 3 : 1] = Math.Max(pads[2 + axis], needed - x[2 + axis] - pads[axis]);
            }
        }
    }
}
