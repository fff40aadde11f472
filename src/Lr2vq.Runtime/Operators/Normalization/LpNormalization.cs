using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX LpNormalization: divides by the L1 or L2 norm along an axis; a norm of 0 leaves 0.</summary>
/// <remarks>(x) → (y), f32, plain; y may be the memory of x. Attributes axis, p (1 or 2; 2).</remarks>
public sealed unsafe class LpNormalization : AxisOperator, IOperator<LpNormalization>
{
    private readonly int _p;

    private LpNormalization(StepAttributes attributes) : base(attributes) => _p = attributes.Int("p", 2);

    /// <inheritdoc/>
    public static LpNormalization Read(StepAttributes attributes) => new(attributes);

    internal override int InPlaceInput => 0;

    internal override void Check(in StepRules rules)
    {
        CheckAlike(rules, ElementType.Float32);
        StepRules.Within(_p, 1, 2, "p");
    }

    internal override void Run(in StepArguments arguments)
    {
        AxisView view = (AxisView)arguments.State!;
        for (long o = 0; o < view.Outer; o++)
            for (long i = 0; i < view.Inner; i++)
            {
                long start = o * view.Length * view.Inner + i;
                float* x = arguments.Inputs[0].F32 + start, y = arguments.Outputs[0].F32 + start;
                double sum = 0;
                for (long a = 0; a < view.Length; a++)
                {
                    double value = x[a * view.Inner];
                    sum += _p == 1 ? Math.Abs(value) : value * value;
                }
                double norm = _p == 1 ? sum : Math.Sqrt(sum);
                for (long a = 0; a < view.Length; a++) y[a * view.Inner] = norm == 0 ? 0f : (float)(x[a * view.Inner] / norm);
            }
    }
}
