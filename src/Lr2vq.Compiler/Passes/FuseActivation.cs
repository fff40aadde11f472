using Lr2vq.Graphs;

namespace Lr2vq.Passes;

/// <summary>An activation that alone reads a product (or its sum with a residual), or a sum: that step applies it before it stores.</summary>
internal sealed class FuseActivation : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Inputs.Count != 1 || node.Inputs[0]!.Producer is not { Operator: "Conv" or "Conv3D" or "ConvTranspose" or "ConvTranspose3D" or "Gemm" or "Add", Output.IsFloat: true } product) return null;
        if (product.Attributes.Find("act") is not null || graph.OnlyUser(product.Output) != node || Activation(node) is not { } activation) return null;
        Patterns.ReplaceBy(graph, product, node, product.Inputs, AttributeList.With(product.Attributes, activation));
        graph.Remove(node);
        return $"{node.Name} alone reads {product.Name}";
    }

    private static AttributeList? Activation(Node node)
    {
        switch (node.Operator)
        {
            case "Relu":
                return new AttributeList().Add("act", "relu");
            case "HardSwish":
                return new AttributeList().Add("act", "hardswish");
            case "Sigmoid":
                return new AttributeList().Add("act", "sigmoid");
            case "Swish" when node.Attributes.Float("alpha", 1f) == 1f:
                return new AttributeList().Add("act", "silu");
            case "LeakyRelu":
                return new AttributeList().Add("act", "leakyrelu").Add("actp", [node.Attributes.Float("alpha", 0.01f)]);
            case "HardSigmoid":
                return new AttributeList().Add("act", "hardsigmoid").Add("actp", [node.Attributes.Float("alpha", 0.2f), node.Attributes.Float("beta", 0.5f)]);
            case "Clip":
                float min = node.Attributes.Float("min", float.NegativeInfinity), max = node.Attributes.Float("max", float.PositiveInfinity);
                return min == 0f && float.IsPositiveInfinity(max)
                    ? new AttributeList().Add("act", "relu")
                    : new AttributeList().Add("act", "clip").Add("actp", [min, max]);
            default:
                return null;
        }
    }
}
