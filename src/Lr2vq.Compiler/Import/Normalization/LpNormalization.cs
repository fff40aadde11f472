using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>LpNormalization along an axis.</summary>
internal sealed class LpNormalization() : OnnxOperator("LpNormalization")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        AttributeList attributes = new AttributeList().Add("axis", node.Axis(node.Int("axis", -1), x.Rank)).Add("p", node.Int("p", 2), 2);
        node.Return(node.Builder.Unary("LpNormalization", x, attributes, node.OutputName()));
    }
}
