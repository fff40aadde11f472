using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>A MatMul of two values takes transpositions of their last two axes, and factors in front of or behind it, as attributes.</summary>
internal sealed class FoldIntoMatMul : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator == "Mul") return TryFactorBehind(graph, node);
        if (node.Operator != "MatMul") return null;
        for (int i = 0; i < 2; i++)
        {
            if (graph.ProducerUsedOnce(node.Inputs[i], "Mul") is { } scaled && Patterns.WithScalar(scaled) is var (x, factor))
                return Replace(graph, node, node, i, x, new AttributeList().Add("alpha", node.Attributes.Float("alpha", 1f) * factor), scaled);
            if (graph.ProducerUsedOnce(node.Inputs[i], "Transpose") is { } transposed && SwapsLastTwo(transposed.Attributes.Ints("perm")))
            {
                string key = i == 0 ? "transA" : "transB";
                return Replace(graph, node, node, i, transposed.Inputs[0]!, new AttributeList().Add(key, node.Attributes.Flag(key) ? "0" : "1"), transposed);
            }
        }
        return null;
    }

    private static string? TryFactorBehind(Graph graph, Node node)
    {
        if (Patterns.WithScalar(node) is not var (product, factor) || graph.ProducerUsedOnce(product, "MatMul") is not { } matMul || matMul.Input(2) is not null) return null;
        return Replace(graph, matMul, node, 0, matMul.Inputs[0]!, new AttributeList().Add("alpha", matMul.Attributes.Float("alpha", 1f) * factor), node);
    }

    private static string Replace(Graph graph, Node matMul, Node end, int input, Value operand, AttributeList changed, Node folded)
    {
        Value?[] inputs = [.. matMul.Inputs];
        inputs[input] = operand;
        // Attributes with their default are left out, so that equal steps have equal text.
        StepAttributes attributes = new(AttributeList.With(matMul.Attributes, changed).Pairs.Where(pair => pair.Value != "0" && pair.Value != StepAttributes.FloatToBits(1f)));
        Patterns.ReplaceBy(graph, matMul, end, inputs, attributes);
        graph.Remove(end);
        return $"{folded.Name} is an attribute of {matMul.Name}";
    }

    private static bool SwapsLastTwo(int[] permutation)
    {
        int rank = permutation.Length;
        IEnumerable<int> swapped = [.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2];
        return rank >= 2 && permutation.SequenceEqual(swapped);
    }
}
