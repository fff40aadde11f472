using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>Gelu, FastGelu and BiasGelu: Gelu of the input, or of its sum with a bias.</summary>
internal sealed class BiasedGelu() : MicrosoftOperator("Gelu", "FastGelu", "BiasGelu")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        if (node.OpType != "Gelu" && node.Optional(1) is not null) x = BiasAdd.Sum(node, x, 1);
        AttributeList attributes = new AttributeList().Add("approximate", node.OpType == "FastGelu" ? "tanh" : "none", "none");
        node.Return(node.Builder.Unary("Gelu", x, attributes, node.OutputName()));
    }
}
