using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Integers that the run time does not compute with become i64, which holds all of them. Cutting off the high bits of a result gives what the narrow type
/// would.</summary>
internal static class Widening
{
    /// <summary>The value itself, or as i64.</summary>
    public static Value Of(NodeContext node, Value x) => x.Type switch
    {
        ElementType.Int8 or ElementType.Int16 or ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 => node.Builder.Cast(x, ElementType.Int64),
        _ when x.IsFloat || x.Type is ElementType.Int32 or ElementType.Int64 or ElementType.UInt64 => x,
        _ => throw node.UnsupportedType(x.Type),
    };

    /// <summary>A function of one value, whose result has the same type.</summary>
    public static Value Unary(NodeContext node, string op, Value x, StepAttributes? attributes = null)
    {
        Value wide = Of(node, x);
        bool widened = wide.Type != x.Type;
        return node.Builder.Cast(node.Builder.Unary(op, wide, attributes, widened ? null : node.OutputName()), x.Type, node.OutputName());
    }
}
