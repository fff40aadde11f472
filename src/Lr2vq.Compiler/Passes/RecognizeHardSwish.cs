using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>x · clip(x + 3, 0, 6) / 6 in any order, and x · HardSigmoid(x) with α = 1/6, β = 1/2, are HardSwish; clip(x + 3, 0, 6) / 6 alone is HardSigmoid.</summary>
internal sealed class RecognizeHardSwish : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator is not ("Mul" or "Div") || node.Operator == "Div" && node.Inputs[1]!.Scalar is null) return null;
        var factors = Patterns.Factors(graph, node, out double number);
        if (factors.Count is 0 or > 2) return null;
        foreach (Value gate in factors)
        {
            if (Gate(gate) is not { } found) continue;
            (Value x, double slope, double offset) = (found.X, found.Slope * number, found.Offset * number);
            if (factors.Count == 1)
            {
                if (gate.Producer!.Operator == "HardSigmoid" || Math.Abs(found.Top * number - 1) > 1e-6) continue;
                return Replace(graph, node, "HardSigmoid", x, new AttributeList().Add("alpha", (float)slope, 0.2f).Add("beta", (float)offset, 0.5f));
            }
            if (factors.FirstOrDefault(f => f != gate) == x && Math.Abs(slope - 1.0 / 6) < 1e-6 && Math.Abs(offset - 0.5) < 1e-6)
                return Replace(graph, node, "HardSwish", x, StepAttributes.Empty);
        }
        return null;
    }

    /// <summary>slope · x + offset between 0 and top.</summary>
    private static (Value X, double Slope, double Offset, double Top)? Gate(Value gate)
    {
        if (Patterns.Maker(gate, "HardSigmoid") is { } sigmoid)
            return (sigmoid.Inputs[0]!, sigmoid.Attributes.Float("alpha", 0.2f), sigmoid.Attributes.Float("beta", 0.5f), 1);
        if (Patterns.Maker(gate, "Clip") is { } clip && Patterns.IsClip(clip, 0, 6) && Patterns.Maker(clip.Inputs[0], "Add") is { } sum
            && Patterns.WithScalar(sum) is (var x, var offset)) return (x, 1, offset, 6);
        return null;
    }

    internal static string Replace(Graph graph, Node node, string op, Value x, StepAttributes attributes)
    {
        if (!x.HasShapeOf(node.Output)) throw new InvalidOperationException($"{node} does not have the shape of {x}");
        Node made = graph.Add(new Node(node.Name, op, [x], [new Value(node.Output.Name, node.Output.Type, node.Output.Shape)], attributes), node);
        graph.Replace(node.Output, made.Output);
        graph.Remove(node);
        return $"{node.Name} ends a spelled-out {op}";
    }
}
