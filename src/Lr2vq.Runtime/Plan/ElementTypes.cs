using System;

namespace Lr2vq.Plans;

/// <summary>Names and sizes of element types.</summary>
internal static class ElementTypes
{
    private static readonly ElementType[] All =
    {
        ElementType.Float32, ElementType.Float64, ElementType.Float16, ElementType.BFloat16, ElementType.Int8, ElementType.Int16,
        ElementType.Int32, ElementType.Int64, ElementType.UInt8, ElementType.UInt16, ElementType.UInt32, ElementType.UInt64,
        ElementType.Bool, ElementType.String, ElementType.Float8E4M3FN, ElementType.Float8E4M3FNUZ, ElementType.Float8E5M2, ElementType.Float8E5M2FNUZ,
        ElementType.UInt4, ElementType.Int4, ElementType.Float4E2M1, ElementType.Float8E8M0,
    };

    /// <summary>The word for a type in a Plan, e.g. <c>f32</c>.</summary>
    public static string Word(ElementType type) => type switch
    {
        ElementType.Float32 => "f32",
        ElementType.Float64 => "f64",
        ElementType.Float16 => "f16",
        ElementType.BFloat16 => "bf16",
        ElementType.Int8 => "i8",
        ElementType.Int16 => "i16",
        ElementType.Int32 => "i32",
        ElementType.Int64 => "i64",
        ElementType.UInt8 => "u8",
        ElementType.UInt16 => "u16",
        ElementType.UInt32 => "u32",
        ElementType.UInt64 => "u64",
        ElementType.Bool => "bool",
        ElementType.String => "str",
        ElementType.Float8E4M3FN => "f8e4m3fn",
        ElementType.Float8E4M3FNUZ => "f8e4m3fnuz",
        ElementType.Float8E5M2 => "f8e5m2",
        ElementType.Float8E5M2FNUZ => "f8e5m2fnuz",
        ElementType.UInt4 => "u4",
        ElementType.Int4 => "i4",
        ElementType.Float4E2M1 => "f4e2m1",
        ElementType.Float8E8M0 => "f8e8m0",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>The type that a word of a Plan stands for; <see cref="ElementType.Undefined"/> if there is none.</summary>
    public static ElementType FromWord(string word)
    {
        foreach (ElementType type in All)
            if (Word(type) == word) return type;
        return ElementType.Undefined;
    }

    /// <summary>Bytes of one element; 0 for text, whose elements have no fixed size.</summary>
    public static int ByteLength(ElementType type) => type switch
    {
        ElementType.Float64 or ElementType.Int64 or ElementType.UInt64 => 8,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Float16 or ElementType.BFloat16 or ElementType.Int16 or ElementType.UInt16 => 2,
        ElementType.Int8 or ElementType.UInt8 or ElementType.Bool => 1,
        _ => IsNarrow(type) ? 1 : 0,
    };

    /// <summary>True for integers of 4 bits and floats of 4 and 8 bits: values that are stored and converted, but not computed with. One byte each.</summary>
    public static bool IsNarrow(ElementType type) => type is >= ElementType.Float8E4M3FN and <= ElementType.Float8E8M0;

    /// <summary>True for floats of 4 and 8 bits.</summary>
    public static bool IsNarrowFloat(ElementType type) => IsNarrow(type) && type is not (ElementType.UInt4 or ElementType.Int4);

    /// <summary>True for integers of 4 bits and floats of 4 bits, which are the low half of a byte.</summary>
    public static bool IsNibble(ElementType type) => type is ElementType.UInt4 or ElementType.Int4 or ElementType.Float4E2M1;

    /// <summary>True for floats that are computed with.</summary>
    public static bool IsFloat(ElementType type) =>
        type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16;
}
