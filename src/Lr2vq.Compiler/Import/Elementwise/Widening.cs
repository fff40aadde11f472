using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Integers that the run time does not compute with become i64, which holds all of them.</summary>
internal static class Widening
{
    public static Value Of(NodeContext node, Value x) => x.Type switch
    {
        ElementType.Int8 or ElementType.Int16 or ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 => node.Builder.Cast(x, ElementType.Int64),
        _ when x.IsFloat || x.Type is ElementType.Int32 or ElementType.Int64 => x,
        _ => throw node.UnsupportedType(x.Type),
    };
}
