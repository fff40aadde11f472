using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX GridSample: pixels of an image or a volume at the places that a grid names, by nearest neighbour, linear or cubic interpolation.</summary>
/// <remarks>(x [N, C, H, W], grid [N, H', W', 2]) → (y [N, C, H', W']), f32, plain; or (x [N, C, D, H, W], grid [N, D', H', W', 3]) → (y [N, C, D', H', W']). A place is (x, y) or (x, y, z), −1 and 1 are the borders. Attributes mode (linear, nearest or cubic;
/// linear), padding_mode (zeros, border or reflection: what is outside; zeros), align_corners (0 or 1: the borders are the centres of the outermost pixels; 0).</remarks>
public sealed unsafe class GridSample : Operator, IOperator<GridSample>
{
    private const float CubicA = -0.75f;
    private const int MostTaps = 4;
    /// <summary>Pixels and weights of three axes.</summary>
    private const long BytesOfThread = 3 * MostTaps * (sizeof(int) + sizeof(float));

    private readonly string _mode, _padding;
    private readonly bool _corners;

    private GridSample(StepAttributes attributes) =>
        (_mode, _padding, _corners) = (attributes.Text("mode", "linear"), attributes.Text("padding_mode", "zeros"), attributes.Flag("align_corners"));

    /// <inheritdoc/>
    public static GridSample Read(StepAttributes attributes) => new(attributes);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasRank(4, 5), grid = rules.Input(1).IsLike(ElementType.Float32).HasRank(x.Rank);
        StepRules.Require(_mode is "linear" or "nearest" or "cubic", $"the mode '{_mode}' is not known");
        StepRules.Require(_padding is "zeros" or "border" or "reflection", $"the padding mode '{_padding}' is not known");
        Extent[] places = grid.Shape[1..^1];
        grid.HasShape([x[0], .. places, places.Length]);
        for (int axis = 2; axis < x.Rank; axis++) StepRules.Within(x[axis], 1, StepRules.MostReach, "a length of the input");
        rules.Output(0).IsLike(ElementType.Float32).HasShape([x[0], x[1], .. places]);
    }

    internal override StepPreparation Prepare(in StepShapes shapes) => new(shapes.Threads * BytesOfThread);

    internal override void Run(in StepArguments arguments)
    {
        int[] from = arguments.Inputs[0].Shape, to = arguments.Outputs[0].Shape;
        long pixels = AxisView.Product(to, 2, to.Length);
        var range = new Pixels(arguments.Inputs[0].F32, arguments.Inputs[1].F32, arguments.Outputs[0].F32, arguments.Scratch, from[1], pixels, from.Length - 2,
            Axis(from.Length == 5 ? from[2] : 1), Axis(from[^2]), Axis(from[^1]));
        Ranges.Run(arguments.Team, to[0] * pixels, Ranges.Least(from[1] * 4L), range);
    }

    private GridAxis Axis(int length) => new(length, _mode, _padding, _corners);

    private readonly struct Pixels(float* x, float* grid, float* y, byte* scratch, long channels, long pixels, int axes, GridAxis deep, GridAxis vertical, GridAxis horizontal) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            int* layers = (int*)(scratch + slot * BytesOfThread), rows = layers + MostTaps, columns = rows + MostTaps;
            float* layerWeights = (float*)(columns + MostTaps), rowWeights = layerWeights + MostTaps, columnWeights = rowWeights + MostTaps;
            long plane = (long)vertical.Length * horizontal.Length, volume = plane * deep.Length;
            int depth = 1;
            (layers[0], layerWeights[0]) = (0, 1f);
            for (long pixel = first; pixel < last; pixel++)
            {
                float* place = grid + axes * pixel;
                int width = horizontal.Taps(place[0], columns, columnWeights), height = vertical.Taps(place[1], rows, rowWeights);
                if (axes == 3) depth = deep.Taps(place[2], layers, layerWeights);
                float* from = x + pixel / pixels * channels * volume, to = y + pixel / pixels * channels * pixels + pixel % pixels;
                for (long c = 0; c < channels; c++, from += volume, to += pixels)
                {
                    float sum = 0;
                    for (int d = 0; d < depth; d++)
                    {
                        // A negative place is outside, where there are zeros.
                        if (layers[d] < 0) continue;
                        float* image = from + layers[d] * plane;
                        for (int r = 0; r < height; r++)
                        {
                            if (rows[r] < 0) continue;
                            float* row = image + (long)rows[r] * horizontal.Length;
                            float line = 0;
                            for (int k = 0; k < width; k++)
                                if (columns[k] >= 0) line += columnWeights[k] * row[columns[k]];
                            sum += layerWeights[d] * rowWeights[r] * line;
                        }
                    }
                    *to = sum;
                }
            }
        }
    }

    /// <summary>Depth, height or width of the image: which pixels a place reads, and how much of each.</summary>
    private readonly struct GridAxis(int length, string mode, string padding, bool corners)
    {
        private readonly bool _nearest = mode == "nearest", _cubic = mode == "cubic", _clamps = padding == "border", _reflects = padding == "reflection";

        public int Length => length;

        /// <summary>Writes pixels, −1 for zeros, and weights; gives their number.</summary>
        public int Taps(float place, int* pixels, float* weights)
        {
            float at = corners ? (place + 1) / 2 * (length - 1) : ((place + 1) * length - 1) / 2;
            if (_nearest)
            {
                (pixels[0], weights[0]) = (Pixel(MathF.Round(at)), 1f);
                return 1;
            }
            float floor = MathF.Floor(at), part = at - floor;
            int count = _cubic ? 4 : 2;
            for (int i = 0; i < count; i++) pixels[i] = Pixel(floor + (_cubic ? i - 1 : i));
            if (!_cubic)
            {
                (weights[0], weights[1]) = (1 - part, part);
                return count;
            }
            for (int i = 0; i < count; i++) weights[i] = Cubic(Math.Abs(part - (i - 1)));
            return count;
        }

        private static float Cubic(float distance) => distance <= 1
            ? ((CubicA + 2) * distance - (CubicA + 3)) * distance * distance + 1
            : ((CubicA * distance - 5 * CubicA) * distance + 8 * CubicA) * distance - 4 * CubicA;

        /// <summary>A pixel for every number, those that are none among them.</summary>
        private int Pixel(float at)
        {
            if (_reflects) at = Reflect(at);
            else if (!_clamps && !(at >= 0 && at <= length - 1)) return -1;
            return at > 0 ? at < length - 1 ? (int)at : length - 1 : 0;
        }

        /// <summary>Reflects at the borders until the place is inside.</summary>
        private float Reflect(float at)
        {
            float low = corners ? 0 : -0.5f, range = corners ? length - 1 : length;
            if (range == 0) return 0;
            float beyond = at < low ? low - at : at - low, turns = MathF.Floor(beyond / range), rest = beyond - turns * range;
            return turns % 2 == 0 ? low + rest : low + range - rest;
        }
    }
}
