using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>An operator that works along one axis of its first input, for every place on the others.</summary>
public abstract class AxisOperator : Operator
{
    private readonly int _axis;

    /// <summary>Attribute axis.</summary>
    private protected AxisOperator(StepAttributes attributes) : this(attributes.Int("axis", 0)) { }

    private protected AxisOperator(int axis) => _axis = axis;

    internal sealed override StepPreparation Prepare(in StepShapes shapes) => new(State: new AxisView(shapes.Inputs[0].Shape, _axis));
}
