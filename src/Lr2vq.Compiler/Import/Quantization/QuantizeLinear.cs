using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>QuantizeLinear to integers of 4, 8 or 16 bits, or floats of 4 or 8: one scale, one for each place of an axis (opset 13), or blocks (opset 21).</summary>
internal sealed class QuantizeLinear() : OnnxOperator("QuantizeLinear")
{
    public override bool IsMicrosoft => true;

    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        Value x = node[0].Type == ElementType.Int32 ? node.Builder.Cast(node[0], ElementType.Float32) : node.Floats(0), scale = QuantizationParameters.Scales(node, 1);
        long asked = node.Attribute("output_dtype")?.Int ?? 0;
        Value? zero = node.Optional(2);
        ElementType type = zero?.Type ?? (asked == 0 ? ElementType.UInt8 : OnnxDataType.ToElementType(asked));
        bool isFloat = QuantizationRules.IsFloat(type);
        if (!isFloat && type is not (ElementType.UInt4 or ElementType.Int4 or ElementType.UInt8 or ElementType.Int8 or ElementType.UInt16 or ElementType.Int16)) throw node.UnsupportedType(type);
        // Where a model says in which type to divide, that is rounded differently from f32.
        if (node.Int("precision", 0) is not (0 or (int)ElementType.Float32)) throw node.Unsupported("another precision than f32");
        AttributeList attributes = QuantizationParameters.Axis(node, x, scale, zero);
        if (isFloat)
        {
            attributes.Add("saturate", node.Int("saturate", 1) == 0 ? 0 : 1, 1);
            zero = QuantizationParameters.OfFloats(node, zero);
        }
        node.Return(node.Builder.Emit("QuantizeLinear", [x, scale, zero], attributes, type, x.Shape, node.OutputName()));
    }
}
