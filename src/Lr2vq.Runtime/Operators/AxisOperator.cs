using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>An operator that works along one axis of its first input, for every place on the others.</summary>
public abstract class AxisOperator : Operator
{
    /// <summary>Attribute axis.</summary>
    private protected AxisOperator(StepAttributes attributes) : this(attributes.Int("axis", 0)) { }

    private protected AxisOperator(int axis) => Axis = axis;

    private protected int Axis { get; }

    /// <summary>Everything is plain, and input 0 has the axis and one of some types; gives the length of the axis.</summary>
    private protected Extent CheckAxis(in StepRules rules, params ReadOnlySpan<ElementType> types)
    {
        rules.Plain();
        RuleTensor x = rules.Input(0).Is(types);
        StepRules.Axis(Axis, x.Rank);
        return x[Axis];
    }

    /// <summary>The result is like the input.</summary>
    private protected void CheckAlike(in StepRules rules, params ReadOnlySpan<ElementType> types)
    {
        rules.Unary(types);
        CheckAxis(rules, types);
    }

    internal sealed override StepPreparation Prepare(in StepShapes shapes) => new(State: new AxisView(shapes.Inputs[0].Shape, Axis));
}
