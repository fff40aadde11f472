using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>LayerNormalization and RMSNormalization over the last axes; ONNX Runtime writes the latter as SimplifiedLayerNormalization.</summary>
internal sealed class LayerNormalization() : OnnxOperator("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), scale = node.Floats(1);
        Value? bias = node.OpType == "LayerNormalization" && node.Optional(2) is not null ? node.Floats(2) : null;
        string op = node.OpType == "LayerNormalization" ? node.OpType : "RMSNormalization";
        node.Return(Emit(node, op, x, scale, bias, node.Axis(node.Int("axis", -1), x.Rank), node.Float("epsilon", 1e-5f), node.OutputName()));
    }

    /// <summary>Normalizes the last axis, with the node's epsilon.</summary>
    internal static Value Last(NodeContext node, string op, Value x, Value scale, Value? bias, float epsilon, string? output) =>
        Emit(node, op, x, scale, bias, x.Rank - 1, node.Float("epsilon", epsilon), output);

    private static Value Emit(NodeContext node, string op, Value x, Value scale, Value? bias, int axis, float epsilon, string? output)
    {
        foreach (Value? operand in new[] { scale, bias })
            if (operand is not null && (operand.Rank > x.Rank - axis || Shapes.Broadcast(x.Shape, operand.Shape) is null))
                throw node.Unsupported($"an operand {operand} that is no vector of the normalized axes");
        AttributeList attributes = new AttributeList().Add("axis", axis).Add("epsilon", epsilon);
        return node.Builder.Emit(op, [x, scale, bias], attributes, x.Type, x.Shape, output);
    }
}
