using System;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>A constant product or sum for each channel after a BatchNormalization goes into its scale and shift.</summary>
internal sealed class MergeBatchNormScale : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator is not ("Mul" or "Add")) return null;
        for (int i = 0; i < 2; i++)
        {
            if (graph.ProducerUsedOnce(node.Inputs[i], "BatchNormalization") is not { } norm || !norm.Output.HasShapeOf(node.Output)) continue;
            if (Patterns.PerChannel(node.Inputs[1 - i]!, norm.Output, 1) is not { } read) continue;
            Value?[] inputs = [.. norm.Inputs];
            if (norm.Inputs.Any(input => input?.Constant?.Depth >= ConstantTensor.MostDepth)) continue;
            bool product = node.Operator == "Mul";
            if (product) inputs[1] = Combined(norm.Inputs[1]!, read, (a, b) => a * b);
            inputs[2] = Combined(norm.Inputs[2]!, read, product ? (a, b) => a * b : (a, b) => a + b);
            Patterns.ReplaceBy(graph, norm, node, inputs);
            graph.Remove(node);
            return $"{node.Name} only scales or shifts the channels of {norm.Name}";
        }
        return null;
    }

    private static Value Combined(Value vector, Func<double[]> read, Func<double, double, double> combine)
    {
        ConstantTensor before = vector.Constant!;
        return Value.Of(vector.Name, new LazyConstant(ElementType.Float32, before.Shape,
            () => MemoryMarshal.AsBytes<float>(before.ToFloats().Zip(read(), (a, b) => (float)combine(a, b)).ToArray()).ToArray(), before));
    }
}
