using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>An operator that makes one element of those along some axes: attribute axes (sorted; none: element by element). Whether the axes stay with
/// length 1 is in the shape of the result.</summary>
/// <remarks>Generic is the loop, as for <see cref="ElementwiseOperator"/>.</remarks>
public abstract class ReductionOperator : Operator
{
    private readonly int[] _axes;
    private readonly ReductionLoop _loop;

    private protected ReductionOperator(StepAttributes attributes, ReductionLoop loop)
    {
        _axes = attributes.Ints("axes");
        _loop = loop;
    }

    internal sealed override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0);
        if (!_loop.Takes(x.Type)) throw x.Wrong("has the type " + ElementTypes.Word(x.Type));
        rules.Output(0).IsLike(x.Type);
        rules.Reduces(_axes);
    }

    internal sealed override StepPreparation Prepare(in StepShapes shapes) =>
        new(_loop.ScratchBytes(shapes), ReductionPlan.Of(shapes.Inputs[0].Shape, _axes));

    internal sealed override void Run(in StepArguments arguments) => _loop.Run(arguments, (ReductionPlan)arguments.State!);
}
