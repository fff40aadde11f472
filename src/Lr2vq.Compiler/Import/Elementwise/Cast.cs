using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Cast and CastLike. Floats of every width are computed as f32, so a cast to a wider one is none; one to f16 or bf16 rounds and overflows,
/// and whole numbers keep all their digits through f64.</summary>
internal sealed class Cast() : OnnxOperator("Cast", "CastLike")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        Value x = node[0];
        ElementType type;
        if (node.OpType == "CastLike") type = node[1].IsFloat ? node.TypeOf(1) : node[1].Type;
        else if (node.Attribute("to") is { } to) type = OnnxDataType.ToElementType(to.Int);
        else throw node.Invalid("the attribute 'to' is missing");
        if (type is ElementType.Undefined or ElementType.String) throw node.UnsupportedType(type);
        node.FloatType = type;
        GraphBuilder builder = node.Builder;
        Value exact = node.Exact(0);
        // Sizes are followed through f32 alone.
        if (exact.Constant is null && (x.Dimensions is not null || x.Reals is not null)) exact = x;
        if (!ElementTypes.IsFloat(type)) node.Return(builder.Cast(exact, type, Narrowing(node, type), node.OutputName()));
        else if (Rounds(node.TypeOf(0), type))
        {
            node.ExactResult = builder.Cast(exact, type);
            node.Return(builder.Cast(node.ExactResult, ElementType.Float32, node.OutputName()));
        }
        else
        {
            node.Return(builder.Cast(x, ElementType.Float32, node.OutputName()));
            if (exact.Type == type) node.ExactResult = exact;
            else if (type == ElementType.Float64 && !x.IsFloat) node.ExactResult = builder.Cast(x, type);
        }
    }

    /// <summary>How numbers become floats of 4 and 8 bits.</summary>
    private static AttributeList Narrowing(NodeContext node, ElementType type)
    {
        var attributes = new AttributeList();
        if (ElementTypes.IsNarrowFloat(type)) attributes.Add("saturate", node.Int("saturate", 1) == 0 ? 0 : 1, 1);
        if (type == ElementType.Float8E8M0) attributes.Add("round", node.Choice("round_mode", "up", "up", "down", "nearest"), "up");
        return attributes;
    }

    /// <summary>True if f16 or bf16 cannot hold all values of a type.</summary>
    private static bool Rounds(ElementType from, ElementType to)
    {
        if (to is not (ElementType.Float16 or ElementType.BFloat16) || from == to) return false;
        if (from == ElementType.Float8E8M0) return to == ElementType.Float16;
        return !ElementTypes.IsNarrow(from) && from is not (ElementType.Bool or ElementType.Int8 or ElementType.UInt8);
    }
}
