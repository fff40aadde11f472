using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX GroupNormalization: the channels of a group are normalised together, then scaled one by one.</summary>
/// <remarks>(x, scale [C], bias [C]) → (y), f32, plain; y may be the memory of x. Attributes num_groups, epsilon (float, 1e-5).</remarks>
public sealed unsafe class GroupNormalization : AxisOperator, IOperator<GroupNormalization>
{
    private readonly int _groups;
    private readonly float _epsilon;

    private GroupNormalization(int groups, float epsilon) : base(axis: 1) => (_groups, _epsilon) = (groups, epsilon);

    /// <inheritdoc/>
    public static GroupNormalization Read(StepAttributes attributes) =>
        new(attributes.Int("num_groups", 1), attributes.Float("epsilon", 1e-5f));

    internal override int InPlaceInput => 0;

    internal override void Check(in StepRules rules)
    {
        rules.Counts(3, 1);
        Extent channels = CheckAxis(rules, ElementType.Float32);
        StepRules.Within(_groups, 1, Extent.Max(1, channels), "num_groups");
        StepRules.Equal(Extent.FloorDivide(channels, _groups) * _groups, channels, "the channels of whole groups and of the input");
        for (int i = 1; i < 3; i++) rules.Input(i).IsLike(ElementType.Float32).HasShape(channels);
        rules.Output(0).IsLike(ElementType.Float32).HasShape(rules.Input(0).Shape);
    }

    internal override void Run(in StepArguments arguments)
    {
        AxisView view = (AxisView)arguments.State!;
        float* x = arguments.Inputs[0].F32, y = arguments.Outputs[0].F32, scale = arguments.Inputs[1].F32, bias = arguments.Inputs[2].F32;
        Ranges.Run(arguments.Team, view.Outer * _groups, Ranges.Least(view.Length / _groups * view.Inner), new Groups(x, y, scale, bias, view, _groups, _epsilon));
    }

    private readonly struct Groups(float* x, float* y, float* scale, float* bias, AxisView view, int groups, float epsilon) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            long channels = view.Length / groups;
            for (long group = first; group < last; group++)
            {
                float* from = x + group * channels * view.Inner, to = y + group * channels * view.Inner;
                (double mean, double variance) = Moments.MeanAndVariance(from, channels * view.Inner);
                double factor = 1 / Math.Sqrt(variance + epsilon);
                for (long c = group % groups * channels; c < (group % groups + 1) * channels; c++, from += view.Inner, to += view.Inner)
                    Moments.Affine(from, to, view.Inner, mean, scale[c] * factor, bias[c]);
            }
        }
    }
}
