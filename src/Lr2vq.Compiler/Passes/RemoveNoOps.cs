using System.Linq;
using Lr2vq.Graphs;

namespace Lr2vq.Passes;

/// <summary>Steps that give their operand back: views of the same shape, casts to the same type, identity permutations, x + 0, x · 1, a Clip
/// without bounds, …</summary>
internal sealed class RemoveNoOps : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Inputs.Count == 0 || node.Outputs.Count != 1 || Source(node) is not { } source) return null;
        // Inputs and constants are not outputs themselves; the view that makes them one stays.
        if (node.Output.IsOutput && source.Producer is null) return null;
        if (!source.HasShapeOf(node.Output) || source.Type != node.Output.Type) return null;
        graph.Replace(node.Output, source);
        graph.Remove(node);
        return $"{node.Operator} {node.Name} changes nothing";
    }

    private static Value? Source(Node node)
    {
        Value? first = node.Inputs[0];
        // What data decide is only known when the network runs.
        if (node.Operator is "Slice" or "Resize" && node.Inputs.Count > 1 || node.Operator == "Pad" && node.Inputs.Count > 2) return null;
        switch (node.Operator)
        {
            case "Reshape" or "Cast" or "Expand" or "Tile":
                return first;
            case "Concat":
                return node.Inputs.Count == 1 ? first : null;
            case "Slice":
                return node.Attributes.Ints("steps", 1).All(step => step == 1) ? first : null;
            case "Pad":
                return node.Attributes.Dimensions("pads").All(pad => pad.IsConstant && pad.Value == 0) ? first : null;
            case "Transpose":
                return node.Attributes.Ints("perm").SequenceEqual(Enumerable.Range(0, node.Output.Rank)) ? first : null;
            case "Resize":
                return node.Attributes.Find("scales") is null && node.Attributes.Find("roi") is null ? first : null;
            case "Clip":
                return node.Inputs.Count == 1 && node.Attributes.Find("min") is null && node.Attributes.Find("max") is null ? first : null;
            case "Add" when node.Attributes.Find("act") is null:
                return Patterns.WithScalar(node) is (var sum, 0f) ? sum : null;
            case "Mul":
                return Patterns.WithScalar(node) is (var product, 1f) ? product : null;
            case "Sub":
                return node.Inputs[1]!.Scalar == 0f ? first : null;
            case "Div":
                return node.Inputs[1]!.Scalar == 1f ? first : null;
            default:
                return null;
        }
    }
}
