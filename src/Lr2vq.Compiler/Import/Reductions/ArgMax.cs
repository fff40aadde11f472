using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>ArgMax and ArgMin.</summary>
internal sealed class ArgMax() : OnnxOperator("ArgMax", "ArgMin")
{
    public override void Import(NodeContext node)
    {
        Value x = Widening.Of(node, node[0]);
        int axis = node.Axis(node.Int("axis", 0), x.Rank);
        Dimension[] shape = node.Int("keepdims", 1) != 0
            ? [.. x.Shape.Select((length, i) => i == axis ? Dimension.One : length)]
            : [.. x.Shape.Where((_, i) => i != axis)];
        AttributeList attributes = new AttributeList().Add("axis", axis).Add("select_last_index", node.Int("select_last_index", 0), 0);
        node.Return(node.Builder.Emit(node.OpType, [x], attributes, ElementType.Int64, shape, node.OutputName()));
    }
}
