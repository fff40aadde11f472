using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>MatMulIntegerToFloat and DynamicQuantizeMatMul: MatMulInteger, whose sums are multiplied with the scales of the operands, and a bias.</summary>
internal sealed class MatMulIntegerToFloat() : MicrosoftOperator("MatMulIntegerToFloat", "DynamicQuantizeMatMul")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        bool dynamic = node.OpType == "DynamicQuantizeMatMul";
        Value a, scaleA;
        Value? zeroA;
        if (!dynamic) (a, scaleA, zeroA) = (QuantizationParameters.Bytes(node, 0), QuantizationParameters.Scale(node, 2), QuantizationParameters.Optional(node, 4, node[0].Type));
        else
        {
            Value[] quantized = DynamicQuantizeLinear.Emit(node, node.Floats(0));
            (a, scaleA, zeroA) = (quantized[0], quantized[1], quantized[2]);
        }
        Value b = QuantizationParameters.Bytes(node, 1), scaleB = QuantizationParameters.OneOrEach(node, node.Floats(dynamic ? 2 : 3), b.Shape[^1]);
        Value sums = MatMulInteger.Emit(node, a, zeroA, b, QuantizationParameters.Optional(node, dynamic ? 3 : 5, b.Type), null);
        Value? bias = node.Optional(dynamic ? 4 : 6) is null ? null : node.Floats(dynamic ? 4 : 6);
        Value y = builder.Binary("Mul", builder.Cast(sums, ElementType.Float32), builder.Binary("Mul", scaleA, scaleB), output: bias is null ? node.OutputName() : null);
        node.Return(bias is null ? y : builder.Binary("Add", y, bias, output: node.OutputName()));
    }
}
