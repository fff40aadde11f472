using System;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>A BatchNormalization that could not be folded becomes a product and a sum for each channel.</summary>
internal sealed class SpellOutBatchNorm : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator != "BatchNormalization") return null;
        BatchNormStatistics norm = FoldBatchNorm.Statistics(node);
        var builder = new GraphBuilder(graph, node.Name, node);
        int[] shape = [norm.Scale.Shape[0], .. Enumerable.Repeat(1, node.Output.Rank - 2)];
        Value gain = Value.Of(node.Inputs[1]!.Name, new LazyConstant(ElementType.Float32, shape,
            () => MemoryMarshal.AsBytes<float>(Array.ConvertAll(norm.Gain(), g => (float)g)).ToArray(), norm.Scale));
        Value offset = Value.Of(node.Inputs[2]!.Name, new LazyConstant(ElementType.Float32, shape, () => MemoryMarshal.AsBytes<float>(norm.Offset(null)).ToArray(), norm.Shift, norm.Scale));
        Value scaled = builder.Binary("Mul", node.Inputs[0]!, gain);
        graph.Replace(node.Output, builder.Binary("Add", scaled, offset, output: node.Output.Name));
        graph.Remove(node);
        return $"{node.Name} follows no product that it could be folded into";
    }
}
