using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>What classifiers and regressors of ai.onnx.ml have in common: rows of features, transforms of scores, labels of classes.</summary>
internal static class Scores
{
    /// <summary>The first operand as rows of floats.</summary>
    public static Value Rows(NodeContext node)
    {
        Value x = node.Builder.Cast(node[0], ElementType.Float32);
        node.FloatType = ElementType.Float32;
        return x.Rank switch
        {
            2 => x,
            1 => node.Builder.Reshape(x, [Dimension.One, x.Shape[0]]),
            _ => throw node.Unsupported($"an input {x} that is no matrix of rows"),
        };
    }

    /// <summary>The attribute post_transform.</summary>
    public static Value Transformed(NodeContext node, Value scores, string? output)
    {
        switch (node.Text("post_transform", "NONE"))
        {
            case "NONE": return scores;
            case "LOGISTIC": return node.Builder.Unary("Sigmoid", scores, output: output);
            case "SOFTMAX": return node.Builder.Unary("Softmax", scores, new AttributeList().Add("axis", 1), output);
            case var other: throw node.Unsupported($"the transform {other} of its scores");
        }
    }

    /// <summary>As <see cref="Transformed"/> for targets of a regression; ONNX Runtime leaves a single one alone.</summary>
    public static Value Regressed(NodeContext node, Value y, int targets) =>
        targets == 1 && node.Text("post_transform", "NONE") is ("LOGISTIC" or "SOFTMAX" or "SOFTMAX_ZERO") ? y : Transformed(node, y, node.OutputName());

    /// <summary>The scores of two classes from that of the second: 1 − s and s, or −s and s, of which the transform is taken.</summary>
    public static Value OfTwo(NodeContext node, Value second, bool areShares, string? output)
    {
        GraphBuilder builder = node.Builder;
        Value first = areShares ? builder.Binary("Sub", builder.Scalar(1f, "one"), second) : builder.Unary("Neg", second);
        Value both = builder.Concat([first, second], 1);
        return areShares || node.Text("post_transform", "NONE") != "LOGISTIC" ? both : builder.Unary("Sigmoid", both, output: output);
    }

    /// <summary>How many classes the node names.</summary>
    public static int Classes(NodeContext node) => Numbers(node)?.Length ?? Texts(node)?.Length ?? throw node.Invalid("it names no classes");

    /// <summary>The label of each row by the number of its class; null where labels are texts, which becomes the node's answer to whoever reads them.</summary>
    public static Value? Labels(NodeContext node, Value number)
    {
        if (Numbers(node) is { } labels)
        {
            if (labels.Select((label, i) => label == i).All(same => same)) return number;
            return node.Builder.Emit("Gather", [node.Builder.Constant(ConstantTensor.Of([labels.Length], labels), "labels"), number], new AttributeList().Add("axis", 0), ElementType.Int64, number.Shape, node.OutputName());
        }
        node.Missing = new ImportException(DiagnosticCatalogue.TextLabels, string.Join(", ", Texts(node)!.Take(8).Select((label, i) => $"{i} = {label}")));
        return null;
    }

    /// <summary>The class of the largest score.</summary>
    public static Value Largest(NodeContext node, Value scores) =>
        node.Builder.Emit("ArgMax", [scores], new AttributeList().Add("axis", 1), ElementType.Int64, [scores.Shape[0]]);

    /// <summary>Class 1 where a score is above a bound, else class 0.</summary>
    public static Value Above(NodeContext node, Value score, float bound)
    {
        GraphBuilder builder = node.Builder;
        Value above = builder.Binary("Greater", score, builder.Scalar(bound, "bound"), ElementType.Bool);
        return builder.Reshape(builder.Cast(above, ElementType.Int64), [score.Shape[0]]);
    }

    /// <summary>Results: labels where they are numbers, and scores.</summary>
    public static void Return(NodeContext node, Value number, Value scores)
    {
        node.Results[0] = Labels(node, number);
        if (node.OutputCount > 1) node.Results[1] = scores;
    }

    private static long[]? Numbers(NodeContext node) => (node.Attribute("classlabels_int64s") ?? node.Attribute("classlabels_ints"))?.Ints is { Length: > 0 } labels ? labels : null;

    private static string[]? Texts(NodeContext node) => node.Attribute("classlabels_strings")?.Strings is { Length: > 0 } labels ? labels : null;
}
