using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>ScatterND: each index is a position in the leading axes.</summary>
internal sealed class ScatterND() : OnnxOperator("ScatterND")
{
    public override void Import(NodeContext node)
    {
        Value data = node[0], indices = node.Indices(1), updates = node[2];
        if (updates.Type != data.Type) throw node.Invalid("its updates have another type than its data");
        if (indices.Rank < 1 || !indices.Shape[^1].IsConstant || indices.Shape[^1].Value > data.Rank) throw node.Invalid($"{indices} does not fit {data}");
        AttributeList attributes = new AttributeList().Add("reduction", node.Text("reduction", "none"), "none");
        node.Return(node.Builder.Emit("ScatterND", [data, indices, updates], attributes, data.Type, data.Shape, node.OutputName()));
    }
}
