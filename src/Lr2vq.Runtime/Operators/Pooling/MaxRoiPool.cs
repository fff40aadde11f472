using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX MaxRoiPool: regions of images, each pooled to one size.</summary>
/// <remarks>(x [N, C, H, W], regions [R, 5]) → (y [R, C, H', W']), f32, plain. A region is the number of an image, and (x, y) of two corners. Attribute spatial_scale (float, 1).</remarks>
public sealed unsafe class MaxRoiPool : Operator, IOperator<MaxRoiPool>
{
    private readonly float _scale;

    private MaxRoiPool(float scale) => _scale = scale;

    /// <inheritdoc/>
    public static MaxRoiPool Read(StepAttributes attributes) => new(attributes.Float("spatial_scale", 1f));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasRank(4), regions = rules.Input(1).IsLike(ElementType.Float32).HasRank(2), y = rules.Output(0).IsLike(ElementType.Float32).HasRank(4);
        for (int axis = 2; axis < 4; axis++) StepRules.Within(x[axis], 0, StepRules.MostReach, "a length of the input");
        for (int axis = 2; axis < 4; axis++) StepRules.Within(y[axis], 1, StepRules.MostReach, "a length of the output");
        regions.HasShape(regions[0], 5);
        y.HasShape(regions[0], x[1], y[2], y[3]);
    }

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        float* regions = arguments.Inputs[1].F32;
        for (long region = 0; region < y.Shape[0]; region++)
            if (!(regions[5 * region] >= 0 && regions[5 * region] < x.Shape[0]))
                throw new IndexOutsideException(FormattableString.Invariant($"the image {regions[5 * region]} of region {region} is outside [0, {x.Shape[0] - 1}]"));
        Ranges.Run(arguments.Team, (long)y.Shape[0] * y.Shape[1], 1, new Maps(x, regions, y, _scale));
    }

    private readonly struct Maps(TensorView x, float* regions, TensorView y, float scale) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            (int channels, int height, int width) = (y.Shape[1], y.Shape[2], y.Shape[3]);
            for (long map = first; map < last; map++)
            {
                float* region = regions + map / channels * 5, to = y.F32 + map * height * width;
                float* from = x.F32 + ((long)(int)region[0] * channels + map % channels) * x.Shape[2] * x.Shape[3];
                for (int i = 0; i < height; i++)
                {
                    (long top, long bottom) = Part(region[2], region[4], height, i, x.Shape[2]);
                    for (int k = 0; k < width; k++)
                    {
                        (long left, long right) = Part(region[1], region[3], width, k, x.Shape[3]);
                        float most = top < bottom && left < right ? float.NegativeInfinity : 0f;
                        for (long row = top; row < bottom; row++)
                            for (long column = left; column < right; column++) most = Math.Max(most, from[row * x.Shape[3] + column]);
                        *to++ = most;
                    }
                }
            }
        }

        /// <summary>The pixels [first, last) of one of the equal parts of a side of a region.</summary>
        private (long First, long Last) Part(float start, float end, int parts, int part, int length)
        {
            float begin = MathF.Round(start * scale, MidpointRounding.AwayFromZero), side = Math.Max(MathF.Round(end * scale, MidpointRounding.AwayFromZero) - begin + 1, 1f), size = side / parts;
            return (Inside(MathF.Floor(part * size) + begin, length), Inside(MathF.Ceiling((part + 1) * size) + begin, length));
        }

        private static long Inside(float at, int length) => at > 0 ? at < length ? (long)at : length : 0;
    }
}
