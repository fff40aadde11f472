using System.Linq;
using Lr2vq.Graphs;

namespace Lr2vq.Passes;

/// <summary>Two nodes that compute the same from the same operands become one.</summary>
internal sealed class MergeEqualNodes : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Inputs.Count == 0 || node.Inputs[0] is not { } first) return null;
        foreach (Node other in first.Users.ToArray())
        {
            if (other == node || other.Place is null || !AreEqual(node, other)) continue;
            // The later one goes, so that every reader finds its value made.
            (Node kept, Node gone) = IsBefore(node, other) ? (node, other) : (other, node);
            if (gone.Outputs.Any(output => output.IsOutput) || !Branch.Holds(kept.Branch, gone.Branch)) continue;
            for (int i = 0; i < kept.Outputs.Count; i++) graph.Replace(gone.Outputs[i], kept.Outputs[i]);
            graph.Remove(gone);
            return $"{gone.Name} computes the same as {kept.Name}";
        }
        return null;
    }

    private static bool AreEqual(Node a, Node b) =>
        a.Operator == b.Operator && a.Sides is null && a.Inputs.SequenceEqual(b.Inputs) && a.Outputs.Count == b.Outputs.Count
        && a.Outputs.Zip(b.Outputs).All(pair => pair.First.Type == pair.Second.Type && pair.First.HasShapeOf(pair.Second))
        && a.Attributes.Pairs.Count == b.Attributes.Pairs.Count && a.Attributes.Pairs.All(pair => b.Attributes.Find(pair.Key) == pair.Value);

    private static bool IsBefore(Node a, Node b)
    {
        for (var place = a.Place; place is not null; place = place.Next)
            if (place.Value == b) return true;
        return false;
    }
}
