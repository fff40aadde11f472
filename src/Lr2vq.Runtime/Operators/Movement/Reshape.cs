using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>The same elements with another shape: ONNX Reshape, Flatten, Squeeze, Unsqueeze, Identity. A view, nothing is copied.</summary>
/// <remarks>X: any type, plain. Y: as many elements.</remarks>
public sealed class Reshape : Operator, IOperator<Reshape>
{
    private Reshape()
    {
    }

    /// <inheritdoc/>
    public static Reshape Read(StepAttributes attributes) => new();

    internal override bool IsView => true;

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsSized();
        rules.Output(0).IsLike(x.Type).HasCount(x.Count);
    }

    internal override void Run(in StepArguments arguments)
    {
    }
}
