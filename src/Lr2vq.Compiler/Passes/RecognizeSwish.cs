using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>x · Sigmoid(x) is Swish (SiLU).</summary>
internal sealed class RecognizeSwish : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator != "Mul") return null;
        foreach (Value? gate in node.Inputs.Distinct())
            if (Patterns.Maker(gate, "Sigmoid") is { } sigmoid && node.Inputs.FirstOrDefault(input => input != gate) == sigmoid.Inputs[0])
                return RecognizeHardSwish.Replace(graph, node, "Swish", sigmoid.Inputs[0]!, StepAttributes.Empty);
        return null;
    }
}
