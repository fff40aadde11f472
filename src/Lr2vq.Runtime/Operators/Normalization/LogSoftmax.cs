using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX LogSoftmax: <c>y = x − ln Σ e^x</c> along an axis.</summary>
/// <remarks>(x) → (y), f32, plain; y may be the memory of x. Attribute axis.</remarks>
public sealed class LogSoftmax : Operator, IOperator<LogSoftmax>
{
    private readonly int _axis;

    private LogSoftmax(int axis) => _axis = axis;

    /// <inheritdoc/>
    public static LogSoftmax Read(StepAttributes attributes) => new(attributes.Int("axis", 0));

    internal override int InPlaceInput => 0;

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: new AxisView(shapes.Inputs[0].Shape, _axis));

    internal override void Run(in StepArguments arguments) => SoftmaxRows.Run(arguments, logarithm: true);
}
