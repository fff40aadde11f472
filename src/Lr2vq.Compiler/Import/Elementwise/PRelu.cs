using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>PRelu: a slope that broadcasts to the operand.</summary>
internal sealed class PRelu() : OnnxOperator("PRelu")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), slope = node.Floats(1);
        // Before broadcasting was written down, a slope of C elements was one for each channel.
        if (slope.Rank == 1 && x.Rank > 2 && slope.Count is > 1 && !slope.Shape[0].Equals(x.Shape[^1]) && slope.Shape[0].Equals(x.Shape[1]))
            slope = node.Builder.Reshape(slope, [slope.Shape[0], .. System.Linq.Enumerable.Repeat(Dimension.One, x.Rank - 2)]);
        if (Shapes.Broadcast(x.Shape, slope.Shape) is not { } shape || shape.Length != x.Rank) throw node.Invalid($"the slope {slope} does not fit {x}");
        node.Return(node.Builder.Emit("PRelu", [x, slope], StepAttributes.Empty, x.Type, x.Shape, node.OutputName()));
    }
}
