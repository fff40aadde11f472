using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Expand: repeats x to the broadcast shape.</summary>
/// <remarks>(x) → (y), any type but text, plain. No attributes: the shape of y says it.</remarks>
public sealed unsafe class Expand : Operator, IOperator<Expand>
{
    private Expand()
    {
    }

    /// <inheritdoc/>
    public static Expand Read(StepAttributes attributes) => new();

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsSized(), y = rules.Output(0).IsLike(x.Type).HasRank(x.Rank, int.MaxValue);
        y.HasShape(StepRules.Broadcast(x.Shape, y.Shape));
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        long[] x = StoredShape.Of(shapes.Inputs[0]), y = StoredShape.Of(shapes.Outputs[0]), strides = StridedCopy.Dense(x);
        long[] source = new long[y.Length];
        for (int i = 1; i <= x.Length; i++) source[^i] = x[^i] == 1 ? 0 : strides[^i];
        return new(State: new StridedCopy(y, source, StridedCopy.Dense(y), 0, 0, ElementTypes.ByteLength(shapes.Outputs[0].Type)));
    }

    internal override void Run(in StepArguments arguments) =>
        ((StridedCopy)arguments.State!).Run(arguments.Team, arguments.Inputs[0].Data, arguments.Outputs[0].Data);
}
