using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>LayerNormalization and RMSNormalization over the last axes; ONNX Runtime writes the latter as SimplifiedLayerNormalization.</summary>
internal sealed class LayerNormalization() : OnnxOperator("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization")
{
    public override bool IsMicrosoft => true;

    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), scale = node.Floats(1);
        Value? bias = node.OpType == "LayerNormalization" && node.Optional(2) is not null ? node.Floats(2) : null;
        string op = node.OpType == "LayerNormalization" ? node.OpType : "RMSNormalization";
        int axis = node.Axis(node.Int("axis", -1), x.Rank);
        float epsilon = node.Float("epsilon", 1e-5f);
        node.Results[0] = Emit(node, op, x, scale, bias, axis, epsilon, node.OutputName());
        int deviation = node.OpType == "LayerNormalization" ? 2 : 1;
        // They are f32, whatever the type of the input is.
        if (node.TypeOf(0) != ElementType.Float32 || node.OpType == op && deviation == 1) return;
        if (deviation == 2 && node.Wants(1)) node.Results[1] = Mean(node.Builder, x, axis, node.OutputName(1));
        if (node.Wants(deviation)) node.Results[deviation] = InverseDeviation(node, x, axis, centred: deviation == 2, epsilon, node.OutputName(deviation));
    }

    private static Value Mean(GraphBuilder builder, Value x, int axis, string? output = null) =>
        builder.Emit("ReduceMean", [x], new AttributeList().Add("axes", Enumerable.Range(axis, x.Rank - axis)), x.Type, [.. x.Shape.Select((length, d) => d < axis ? length : Dimension.One)], output);

    /// <summary>1 ÷ √(variance + epsilon), what the rows are multiplied by.</summary>
    private static Value InverseDeviation(NodeContext node, Value x, int axis, bool centred, float epsilon, string? output)
    {
        GraphBuilder builder = node.Builder;
        if (centred) x = builder.Binary("Sub", x, Mean(builder, x, axis));
        Value variance = Mean(builder, builder.Binary("Mul", x, x), axis);
        return builder.Unary("Reciprocal", builder.Unary("Sqrt", builder.Binary("Add", variance, builder.Scalar(epsilon, "epsilon"))), output: output);
    }

    /// <summary>Normalizes the last axis, with the node's epsilon.</summary>
    internal static Value Last(NodeContext node, string op, Value x, Value scale, Value? bias, float epsilon, string? output) =>
        Emit(node, op, x, scale, bias, x.Rank - 1, node.Float("epsilon", epsilon), output);

    private static Value Emit(NodeContext node, string op, Value x, Value scale, Value? bias, int axis, float epsilon, string? output)
    {
        foreach (Value? operand in new[] { scale, bias })
            if (operand is not null && (operand.Rank > x.Rank - axis || Shapes.Broadcast(x.Shape, operand.Shape) is null))
                throw node.Unsupported($"an operand {operand} that is no vector of the normalized axes");
        AttributeList attributes = new AttributeList().Add("axis", axis).Add("epsilon", epsilon);
        return node.Builder.Emit(op, [x, scale, bias], attributes, x.Type, x.Shape, output);
    }
}
