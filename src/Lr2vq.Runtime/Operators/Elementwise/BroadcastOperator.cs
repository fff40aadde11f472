namespace Lr2vq.Operators;

/// <summary>An operator that makes every element of its result from the elements of two tensors, which broadcast.</summary>
/// <remarks>Generic is the loop, as for <see cref="ElementwiseOperator"/>.</remarks>
public abstract class BroadcastOperator : Operator
{
    private readonly ElementLoop _loop;

    private protected BroadcastOperator(ElementLoop loop) => _loop = loop;

    internal sealed override int InPlaceInput => 0;

    internal sealed override void Check(in StepRules rules) => _loop.Check(rules);

    internal sealed override StepPreparation Prepare(in StepShapes shapes) => new(State: BroadcastPlan.Of(shapes));

    internal sealed override void Run(in StepArguments arguments) => _loop.Run(arguments);
}
