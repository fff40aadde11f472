using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX BatchNormalization of a network that is not being trained: <c>y = (x − mean) / √(variance + epsilon)·scale + bias</c>, channel by
/// channel. Most are folded into convolutions; this is for the rest.</summary>
/// <remarks>(x, scale [C], bias [C], mean [C], variance [C]) → (y), f32, plain; y may be the memory of x. Attribute epsilon (float, 1e-5).</remarks>
public sealed unsafe class BatchNormalization : Operator, IOperator<BatchNormalization>
{
    private readonly float _epsilon;

    private BatchNormalization(float epsilon) => _epsilon = epsilon;

    /// <inheritdoc/>
    public static BatchNormalization Read(StepAttributes attributes) => new(attributes.Float("epsilon", 1e-5f));

    internal override int InPlaceInput => 0;

    internal override StepPreparation Prepare(in StepShapes shapes) =>
        // A vector has one channel.
        new(State: new AxisView(shapes.Inputs[0].Rank > 1 ? shapes.Inputs[0].Shape : [shapes.Inputs[0].Shape[0], 1], 1));

    internal override void Run(in StepArguments arguments)
    {
        AxisView view = (AxisView)arguments.State!;
        ReadOnlySpan<TensorView> inputs = arguments.Inputs;
        float* x = inputs[0].F32, y = arguments.Outputs[0].F32;
        for (long n = 0; n < view.Outer; n++)
            for (long c = 0; c < view.Length; c++, x += view.Inner, y += view.Inner)
            {
                double gain = inputs[1].F32[c] / Math.Sqrt((double)inputs[4].F32[c] + _epsilon);
                Moments.Affine(x, y, view.Inner, (float)gain, (float)(inputs[2].F32[c] - inputs[3].F32[c] * gain));
            }
    }
}
