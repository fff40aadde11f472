namespace Lr2vq.Operators;

/// <summary>An operator that makes every element of its result from the element of one tensor.</summary>
/// <remarks>Generic is the loop, not this class: C# wants the type arguments of a public class's base to be public, and kernels are not.</remarks>
public abstract class ElementwiseOperator : Operator
{
    private readonly ElementLoop _loop;

    private protected ElementwiseOperator(ElementLoop loop) => _loop = loop;

    internal sealed override int InPlaceInput => 0;

    internal sealed override void Check(in StepRules rules) => _loop.Check(rules);

    internal sealed override void Run(in StepArguments arguments) => _loop.Run(arguments);
}
