using System;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>A product times (or divided by) a constant for each output channel becomes a product with scaled weights.</summary>
internal sealed class FoldChannelScale : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator is not ("Mul" or "Div")) return null;
        for (int i = 0; i < (node.Operator == "Mul" ? 2 : 1); i++)
        {
            if (node.Inputs[i]!.Producer is not { } product || !Patterns.IsBareProduct(product) || graph.OnlyUser(product.Output) != node || Patterns.IsShared(product.Input(1)!, [product])) continue;
            if (!product.Output.HasShapeOf(node.Output) || Patterns.PerChannel(node.Inputs[1 - i]!, product.Output, Patterns.ChannelAxis(product)) is not { } read) continue;
            bool divide = node.Operator == "Div";
            double[] Gain() => divide ? Array.ConvertAll(read(), v => 1 / v) : read();
            Value? bias = product.Input(2);
            if (bias?.Constant is { } before)
            {
                var scaled = new LazyConstant(ElementType.Float32, before.Shape,
                    () => MemoryMarshal.AsBytes<float>(before.ToFloats().Zip(Gain(), (b, g) => (float)(b * g)).ToArray()).ToArray(), before);
                bias = Value.Of(bias.Name, scaled);
            }
            Patterns.ReplaceBy(graph, product, node, [product.Input(0), FoldBatchNorm.Scaled(product, Gain), bias]);
            graph.Remove(node);
            return $"{node.Name} scales the output channels of {product.Name}";
        }
        return null;
    }
}
