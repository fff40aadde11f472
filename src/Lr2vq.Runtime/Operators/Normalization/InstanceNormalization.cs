using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX InstanceNormalization: every channel of every sample has mean bias and deviation scale afterwards.</summary>
/// <remarks>(x, scale [C], bias [C]) → (y), f32, plain; y may be the memory of x. Attribute epsilon (float, 1e-5).</remarks>
public sealed unsafe class InstanceNormalization : Operator, IOperator<InstanceNormalization>
{
    private readonly float _epsilon;

    private InstanceNormalization(float epsilon) => _epsilon = epsilon;

    /// <inheritdoc/>
    public static InstanceNormalization Read(StepAttributes attributes) => new(attributes.Float("epsilon", 1e-5f));

    internal override int InPlaceInput => 0;

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: new AxisView(shapes.Inputs[0].Shape, 1));

    internal override void Run(in StepArguments arguments)
    {
        AxisView view = (AxisView)arguments.State!;
        float* x = arguments.Inputs[0].F32, y = arguments.Outputs[0].F32, scale = arguments.Inputs[1].F32, bias = arguments.Inputs[2].F32;
        for (long n = 0; n < view.Outer; n++)
            for (long c = 0; c < view.Length; c++, x += view.Inner, y += view.Inner)
            {
                (double mean, double variance) = Moments.MeanAndVariance(x, view.Inner);
                Moments.Affine(x, y, view.Inner, mean, scale[c] / Math.Sqrt(variance + _epsilon), bias[c]);
            }
    }
}
