using System;

namespace Lr2vq.Operators;

/// <summary>Bytes of one element.</summary>
internal static class ElementSize
{
    public static int Of(ElementType type) => type switch
    {
        ElementType.Bool or ElementType.Int8 or ElementType.UInt8 => 1,
        ElementType.Float16 or ElementType.BFloat16 or ElementType.Int16 or ElementType.UInt16 => 2,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Float64 or ElementType.Int64 or ElementType.UInt64 => 8,
        _ => throw UnexpectedType.Of(type),
    };
}
