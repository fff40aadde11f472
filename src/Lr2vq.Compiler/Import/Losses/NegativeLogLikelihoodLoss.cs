using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>NegativeLogLikelihoodLoss: −x at the class of each place times the weight of that class, summed or averaged.</summary>
internal sealed class NegativeLogLikelihoodLoss() : OnnxOperator("NegativeLogLikelihoodLoss")
{
    public override void Import(NodeContext node) => node.Return(Of(node, node.Floats(0), node.OutputName()));

    /// <param name="node">Has the classes as input 1, their weights as input 2, and the attributes.</param>
    /// <param name="x">Logarithms of probabilities [N, C, …].</param>
    /// <param name="output">Name of the result.</param>
    internal static Value Of(NodeContext node, Value x, string? output)
    {
        GraphBuilder builder = node.Builder;
        Value classes = node.Indices(1);
        if (x.Rank < 2 || classes.Rank != x.Rank - 1) throw node.Invalid($"{classes} does not fit {x}");
        Dimension[] places = [x.Shape[0], .. x.Shape[2..]];
        if (places.Zip(classes.Shape).Any(pair => !Shapes.MayBeEqual(pair.First, pair.Second))) throw node.Invalid($"{classes} does not fit {x}");
        string reduction = node.Choice("reduction", "mean", "none", "sum", "mean");
        Value? weight = node.Optional(2) is null ? null : node.Floats(2), left = null;
        if (weight is not null && (weight.Rank != 1 || !Shapes.MayBeEqual(weight.Shape[0], x.Shape[1]))) throw node.Invalid($"{weight} does not fit {x}");
        if (node.Has("ignore_index"))
        {
            left = builder.Binary("Equal", classes, Number(builder, classes.Type, node.Int("ignore_index", 0)), ElementType.Bool);
            classes = builder.Emit("Where", [left, Number(builder, classes.Type, 0), classes], StepAttributes.Empty, classes.Type, classes.Shape);
        }
        Dimension[] one = [x.Shape[0], Dimension.One, .. x.Shape[2..]];
        Value chosen = builder.Emit("GatherElements", [x, builder.Reshape(classes, one)], new AttributeList().Add("axis", 1), x.Type, one);
        Value loss = builder.Unary("Neg", builder.Reshape(chosen, places));
        Value? weights = weight is null ? left is null ? null : builder.Scalar(1f, "one") : builder.Emit("Gather", [weight, classes], new AttributeList().Add("axis", 0), x.Type, places);
        if (left is not null) weights = builder.Emit("Where", [left, builder.Scalar(0f, "zero"), weights], StepAttributes.Empty, x.Type, places);
        if (weights is not null) loss = builder.Binary("Mul", loss, weights, output: reduction == "none" ? output : null);
        return reduction switch
        {
            "none" => loss,
            "sum" => Reduce(builder, "ReduceSum", loss, output),
            _ when weights is null => Reduce(builder, "ReduceMean", loss, output),
            _ => builder.Binary("Div", Reduce(builder, "ReduceSum", loss), Reduce(builder, "ReduceSum", weights), output: output),
        };
    }

    private static Value Reduce(GraphBuilder builder, string op, Value x, string? output = null) =>
        builder.Emit(op, [x], new AttributeList().Add("axes", Enumerable.Range(0, x.Rank)), x.Type, [], output);

    private static Value Number(GraphBuilder builder, ElementType type, long number) => builder.Constant(ConstantTensor.Of(type, [], [number])!, "number");
}
