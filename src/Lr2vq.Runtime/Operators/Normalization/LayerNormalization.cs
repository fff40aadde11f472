using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX LayerNormalization: <c>y = (x − mean) / √(variance + epsilon)·scale + bias</c> over axis and all after it.</summary>
/// <remarks>(x, scale?, bias?) → (y), f32, plain; y may be the memory of x. Scale and bias have the normalised shape, or one element.
/// Attributes axis (0), epsilon (float, 1e-5).</remarks>
public sealed unsafe class LayerNormalization : Operator, IOperator<LayerNormalization>
{
    private readonly int _axis;
    private readonly float _epsilon;

    private LayerNormalization(int axis, float epsilon) => (_axis, _epsilon) = (axis, epsilon);

    /// <inheritdoc/>
    public static LayerNormalization Read(StepAttributes attributes) =>
        new(attributes.Int("axis", 0), attributes.Float("epsilon", 1e-5f));

    internal override int InPlaceInput => 0;

    internal override StepPreparation Prepare(in StepShapes shapes) =>
        new(RowParameters.ScratchBytes(shapes, _axis), new RowParameters(shapes, _axis));

    internal override void Run(in StepArguments arguments)
    {
        RowParameters rows = (RowParameters)arguments.State!;
        float* scale = rows.Expand(arguments, 1), bias = rows.Expand(arguments, 2);
        float* x = arguments.Inputs[0].F32, y = arguments.Outputs[0].F32;
        Ranges.Run(arguments.Team, rows.Rows, Ranges.Least(rows.Length), new Lines(x, y, scale, bias, rows.Length, _epsilon));
    }

    private readonly struct Lines(float* x, float* y, float* scale, float* bias, long length, float epsilon) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            for (long r = first; r < last; r++)
            {
                (double mean, double variance) = Moments.MeanAndVariance(x + r * length, length);
                Moments.Normalise(x + r * length, y + r * length, scale, bias, length, (float)mean, (float)(1 / Math.Sqrt(variance + epsilon)));
            }
        }
    }
}
