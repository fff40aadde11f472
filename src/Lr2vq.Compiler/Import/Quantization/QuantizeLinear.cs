using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>QuantizeLinear to 8 or 16 bits: one scale, one for each place of an axis (opset 13), or blocks (opset 21).</summary>
internal sealed class QuantizeLinear() : OnnxOperator("QuantizeLinear")
{
    public override bool IsMicrosoft => true;

    public override void Import(NodeContext node)
    {
        Value x = node[0].Type == ElementType.Int32 ? node.Builder.Cast(node[0], ElementType.Float32) : node.Floats(0), scale = node.Floats(1);
        long asked = node.Attribute("output_dtype")?.Int ?? 0;
        Value? zero = node.Optional(2);
        ElementType type = zero?.Type ?? (asked == 0 ? ElementType.UInt8 : OnnxDataType.ToElementType(asked));
        if (type is not (ElementType.UInt8 or ElementType.Int8 or ElementType.UInt16 or ElementType.Int16)) throw node.UnsupportedType(type);
        if (asked is OnnxDataType.UInt4 or OnnxDataType.Int4 || zero is not null && QuantizationParameters.IsFourBits(zero)) throw node.Unsupported("a result of four bits");
        // Where a model says in which type to divide, that is rounded differently from f32.
        if (node.Int("precision", 0) is not (0 or (int)ElementType.Float32)) throw node.Unsupported("another precision than f32");
        node.Return(node.Builder.Emit("QuantizeLinear", [x, scale, zero], QuantizationParameters.Axis(node, x, scale, zero), type, x.Shape, node.OutputName()));
    }
}
