using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>(x − mean) / √(mean((x − mean)²) + ε) over the last axes is LayerNormalization; a product and a sum with constants after it are its scale
/// and bias.</summary>
internal sealed class RecognizeLayerNormalization : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node) => node.Operator switch
    {
        "Div" => TryNormalize(graph, node),
        "Mul" => TryParameter(graph, node, 1),
        "Add" => TryParameter(graph, node, 2),
        _ => null,
    };

    private static string? TryNormalize(Graph graph, Node node)
    {
        Value centred = node.Inputs[0]!;
        if (Patterns.Maker(node.Inputs[1], "Sqrt") is not { } root || Patterns.Maker(root.Inputs[0], "Add") is not { } sum) return null;
        (Value variance, float epsilon)? found = sum.Inputs[1]!.Scalar is { } right ? (sum.Inputs[0]!, right) : sum.Inputs[0]!.Scalar is { } left ? (sum.Inputs[1]!, left) : null;
        if (found is not { } known || Patterns.Maker(known.variance, "ReduceMean") is not { } meanOfSquares) return null;
        if (!IsSquare(meanOfSquares.Inputs[0]!, centred)) return null;
        if (Patterns.Maker(centred, "Sub") is not { } difference || Patterns.Maker(difference.Inputs[1], "ReduceMean") is not { } mean) return null;
        Value x = difference.Inputs[0]!;
        int[] axes = mean.Attributes.Ints("axes");
        if (mean.Inputs[0] != x || !axes.SequenceEqual(meanOfSquares.Attributes.Ints("axes")) || mean.Output.Rank != x.Rank) return null;
        if (!axes.SequenceEqual(Enumerable.Range(x.Rank - axes.Length, axes.Length))) return null;
        AttributeList attributes = new AttributeList().Add("axis", axes[0]).Add("epsilon", known.epsilon);
        return RecognizeHardSwish.Replace(graph, node, "LayerNormalization", x, attributes);
    }

    private static bool IsSquare(Value square, Value x) =>
        Patterns.Maker(square, "Pow") is { } power && power.Inputs[0] == x && Patterns.IsScalar(power.Inputs[1], 2)
        || Patterns.Maker(square, "Mul") is { } product && product.Inputs[0] == x && product.Inputs[1] == x;

    private static string? TryParameter(Graph graph, Node node, int place)
    {
        for (int i = 0; i < 2; i++)
        {
            if (graph.ProducerUsedOnce(node.Inputs[i], "LayerNormalization") is not { } norm || node.Inputs[1 - i] is not { Constant: not null } constant) continue;
            // The scale comes before the bias.
            if (norm.Input(place) is not null || place == 1 && norm.Input(2) is not null) continue;
            int axis = norm.Attributes.Int("axis", 0), axes = norm.Output.Rank - axis;
            // Leading ones say nothing.
            while (constant.Rank > axes && constant.Shape[0].Equals(Dimension.One))
                constant = new GraphBuilder(graph, constant.Name, node).Reshape(constant, constant.Shape[1..]);
            if (constant.Rank > axes || !norm.Output.HasShapeOf(node.Output)) continue;
            Value?[] inputs = [norm.Input(0), norm.Input(1), norm.Input(2)];
            inputs[place] = constant;
            Patterns.ReplaceBy(graph, norm, node, inputs);
            graph.Remove(node);
            return $"{node.Name} is the {(place == 1 ? "scale" : "bias")} of {norm.Name}";
        }
        return null;
    }
}
