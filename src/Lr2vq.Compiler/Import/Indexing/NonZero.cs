using System;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>NonZero. Of a row that is filled with one number, as exporters make consecutive numbers, it is these.</summary>
internal sealed class NonZero() : OnnxOperator("NonZero")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        Dimension rank = Math.Max(1, x.Rank), count = Shapes.Product(x.Shape);
        if (x is { Rank: 1, Producer: { Operator: "Expand" } fill } && fill.Input(0) is { Count: 1, Constant: { } value } && !IsZero(value))
        {
            node.Return(node.Builder.Reshape(node.Builder.Range(Dimension.Zero, Dimension.One, count, ElementType.Int64), [rank, count], node.OutputName()));
            return;
        }
        node.Return(node.Builder.Find("NonZero", [x], StepAttributes.Empty, count, size => [new Value(node.OutputName() ?? "", ElementType.Int64, [rank, size])]));
    }

    private static bool IsZero(ConstantTensor value) => value.Type == ElementType.Float32 ? value.ToFloats()[0] == 0 : ElementTypes.IsFloat(value.Type) || value.ToInt64s()[0] == 0;
}
