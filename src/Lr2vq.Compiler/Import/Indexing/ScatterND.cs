using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>ScatterND: each index is a position in the leading axes.</summary>
internal sealed class ScatterND() : OnnxOperator("ScatterND")
{
    public override void Import(NodeContext node)
    {
        Value data = node[0], indices = node.Indices(1);
        if (indices.Rank < 1 || !indices.Shape[^1].IsConstant || indices.Shape[^1].Value > data.Rank) throw node.Invalid($"{indices} does not fit {data}");
        ScatterElements.Emit(node, "ScatterND", data, indices, node[2], new AttributeList());
    }
}
