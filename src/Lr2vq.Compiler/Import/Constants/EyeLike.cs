using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>EyeLike: ones on a diagonal.</summary>
internal sealed class EyeLike() : OnnxOperator("EyeLike")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        if (x.Rank != 2) throw node.Invalid("its operand is no matrix");
        ElementType type = node.Attribute("dtype") is { } dtype ? OnnxDataType.ToElementType(dtype.Int) : node.TypeOf(0);
        if (type is ElementType.Undefined or ElementType.String || ElementTypes.IsNarrow(type)) throw node.UnsupportedType(type);
        node.FloatType = type;
        if (ElementTypes.IsFloat(type)) type = ElementType.Float32;
        node.Return(node.Builder.Emit("EyeLike", [x], new AttributeList().Add("k", node.Int("k", 0), 0), type, x.Shape, node.OutputName()));
    }
}
