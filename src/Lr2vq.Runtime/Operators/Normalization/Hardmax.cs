using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Hardmax: 1 at the first largest element of an axis, 0 elsewhere.</summary>
/// <remarks>(x) → (y), f32, plain. Attribute axis.</remarks>
public sealed unsafe class Hardmax : AxisOperator, IOperator<Hardmax>
{
    private Hardmax(StepAttributes attributes) : base(attributes) { }

    /// <inheritdoc/>
    public static Hardmax Read(StepAttributes attributes) => new(attributes);

    internal override void Check(in StepRules rules) => CheckAlike(rules, ElementType.Float32);

    internal override void Run(in StepArguments arguments)
    {
        AxisView view = (AxisView)arguments.State!;
        for (long o = 0; o < view.Outer; o++)
            for (long i = 0; i < view.Inner; i++)
            {
                long start = o * view.Length * view.Inner + i, best = 0;
                float* x = arguments.Inputs[0].F32 + start, y = arguments.Outputs[0].F32 + start;
                for (long a = 1; a < view.Length; a++)
                    if (x[a * view.Inner] > x[best * view.Inner]) best = a;
                for (long a = 0; a < view.Length; a++) y[a * view.Inner] = a == best ? 1f : 0f;
            }
    }
}
