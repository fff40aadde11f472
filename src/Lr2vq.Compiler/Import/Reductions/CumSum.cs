using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>CumSum along a constant axis.</summary>
internal sealed class CumSum() : OnnxOperator("CumSum")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int axis = node.Axis(node.Number(1, "its axis"), x.Rank);
        AttributeList attributes = new AttributeList().Add("axis", axis).Flag("exclusive", node.Int("exclusive", 0) != 0)
            .Flag("reverse", node.Int("reverse", 0) != 0);
        node.Return(Widening.Unary(node, "CumSum", x, attributes));
    }
}
