using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX RoiAlign: regions of images, each pooled from interpolated samples to one size.</summary>
/// <remarks>(x [N, C, H, W], regions [R, 4], images of the regions [R] i32 or i64) → (y [R, C, H', W']), f32, plain. A region is (x, y) of two corners. Attributes mode (avg, or max: the
/// largest share of a pixel in a sample, as ONNX's examples have it; avg), spatial_scale (float, 1), sampling_ratio (samples along an axis of a bin; 0: as many as it has pixels), half_pixel (0 or 1: corners are shifted by half a pixel; 0).</remarks>
public sealed unsafe class RoiAlign : Operator, IOperator<RoiAlign>
{
    private readonly bool _max, _halfPixel;
    private readonly float _scale;
    private readonly int _samples;

    private RoiAlign(StepAttributes attributes)
    {
        string mode = attributes.Text("mode", "avg");
        _max = mode == "max" || (mode != "avg" ? throw new FormatException($"Mode '{mode}' is not known.") : false);
        (_halfPixel, _scale, _samples) = (attributes.Flag("half_pixel"), attributes.Float("spatial_scale", 1f), attributes.Int("sampling_ratio", 0));
    }

    /// <inheritdoc/>
    public static RoiAlign Read(StepAttributes attributes) => new(attributes);

    internal override (int First, int Last) CheckedInputs => (2, 2);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(3, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasRank(4), regions = rules.Input(1).IsLike(ElementType.Float32).HasRank(2), y = rules.Output(0).IsLike(ElementType.Float32).HasRank(4);
        regions.HasShape(regions[0], 4);
        rules.Input(2).Is(ElementType.Int32, ElementType.Int64).HasShape(regions[0]);
        StepRules.Within(_samples, 0, StepRules.MostReach, "sampling_ratio");
        for (int axis = 2; axis < 4; axis++)
        {
            StepRules.Within(x[axis], 1, StepRules.MostReach, "a length of the input");
            StepRules.Within(y[axis], 1, StepRules.MostReach, "a length of the output");
        }
        y.HasShape(regions[0], x[1], y[2], y[3]);
    }

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        IndexReader images = new(arguments.Inputs[2]);
        for (long region = 0; region < y.Shape[0]; region++)
            if ((ulong)images.Raw(region) >= (ulong)x.Shape[0])
                throw new IndexOutsideException(FormattableString.Invariant($"the image {images.Raw(region)} of region {region} is outside [0, {x.Shape[0] - 1}]"));
        long bins = (long)y.Shape[2] * y.Shape[3];
        Ranges.Run(arguments.Team, y.Shape[0] * bins, Ranges.Least(x.Shape[1] * 16L), new Bins(this, x, arguments.Inputs[1].F32, images, y));
    }

    private readonly struct Bins(RoiAlign op, TensorView x, float* regions, IndexReader images, TensorView y) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            int channels = x.Shape[1], height = y.Shape[2], width = y.Shape[3];
            long plane = (long)x.Shape[2] * x.Shape[3], bins = (long)height * width;
            for (long number = first; number < last; number++)
            {
                (long region, long bin) = (number / bins, number % bins);
                float* corners = regions + 4 * region;
                RoiBin down = op.Bin(corners[1], corners[3], height, bin / width, x.Shape[2]), along = op.Bin(corners[0], corners[2], width, bin % width, x.Shape[3]);
                float* from = x.F32 + images.Raw(region) * channels * plane, to = y.F32 + region * channels * bins + bin;
                for (int c = 0; c < channels; c++, from += plane, to += bins) *to = op.Pool(from, down, along, x.Shape[3]);
            }
        }
    }

    /// <summary>One of the equal parts of a side of a region.</summary>
    private RoiBin Bin(float start, float end, int parts, long part, int length)
    {
        float shift = _halfPixel ? 0.5f : 0f, first = start * _scale - shift, side = end * _scale - shift - first;
        if (!_halfPixel) side = Math.Max(side, 1f);
        float size = side / parts, samples = _samples > 0 ? _samples : MathF.Ceiling(side / parts);
        // What is no number has no samples.
        return new RoiBin(first + part * size, size, float.IsFinite(samples) && samples > 0 ? (long)samples : 0, length);
    }

    private float Pool(float* x, in RoiBin down, in RoiBin along, int width)
    {
        float sum = 0, most = float.NegativeInfinity;
        for (long i = 0; i < down.Samples; i++)
        {
            bool isRow = down.Sample(i, out int top, out int bottom, out float low);
            for (long k = 0; k < along.Samples; k++)
            {
                if (!along.Sample(k, out int left, out int right, out float near) || !isRow)
                {
                    // A sample outside of the image is zero.
                    most = Math.Max(most, 0f);
                    continue;
                }
                float* upper = x + (long)top * width, lower = x + (long)bottom * width;
                float a = (1 - low) * (1 - near) * upper[left], b = (1 - low) * near * upper[right], c = low * (1 - near) * lower[left], d = low * near * lower[right];
                sum += a + b + c + d;
                most = Math.Max(most, Math.Max(Math.Max(a, b), Math.Max(c, d)));
            }
        }
        long count = down.Samples * along.Samples;
        return count == 0 ? 0f : _max ? most : sum / count;
    }

    /// <param name="Start">Where it begins.</param>
    /// <param name="Size">How long it is.</param>
    /// <param name="Samples">How many samples it has.</param>
    /// <param name="Length">Pixels of the image.</param>
    private readonly record struct RoiBin(float Start, float Size, long Samples, int Length)
    {
        /// <summary>The pixels beside a sample, and the weight of the second; false if it is outside of the image.</summary>
        public bool Sample(long number, out int first, out int second, out float weight)
        {
            float at = Start + (number + 0.5f) * Size / Samples;
            (first, second, weight) = (0, 0, 0f);
            if (!(at >= -1 && at <= Length)) return false;
            at = Math.Max(at, 0f);
            first = Math.Min((int)at, Length - 1);
            second = Math.Min(first + 1, Length - 1);
            weight = first == Length - 1 ? 0f : at - first;
            return true;
        }
    }
}
