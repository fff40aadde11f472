using System;
using Lr2vq.Kernels;
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
        Ranges.Run(arguments.Team, rows.Rows, Ranges.Least(rows.Length), new Lines(x, y, scale, rows.Length, _epsilon));
    }

    private readonly struct Lines(float* x, float* y, float* scale, long length, float epsilon) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            for (long r = first; r < last; r++)
            {
                double square = Moments.Of(x + r * length, length, 0f).MeanSquare;
                Moments.Normalise(x + r * length, y + r * length, scale, null, length, 0f, (float)(1 / Math.Sqrt(square + epsilon)));
            }
        }
    }
}
