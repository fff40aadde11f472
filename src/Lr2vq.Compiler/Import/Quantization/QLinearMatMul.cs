using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>QLinearMatMul: a product of bytes, quantized again.</summary>
internal sealed class QLinearMatMul() : OnnxOperator("QLinearMatMul")
{
    public override void Import(NodeContext node)
    {
        Value a = QuantizationParameters.Bytes(node, 0), b = QuantizationParameters.Bytes(node, 3), zero = node[7];
        if (zero.Type is not (ElementType.UInt8 or ElementType.Int8)) throw node.UnsupportedType(zero.Type);
        var operands = new MatrixOperands(node, a, b, node.OutputName());
        Dimension[] shape = operands.Shape;
        Value scales = QuantizationParameters.OneOrEach(node, node.Floats(4), shape[^1]);
        Value zeros = QuantizationParameters.OneOrEach(node, QuantizationParameters.Optional(node, 5, b.Type) ?? QuantizationParameters.ZeroPoint(node, 5, b.Type), shape[^1]);
        Value y = node.Builder.Emit("QLinearMatMul",
            [
                operands.Left, QuantizationParameters.Scale(node, 1), QuantizationParameters.ZeroPoint(node, 2, a.Type), operands.Right, scales, zeros,
                QuantizationParameters.Scale(node, 6), QuantizationParameters.ZeroPoint(node, 7, zero.Type),
            ],
            StepAttributes.Empty, zero.Type, shape, operands.OutputName);
        node.Return(operands.Result(y));
    }
}
