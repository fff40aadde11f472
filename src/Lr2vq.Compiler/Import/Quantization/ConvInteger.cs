using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>ConvInteger of 1-D and 2-D signals: products of bytes, summed in i32.</summary>
internal sealed class ConvInteger() : OnnxOperator("ConvInteger")
{
    public override void Import(NodeContext node)
    {
        Value x = QuantizationParameters.Bytes(node, 0), weight = QuantizationParameters.Bytes(node, 1);
        Value? zero = node.Optional(2) is null ? null : QuantizationParameters.ZeroPoint(node, 2, x.Type), zeros = QuantizationParameters.Optional(node, 3, weight.Type);
        if (zeros is not null) zeros = QuantizationParameters.OneOrEach(node, zeros, weight.Shape[0]);
        node.Return(QuantizedConvolution.Emit(node, "ConvInteger", x, weight, zero, ElementType.Int32, padded => [padded, weight, zero, zeros]));
    }
}
