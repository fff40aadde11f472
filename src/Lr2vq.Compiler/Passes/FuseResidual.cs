using System.Linq;
using Lr2vq.Graphs;

namespace Lr2vq.Passes;

/// <summary>The sum of a convolution and a value of the same shape: the convolution adds it before it stores.</summary>
internal sealed class FuseResidual : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator != "Add" || node.Inputs[0] == node.Inputs[1]) return null;
        // Of two convolutions the later one: the other is made by then.
        Node? conv = null;
        for (var place = node.Place!.Previous; place is not null && conv is null; place = place.Previous)
            if (node.Inputs.Any(input => input!.Producer == place.Value) && place.Value.Operator == "Conv" && Patterns.IsBareProduct(place.Value)
                && graph.OnlyUser(place.Value.Output) == node) conv = place.Value;
        if (conv is null) return null;
        Value other = node.Inputs[0] == conv.Output ? node.Inputs[1]! : node.Inputs[0]!;
        if (other.Constant is not null || !other.HasShapeOf(conv.Output) || !conv.Output.HasShapeOf(node.Output)) return null;
        Patterns.ReplaceBy(graph, conv, node, [conv.Input(0), conv.Input(1), conv.Input(2), other],
            AttributeList.With(conv.Attributes, new AttributeList().Flag("residual", true)));
        graph.Remove(node);
        return $"{node.Name} adds to what {conv.Name} makes";
    }
}
