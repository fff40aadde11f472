using System.Linq;
using Lr2vq.Graphs;

namespace Lr2vq.Passes;

/// <summary>A Reshape of a Reshape is one Reshape; and a Transpose that moves only axes of length 1 is a Reshape.</summary>
internal sealed class MergeReshapes : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator == "Transpose")
        {
            int[] moved = [.. node.Attributes.Ints("perm").Where(axis => !node.Inputs[0]!.Shape[axis].Equals(Plans.Dimension.One))];
            if (!moved.SequenceEqual(moved.Order())) return null;
            graph.Replace(node.Output, graph.Add(new Node(node.Name, "Reshape", [node.Inputs[0]], [new Value(node.Output.Name, node.Output.Type, node.Output.Shape)],
                Plans.StepAttributes.Empty), node).Output);
            graph.Remove(node);
            return $"{node.Name} moves only axes of length 1";
        }
        if (node.Operator != "Reshape" || Patterns.Maker(node.Inputs[0], "Reshape") is not { } inner) return null;
        node.SetInput(0, inner.Inputs[0]);
        return $"{node.Name} reshapes what {inner.Name} reshaped";
    }
}
