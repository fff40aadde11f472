using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Gather along an axis; an embedding when the data is a constant matrix.</summary>
internal sealed class Gather() : OnnxOperator("Gather")
{
    public override void Import(NodeContext node)
    {
        Value data = node[0], indices = node.Indices(1);
        int axis = node.Axis(node.Int("axis", 0), data.Rank);
        Dimension[] shape = [.. data.Shape[..axis], .. indices.Shape, .. data.Shape[(axis + 1)..]];
        node.Return(node.Builder.Emit("Gather", [data, indices], new AttributeList().Add("axis", axis), data.Type, shape, node.OutputName()));
    }
}
