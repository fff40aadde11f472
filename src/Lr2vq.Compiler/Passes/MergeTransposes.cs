using System.Linq;
using Lr2vq.Graphs;

namespace Lr2vq.Passes;

/// <summary>A Transpose of a Transpose is one Transpose (and nothing, if they undo each other).</summary>
internal sealed class MergeTransposes : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator != "Transpose" || Patterns.Maker(node.Inputs[0], "Transpose") is not { } inner) return null;
        int[] first = inner.Attributes.Ints("perm");
        node.Attributes = new AttributeList().Add("perm", node.Attributes.Ints("perm").Select(axis => first[axis]));
        node.SetInput(0, inner.Inputs[0]);
        return $"{node.Name} permutes what {inner.Name} permuted";
    }
}
