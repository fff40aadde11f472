using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>A mean over height and width, and an AveragePool whose window is the whole picture, are GlobalAveragePool.</summary>
internal sealed class RecognizeGlobalAveragePool : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Inputs.Count != 1 || node.Inputs[0] is not { Rank: 4 } x || !Matches(node, x)) return null;
        var builder = new GraphBuilder(graph, node.Name, node);
        Value pooled = builder.Emit("GlobalAveragePool", [x], StepAttributes.Empty, x.Type, [x.Shape[0], x.Shape[1], 1, 1], node.Output.Name);
        graph.Replace(node.Output, builder.Reshape(pooled, node.Output.Shape, node.Output.Name));
        graph.Remove(node);
        return $"{node.Name} averages whole pictures";
    }

    private static bool Matches(Node node, Value x)
    {
        if (node.Operator == "ReduceMean") return node.Attributes.Ints("axes") is [2, 3];
        return node.Operator == "AveragePool" && node.Attributes.Ints("pads", 0).All(pad => pad == 0)
            && node.Attributes.Ints("kernel_shape").Zip(x.Shape[2..]).All(pair => pair.Second.IsConstant && pair.Second.Value == pair.First)
            && node.Attributes.Ints("dilations", 1).All(dilation => dilation == 1);
    }
}
