using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>OneHot.</summary>
internal sealed class OneHot() : OnnxOperator("OneHot")
{
    public override void Import(NodeContext node)
    {
        Value indices = node[0], values = node[2];
        Dimension[]? depths = node[1].IsFloat ? node.Builder.Cast(node[1], ElementType.Int64).Dimensions : node.Sizes(1, "its depth");
        if (depths is null) throw node.DataDependent("its depth", node[1]);
        Dimension depth = depths is [{ } only] ? only : throw node.Invalid("its depth is not one number");
        if (indices.Type is not (ElementType.Int32 or ElementType.Int64)) indices = node.Builder.Cast(indices, ElementType.Int64);
        node.FloatType = node.TypeOf(2);
        int rank = indices.Rank + 1, axis = node.Axis(node.Int("axis", -1), rank);
        Dimension[] shape = [.. indices.Shape[..axis], depth, .. indices.Shape[axis..]];
        node.Return(node.Builder.Emit("OneHot", [indices, values], new AttributeList().Add("axis", axis), values.Type, shape, node.OutputName()));
    }
}
