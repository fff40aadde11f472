using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>ScatterElements (Scatter before opset 11): an index for each update.</summary>
internal sealed class ScatterElements() : OnnxOperator("Scatter", "ScatterElements")
{
    public override void Import(NodeContext node)
    {
        Value data = node[0], indices = node.Indices(1), updates = node[2];
        if (updates.Type != data.Type) throw node.Invalid("its updates have another type than its data");
        if (indices.Rank != data.Rank || updates.Rank != data.Rank) throw node.Invalid($"{indices} does not fit {data}");
        AttributeList attributes = new AttributeList().Add("axis", node.Axis(node.Int("axis", 0), data.Rank)).Add("reduction", node.Text("reduction", "none"), "none");
        node.Return(node.Builder.Emit("ScatterElements", [data, indices, updates], attributes, data.Type, data.Shape, node.OutputName()));
    }
}
