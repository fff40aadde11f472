using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>Where a step needs the numbers of a shape computation, one DimensionValues step gives them, whatever computed them.</summary>
internal static class MaterializeSizes
{
    public static void Apply(Graph graph)
    {
        foreach (Node node in graph.Nodes.ToArray())
        {
            if (node.Place is null || node.Operator == "DimensionValues" || node.Outputs.Count != 1) continue;
            Value output = node.Output;
            if (output.IsFloat || output.Type == ElementType.Bool || output.Dimensions is not { Length: > 0 } values) continue;
            // Only at the end of such a computation: what follows is not known.
            if (!output.IsOutput && output.Users.All(user => user.Outputs.All(result => result.Dimensions is not null))) continue;
            var builder = new GraphBuilder(graph, node.Name, node);
            var attributes = new AttributeList().Add("values", values);
            var made = new Node(node.Name, "DimensionValues", [], [new Value(output.Name, ElementType.Int64, output.Shape)], attributes);
            graph.Add(made, node);
            graph.Replace(output, builder.Cast(made.Output, output.Type));
        }
    }
}
