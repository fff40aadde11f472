using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>QLinearWhere: chooses between two quantized operands, each of which is quantized with the scale of the result first.</summary>
internal sealed class QLinearWhere() : MicrosoftOperator("QLinearWhere")
{
    public override void Import(NodeContext node)
    {
        if (node[0].Type != ElementType.Bool) throw node.UnsupportedType(node[0].Type);
        ElementType type = QuantizationParameters.Bytes(node, 1).Type;
        Value scale = QuantizationParameters.Scale(node, 7), zero = QuantizationParameters.ZeroPoint(node, 8, type);
        Value a = Requantized(1), b = Requantized(4);
        Dimension[]? shape = Shapes.Broadcast(a.Shape, b.Shape);
        shape = shape is null ? null : Shapes.Broadcast(node[0].Shape, shape);
        if (shape is null) throw node.Invalid("the shapes of its operands do not fit");
        node.Return(node.Builder.Emit("Where", [node[0], a, b], StepAttributes.Empty, type, shape, node.OutputName()));

        Value Requantized(int input)
        {
            Value x = QuantizationParameters.Bytes(node, input);
            if (x.Type != type) throw node.Invalid($"the types of its operands differ");
            Value floats = QuantizationParameters.Dequantize(node, x, QuantizationParameters.Scale(node, input + 1), QuantizationParameters.ZeroPoint(node, input + 2, type));
            return QuantizationParameters.Quantize(node, floats, scale, zero, null);
        }
    }
}
