using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>softmax(scale · Q · K + mask) · V is one step, whose scores stay in the cache. A factor of the scores is an attribute of their
/// product already; one that is a divisor, or stands between mask and product, is taken here.</summary>
internal sealed class FuseAttention : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (!IsProduct(node) || node.Attributes.Flag("transA") || node.Attributes.Flag("transB") || node.Attributes.Float("alpha", 1f) != 1f) return null;
        if (graph.ProducerUsedOnce(node.Inputs[0], "Softmax") is not { } softmax || softmax.Attributes.Int("axis", 0) != softmax.Output.Rank - 1) return null;
        Value scores = softmax.Inputs[0]!, v = node.Inputs[1]!;
        if (scores.Rank < 2 || v.Rank < 2) return null;
        Value? mask = null;
        if (graph.ProducerUsedOnce(scores, "Add") is { } sum)
        {
            int place = graph.ProducerUsedOnce(sum.Inputs[0], "MatMul") is not null || graph.ProducerUsedOnce(sum.Inputs[0], "Div") is not null ? 0 : 1;
            (scores, mask) = (sum.Inputs[place]!, sum.Inputs[1 - place]!);
            if (sum.Attributes.Find("act") is not null || !scores.HasShapeOf(sum.Output) || !IsMask(mask, scores)) return null;
        }
        float scale = 1f;
        if (graph.ProducerUsedOnce(scores, "Div") is { } quotient && quotient.Inputs[1]!.Scalar is { } divisor && quotient.Inputs[0]!.HasShapeOf(quotient.Output))
            (scores, scale) = (quotient.Inputs[0]!, 1f / divisor);
        if (graph.ProducerUsedOnce(scores, "MatMul") is not { } product || !IsProduct(product) || product.Attributes.Flag("transA")) return null;
        Value q = product.Inputs[0]!, k = product.Inputs[1]!;
        if (q.Rank < 2 || k.Rank < 2) return null;
        AttributeList attributes = new AttributeList().Flag("transB", product.Attributes.Flag("transB")).Add("scale", scale * product.Attributes.Float("alpha", 1f), 1f);
        Value?[] inputs = mask is null ? [q, k, v] : [q, k, v, mask];
        Node made = graph.Add(new Node(softmax.Name, "Attention", inputs, [new Value(node.Output.Name, node.Output.Type, node.Output.Shape)], attributes), node);
        graph.Replace(node.Output, made.Output);
        graph.Remove(node);
        return $"{product.Name}, {softmax.Name} and {node.Name} are an attention";
    }

    private static bool IsProduct(Node node) => node.Operator == "MatMul" && node.Input(2) is null && node.Attributes.Find("act") is null;

    /// <summary>One number for each key, for all rows or each, all or some heads.</summary>
    private static bool IsMask(Value mask, Value scores) =>
        mask.Rank >= 1 && mask.Rank <= scores.Rank && mask.IsFloat && mask.Shape[^1].Equals(scores.Shape[^1])
        && mask.Shape.Reverse().Zip(scores.Shape.Reverse()).All(pair => pair.First.Equals(Dimension.One) || pair.First.Equals(pair.Second));
}
