using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>A product (Conv, ConvTranspose, Gemm) and a BatchNormalization with constant statistics after it become one product.</summary>
/// <remarks>W'[o, …] = W[o, …]·g[o], b'[o] = (b[o] − μ[o])·g[o] + β[o], with g = γ/√(σ² + ε). The statistics stay with the node. Runs before compression,
/// so that codecs see the weights that kernels use. Nothing is computed until a weight is read.</remarks>
internal sealed class FoldBatchNorm : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator != "BatchNormalization" || node.Inputs[0]!.Producer is not { } product || !Patterns.IsBareProduct(product)) return null;
        if (graph.OnlyUser(product.Output) != node || Patterns.ChannelAxis(product) != 1 || product.Attributes.Float("beta", 1f) != 1f) return null;
        // A convolution that several norms follow: a product and a sum for each channel cost less than its weights again.
        if (Patterns.IsShared(product.Input(1)!, [product])) return null;
        ConstantTensor? before = product.Input(2)?.Constant;
        BatchNormStatistics norm = Statistics(node) with { Bias = before };
        Value weight = Scaled(product, norm.Gain);
        var offset = new LazyConstant(ElementType.Float32, norm.Shift.Shape, () => MemoryMarshal.AsBytes<float>(norm.Offset(before?.ToFloats())).ToArray(), before, norm.Shift, norm.Scale);
        Value bias = Value.Of(product.Input(2)?.Name ?? node.Inputs[2]!.Name, offset);
        Node folded = Patterns.ReplaceBy(graph, product, node, [product.Input(0), weight, bias]);
        folded.Norm = norm;
        graph.Remove(node);
        return $"{node.Name} has constant statistics and only reads {product.Name}";
    }

    internal static BatchNormStatistics Statistics(Node node) => new(node.Inputs[1]!.Constant!, node.Inputs[2]!.Constant!, node.Inputs[3]!.Constant!,
        node.Inputs[4]!.Constant!, node.Attributes.Float("epsilon", 1e-5f));

    /// <summary>The weight of a product with each output channel multiplied by a gain.</summary>
    internal static Value Scaled(Node product, System.Func<double[]> gain) => Value.Of(product.Input(1)!.Name,
        new ScaledConstant(product.Input(1)!.Constant!, Patterns.Role(product), product.Attributes.Int("group", 1), gain));
}
