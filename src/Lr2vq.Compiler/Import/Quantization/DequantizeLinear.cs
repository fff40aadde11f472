using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>DequantizeLinear of integers of 4, 8, 16 or 32 bits, and floats of 4 or 8. Of constants it is folded: a weight that was quantized is a weight of floats.</summary>
internal sealed class DequantizeLinear() : OnnxOperator("DequantizeLinear")
{
    public override bool IsMicrosoft => true;

    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        Value x = node[0], scale = QuantizationParameters.Scales(node, 1);
        bool isFloat = QuantizationRules.IsFloat(x.Type);
        if (!isFloat && x.Type is not (ElementType.UInt4 or ElementType.Int4 or ElementType.UInt8 or ElementType.Int8 or ElementType.UInt16 or ElementType.Int16 or ElementType.Int32)) throw node.UnsupportedType(x.Type);
        Value? zero = QuantizationParameters.Optional(node, 2, x.Type);
        node.FloatType = node.Attribute("output_dtype") is { Int: not 0 } asked ? OnnxDataType.ToElementType(asked.Int) : node.TypeOf(1);
        if (!ElementTypes.IsFloat(node.FloatType.Value)) throw node.UnsupportedType(node.FloatType.Value);
        AttributeList attributes = QuantizationParameters.Axis(node, x, scale, zero);
        if (isFloat) zero = QuantizationParameters.OfFloats(node, zero);
        node.Return(node.Builder.Emit("DequantizeLinear", [x, scale, zero], attributes, ElementType.Float32, x.Shape, node.OutputName()));
    }
}
