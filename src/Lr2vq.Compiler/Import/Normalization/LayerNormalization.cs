using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>LayerNormalization and RMSNormalization over the last axes.</summary>
internal sealed class LayerNormalization() : OnnxOperator("LayerNormalization", "RMSNormalization")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), scale = node.Floats(1);
        int axis = node.Axis(node.Int("axis", -1), x.Rank);
        Value? bias = node.OpType == "LayerNormalization" && node.Optional(2) is not null ? node.Floats(2) : null;
        foreach (Value? operand in new[] { scale, bias })
            if (operand is not null && (operand.Rank > x.Rank - axis || Shapes.Broadcast(x.Shape, operand.Shape) is null))
                throw node.Unsupported($"an operand {operand} that is no vector of the normalized axes");
        AttributeList attributes = new AttributeList().Add("axis", axis).Add("epsilon", node.Float("epsilon", 1e-5f));
        node.Return(node.Builder.Emit(node.OpType, [x, scale, bias], attributes, x.Type, x.Shape, node.OutputName()));
    }
}
