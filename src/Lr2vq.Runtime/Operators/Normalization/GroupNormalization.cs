using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX GroupNormalization: the channels of a group are normalised together, then scaled one by one.</summary>
/// <remarks>(x, scale [C], bias [C]) → (y), f32, plain; y may be the memory of x. Attributes num_groups, epsilon (float, 1e-5).</remarks>
public sealed unsafe class GroupNormalization : Operator, IOperator<GroupNormalization>
{
    private readonly int _groups;
    private readonly float _epsilon;

    private GroupNormalization(int groups, float epsilon) => (_groups, _epsilon) = (groups, epsilon);

    /// <inheritdoc/>
    public static GroupNormalization Read(StepAttributes attributes) =>
        new(attributes.Int("num_groups", 1), attributes.Float("epsilon", 1e-5f));

    internal override int InPlaceInput => 0;

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: new AxisView(shapes.Inputs[0].Shape, 1));

    internal override void Run(in StepArguments arguments)
    {
        AxisView view = (AxisView)arguments.State!;
        float* x = arguments.Inputs[0].F32, y = arguments.Outputs[0].F32, scale = arguments.Inputs[1].F32, bias = arguments.Inputs[2].F32;
        long channels = view.Length / _groups;
        for (long n = 0; n < view.Outer; n++)
            for (long g = 0; g < _groups; g++)
            {
                (double mean, double variance) = Moments.MeanAndVariance(x, channels * view.Inner);
                double factor = 1 / Math.Sqrt(variance + _epsilon);
                for (long c = g * channels; c < (g + 1) * channels; c++, x += view.Inner, y += view.Inner)
                    Moments.Affine(x, y, view.Inner, mean, scale[c] * factor, bias[c]);
            }
    }
}
