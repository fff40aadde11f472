using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>Functions of one float with attributes.</summary>
internal sealed class ParametricUnary() : OnnxOperator("Celu", "Elu", "Gelu", "HardSigmoid", "LeakyRelu", "Selu", "Shrink", "Swish", "ThresholdedRelu")
{
    public override void Import(NodeContext node)
    {
        AttributeList attributes = node.OpType switch
        {
            "Gelu" => new AttributeList().Add("approximate", node.Choice("approximate", "none", "none", "tanh"), "none"),
            "HardSigmoid" => new AttributeList().Add("alpha", node.Float("alpha", 0.2f), 0.2f).Add("beta", node.Float("beta", 0.5f), 0.5f),
            "LeakyRelu" => new AttributeList().Add("alpha", node.Float("alpha", 0.01f), 0.01f),
            "Selu" => new AttributeList().Add("alpha", node.Float("alpha", 1.67326319f), 1.67326319f).Add("gamma", node.Float("gamma", 1.05070102f), 1.05070102f),
            "Shrink" => new AttributeList().Add("lambd", node.Float("lambd", 0.5f), 0.5f).Add("bias", node.Float("bias", 0f), 0f),
            _ => new AttributeList().Add("alpha", node.Float("alpha", 1f), 1f),
        };
        node.Return(node.Builder.Unary(node.OpType, node.Floats(0), attributes, node.OutputName()));
    }
}
