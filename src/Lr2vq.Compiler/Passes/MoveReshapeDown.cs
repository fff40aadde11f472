using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>f(Reshape(product)) becomes Reshape(f(product)) for element-wise f and for BatchNormalization, so that f can be fused: what 1-D convolutions need.</summary>
internal sealed class MoveReshapeDown : RewriteRule
{
    private static readonly HashSet<string> Movable = ["Relu", "Clip", "HardSwish", "HardSigmoid", "Sigmoid", "Swish", "LeakyRelu", "BatchNormalization"];

    public override string? TryRewrite(Graph graph, Node node)
    {
        if (!Movable.Contains(node.Operator) || graph.ProducerUsedOnce(node.Inputs[0], "Reshape") is not { } reshape) return null;
        Value source = reshape.Inputs[0]!;
        if (source.Producer is not { Operator: "Conv" or "ConvTranspose" } || graph.OnlyUser(source) is null || node.Output.Rank < 2) return null;
        // The channels must stay where they are.
        if (!source.Shape[..2].SequenceEqual(node.Output.Shape[..2])) return null;
        var moved = graph.Add(new Node(node.Name, node.Operator, [source, .. node.Inputs.Skip(1)], [new Value(source.Name, source.Type, source.Shape)], node.Attributes), node);
        var after = graph.Add(new Node(reshape.Name, "Reshape", [moved.Output], [new Value(node.Output.Name, node.Output.Type, node.Output.Shape)], StepAttributes.Empty), node);
        graph.Replace(node.Output, after.Output);
        graph.Remove(node);
        return $"{node.Name} can look through {reshape.Name}";
    }
}
