using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX RMSNormalization: <c>y = x / √(mean of x² + epsilon)·scale</c> over axis and all after it.</summary>
/// <remarks>(x, scale) → (y), f32, plain; y may be the memory of x. Scale has the normalised shape, or one element.
/// Attributes axis (0), epsilon (float, 1e-5).</remarks>
public sealed unsafe class RMSNormalization : Operator, IOperator<RMSNormalization>
{
    private readonly int _axis;
    private readonly float _epsilon;

    private RMSNormalization(int axis, float epsilon) => (_axis, _epsilon) = (axis, epsilon);

    /// <inheritdoc/>
    public static RMSNormalization Read(StepAttributes attributes) =>
        new(attributes.Int("axis", 0), attributes.Float("epsilon", 1e-5f));

    internal override int InPlaceInput => 0;

    internal override StepPreparation Prepare(in StepShapes shapes) =>
        new(RowParameters.ScratchBytes(shapes, _axis), new RowParameters(shapes, _axis));

    internal override void Run(in StepArguments arguments)
    {
        RowParameters rows = (RowParameters)arguments.State!;
        float* scale = rows.Expand(arguments, 1);
        float* x = arguments.Inputs[0].F32, y = arguments.Outputs[0].F32;
        for (long r = 0; r < rows.Rows; r++, x += rows.Length, y += rows.Length)
        {
            double square = Moments.Of(x, rows.Length, 0f).MeanSquare;
            Moments.Normalise(x, y, scale, null, rows.Length, 0f, (float)(1 / Math.Sqrt(square + _epsilon)));
        }
    }
}
