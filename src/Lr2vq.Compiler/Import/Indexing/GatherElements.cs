using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>GatherElements: an index for each element of the result.</summary>
internal sealed class GatherElements() : OnnxOperator("GatherElements")
{
    public override void Import(NodeContext node)
    {
        Value data = node[0], indices = node.Indices(1);
        if (indices.Rank != data.Rank) throw node.Invalid($"{indices} does not fit {data}");
        AttributeList attributes = new AttributeList().Add("axis", node.Axis(node.Int("axis", 0), data.Rank));
        node.Return(node.Builder.Emit("GatherElements", [data, indices], attributes, data.Type, indices.Shape, node.OutputName()));
    }
}
