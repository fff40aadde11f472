using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>DequantizeLinear of 8, 16 or 32 bits, and of constants of 4 bits. Of constants it is folded: a weight that was quantized is a weight of floats.</summary>
internal sealed class DequantizeLinear() : OnnxOperator("DequantizeLinear")
{
    public override bool IsMicrosoft => true;

    public override void Import(NodeContext node)
    {
        Value x = node[0], scale = node.Floats(1);
        if (x.Type is not (ElementType.UInt8 or ElementType.Int8 or ElementType.UInt16 or ElementType.Int16 or ElementType.Int32)) throw node.UnsupportedType(x.Type);
        Value? zero = QuantizationParameters.Optional(node, 2, x.Type);
        node.FloatType = node.Attribute("output_dtype") is { Int: not 0 } asked ? OnnxDataType.ToElementType(asked.Int) : node.TypeOf(1);
        node.Return(node.Builder.Emit("DequantizeLinear", [x, scale, zero], QuantizationParameters.Axis(node, x, scale, zero), ElementType.Float32, x.Shape, node.OutputName()));
    }
}
