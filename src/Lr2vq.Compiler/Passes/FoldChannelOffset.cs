using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Graphs;

namespace Lr2vq.Passes;

/// <summary>A constant for each output channel, added to (or taken from) a product, becomes its bias.</summary>
internal sealed class FoldChannelOffset : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator is not ("Add" or "Sub")) return null;
        for (int i = 0; i < (node.Operator == "Add" ? 2 : 1); i++)
        {
            if (node.Inputs[i]!.Producer is not { } product || !Patterns.IsBareProduct(product) || graph.OnlyUser(product.Output) != node) continue;
            int axis = Patterns.ChannelAxis(product);
            if (!product.Output.HasShapeOf(node.Output) || product.Attributes.Float("beta", 1f) != 1f) continue;
            if (Patterns.PerChannel(node.Inputs[1 - i]!, product.Output, axis) is not { } offset) continue;
            ConstantTensor? before = product.Input(2)?.Constant;
            int sign = node.Operator == "Sub" ? -1 : 1;
            var sum = new LazyConstant(ElementType.Float32, [(int)product.Output.Shape[axis].Value], () =>
            {
                double[] added = offset();
                float[]? bias = before?.ToFloats();
                return MemoryMarshal.AsBytes<float>(added.Select((value, c) => (float)((bias is null ? 0.0 : bias[c]) + sign * value)).ToArray()).ToArray();
            }, before);
            Patterns.ReplaceBy(graph, product, node, [product.Input(0), product.Input(1), Value.Of(product.Input(2)?.Name ?? node.Inputs[1 - i]!.Name, sum)]);
            graph.Remove(node);
            return $"{node.Name} adds a bias to {product.Name}";
        }
        return null;
    }
}
