using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>A number added to the HardSwish of a convolution or a product, which alone reads it: that step adds it before it stores.</summary>
/// <remarks>PP-LCNet's affine blocks have it behind every activation. Where nothing is padded <see cref="FoldScalarForward"/> has put it into the next bias.</remarks>
internal sealed class FuseOffset : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator != "Add" || node.Attributes.Find("act") is not null || !node.Output.IsFloat || Patterns.WithScalar(node) is not var (x, offset) || !float.IsFinite(offset)) return null;
        if (x.Producer is not { Operator: "Conv" or "ConvTranspose" or "Gemm" } product || product.Attributes.Find("act") != "hardswish" || graph.OnlyUser(x) != node) return null;
        StepAttributes attributes = AttributeList.With(product.Attributes, new AttributeList().Add("act", "hardswishadd").Add("actp", [offset]));
        Patterns.ReplaceBy(graph, product, node, product.Inputs, attributes);
        graph.Remove(node);
        return $"{node.Name} alone reads {product.Name}";
    }
}
