using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Cast and CastLike. Floats of every width are computed as f32, so a cast between them is none.</summary>
internal sealed class Cast() : OnnxOperator("Cast", "CastLike")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        ElementType type;
        if (node.OpType == "CastLike") type = node[1].Type;
        else if (node.Attribute("to") is { } to) type = OnnxDataType.ToElementType(to.Int);
        else throw node.Invalid("the attribute 'to' is missing");
        if (type is ElementType.Undefined or ElementType.String || x.Type == ElementType.String) throw node.UnsupportedType(type);
        if (ElementTypes.IsFloat(type)) type = ElementType.Float32;
        node.Return(node.Builder.Cast(x, type, node.OutputName()));
    }
}
