using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>QLinearConv of 1-D and 2-D signals: a convolution of bytes, quantized again.</summary>
internal sealed class QLinearConv() : OnnxOperator("QLinearConv")
{
    public override bool IsMicrosoft => true;

    public override void Import(NodeContext node)
    {
        if (node.Int("channels_last", 0) != 0) throw node.Unsupported("channels_last");
        Value x = QuantizationParameters.Bytes(node, 0), weight = QuantizationParameters.Bytes(node, 3), zero = QuantizationParameters.ZeroPoint(node, 2, x.Type), zeroY = node[7];
        if (zeroY.Type is not (ElementType.UInt8 or ElementType.Int8)) throw node.UnsupportedType(zeroY.Type);
        Value scales = QuantizationParameters.OneOrEach(node, node.Floats(4), weight.Shape[0]);
        Value zeros = QuantizationParameters.OneOrEach(node, QuantizationParameters.Optional(node, 5, weight.Type) ?? QuantizationParameters.ZeroPoint(node, 5, weight.Type), weight.Shape[0]);
        Value scale = QuantizationParameters.Scale(node, 1), scaleY = QuantizationParameters.Scale(node, 6);
        zeroY = QuantizationParameters.ZeroPoint(node, 7, zeroY.Type);
        if (node.Optional(8) is { } bias && (bias.Type != ElementType.Int32 || bias.Rank != 1 || !Shapes.MayBeEqual(bias.Shape[0], weight.Shape[0])))
            throw node.Invalid($"the bias {bias} does not fit {weight.Shape[0]} output channels");
        node.Return(QuantizedConvolution.Emit(node, "QLinearConv", x, weight, zero, zeroY.Type, padded => [padded, scale, zero, weight, scales, zeros, scaleY, zeroY, node.Optional(8)]));
    }
}
