using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>What the taps of ONNX's DeformConv read: pixels beside their places on a grid, interpolated linearly; a pointwise convolution follows.</summary>
/// <remarks>(x [N, C, H, W], offsets [N, offset_group·Kh·Kw·2, H', W'], mask [N, offset_group·Kh·Kw, H', W']) → (y [N, C·Kh·Kw, H', W']), f32, plain. Offsets are (down, right) of
/// each tap, the same for all channels of a group; a mask is a factor. What lies outside is zero.</remarks>
public sealed unsafe class DeformColumns : Operator, IOperator<DeformColumns>
{
    /// <summary>Pixels whose places are found together.</summary>
    private const int Tile = 64;
    private const int Corners = 4;

    private readonly int[] _kernel;
    private readonly ConvAttributes _window;
    private readonly int _parts;

    private DeformColumns(StepAttributes attributes) =>
        (_kernel, _window, _parts) = (attributes.Ints("kernel_shape", 1, 1), ConvAttributes.Read(attributes), attributes.Int("offset_group", 1));

    /// <inheritdoc/>
    public static DeformColumns Read(StepAttributes attributes) => new(attributes);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1, mostInputs: 3);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasRank(4), y = rules.Output(0).IsLike(ElementType.Float32).HasRank(4);
        WindowRules.Dimensional(2, _window.Strides, _window.Dilations, _window.Pads);
        StepRules.Require(_kernel.Length == 2, "it is not two-dimensional");
        StepRules.Within(_parts, 1, StepRules.MostReach, "the number of groups");
        StepRules.Equal(x[1], Extent.FloorDivide(x[1], _parts) * _parts, "the channels of the input and those in whole groups");
        Extent height = _window.Length(rules, 0, x[2], y[2], _kernel[0], transposed: false), width = _window.Length(rules, 1, x[3], y[3], _kernel[1], transposed: false);
        Extent taps = (Extent)_kernel[0] * _kernel[1];
        StepRules.Within(taps * x[1], 0, int.MaxValue, "the channels of the output");
        StepRules.Within(taps * _parts * 2, 0, int.MaxValue, "the numbers of a place");
        StepRules.Within(x[2] * x[3], 0, int.MaxValue, "the pixels of the input");
        rules.Input(1).IsLike(ElementType.Float32).HasShape(x[0], taps * _parts * 2, height, width);
        if (rules.Has(2)) rules.Input(2).IsLike(ElementType.Float32).HasShape(x[0], taps * _parts, height, width);
        y.HasShape(x[0], taps * x[1], height, width);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        int[] begins = [0, 0];
        for (int axis = 0; axis < 2 && _window.Pads.Length > 0; axis++) begins[axis] = checked((int)shapes.Evaluate(_window.Pads[axis]));
        return new(shapes.Threads * BytesOfThread, begins);
    }

    private const long BytesOfThread = Tile * Corners * (sizeof(int) + sizeof(float));

    internal override void Run(in StepArguments arguments)
    {
        TensorView x = arguments.Inputs[0], y = arguments.Outputs[0];
        float* mask = arguments.Inputs.Length > 2 ? arguments.Inputs[2].F32 : null;
        int channels = x.Shape[1] / _parts;
        var range = new Taps(this, (int[])arguments.State!, x, arguments.Inputs[1].F32, mask, y, arguments.Scratch);
        Ranges.Run(arguments.Team, (long)x.Shape[0] * _parts * _kernel[0] * _kernel[1], Ranges.Least((channels + 4L) * y.Shape[2] * y.Shape[3]), range);
    }

    /// <summary>Taps of all groups of all images.</summary>
    private readonly struct Taps(DeformColumns op, int[] begins, TensorView x, float* offsets, float* mask, TensorView y, byte* scratch) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            int* places = (int*)(scratch + slot * BytesOfThread);
            float* weights = (float*)(places + Tile * Corners);
            int taps = op._kernel[0] * op._kernel[1], channels = x.Shape[1] / op._parts, height = x.Shape[2], width = x.Shape[3], columns = y.Shape[3];
            long plane = (long)height * width, pixels = (long)y.Shape[2] * columns;
            for (long unit = first; unit < last; unit++)
            {
                int tap = (int)(unit % taps), ky = tap / op._kernel[1] * op._window.Dilations[0] - begins[0], kx = tap % op._kernel[1] * op._window.Dilations[1] - begins[1];
                float* down = offsets + 2 * unit * pixels, right = down + pixels, factor = mask == null ? null : mask + unit * pixels;
                for (long start = 0; start < pixels; start += Tile)
                {
                    int count = (int)Math.Min(Tile, pixels - start);
                    for (int i = 0; i < count; i++)
                    {
                        long pixel = start + i;
                        float top = pixel / columns * op._window.Strides[0] + ky + down[pixel], left = pixel % columns * op._window.Strides[1] + kx + right[pixel];
                        Place(top, left, height, width, factor == null ? 1f : factor[pixel], places + i * Corners, weights + i * Corners);
                    }
                    long group = unit / taps;
                    float* from = x.F32 + group * channels * plane, to = y.F32 + (group * channels * taps + tap) * pixels + start;
                    for (int c = 0; c < channels; c++, from += plane, to += taps * pixels)
                        for (int i = 0; i < count; i++)
                        {
                            float sum = 0f;
                            for (int corner = i * Corners; corner < (i + 1) * Corners; corner++)
                                if (places[corner] >= 0) sum += weights[corner] * from[places[corner]];
                            to[i] = sum;
                        }
                }
            }
        }
    }

    /// <summary>The four pixels beside a place, −1 for zeros, and how much of each.</summary>
    private static void Place(float top, float left, int height, int width, float factor, int* places, float* weights)
    {
        // A place that is no number is outside.
        bool inside = top > -1 && top < height && left > -1 && left < width;
        float up = inside ? MathF.Floor(top) : 0f, before = inside ? MathF.Floor(left) : 0f, low = top - up, near = left - before;
        for (int corner = 0; corner < Corners; corner++)
        {
            int row = (int)up + corner / 2, column = (int)before + corner % 2;
            places[corner] = inside && row >= 0 && row < height && column >= 0 && column < width ? row * width + column : -1;
            weights[corner] = (corner / 2 == 0 ? 1 - low : low) * (corner % 2 == 0 ? 1 - near : near) * factor;
        }
    }
}
