using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Softmax: <c>y = e^x / Σ e^x</c> along an axis.</summary>
/// <remarks>(x) → (y), f32, plain; y may be the memory of x. Attribute axis.</remarks>
public sealed class Softmax : AxisOperator, IOperator<Softmax>
{
    private Softmax(StepAttributes attributes) : base(attributes) { }

    /// <inheritdoc/>
    public static Softmax Read(StepAttributes attributes) => new(attributes);

    internal override int InPlaceInput => 0;

    internal override void Check(in StepRules rules) => CheckAlike(rules, ElementType.Float32);

    internal override void Run(in StepArguments arguments) => SoftmaxRows.Run(arguments, logarithm: false);
}
