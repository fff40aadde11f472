using System.Globalization;

namespace Lr2vq.Onnx;

/// <summary>ONNX's <c>TensorProto.DataType</c> numbers: what tensors may be, and in which field their values lie.</summary>
internal static class OnnxDataType
{
    public const int UInt4 = 21, Int4 = 22;

    /// <summary>The element type as the rest of the compiler sees it (4-bit integers are widened to 8 bits);
    /// Undefined for types that are not supported.</summary>
    public static ElementType ToElementType(long dataType) => dataType switch
    {
        >= 1 and <= 13 or 16 => (ElementType)dataType,
        UInt4 => ElementType.UInt8,
        Int4 => ElementType.Int8,
        _ => ElementType.Undefined,
    };

    public static string Name(long dataType) => dataType switch
    {
        0 => "undefined",
        1 => "float",
        2 => "uint8",
        3 => "int8",
        4 => "uint16",
        5 => "int16",
        6 => "int32",
        7 => "int64",
        8 => "string",
        9 => "bool",
        10 => "float16",
        11 => "double",
        12 => "uint32",
        13 => "uint64",
        14 => "complex64",
        15 => "complex128",
        16 => "bfloat16",
        17 => "float8e4m3fn",
        18 => "float8e4m3fnuz",
        19 => "float8e5m2",
        20 => "float8e5m2fnuz",
        UInt4 => "uint4",
        Int4 => "int4",
        23 => "float4e2m1",
        24 => "float8e8m0",
        _ => "number " + dataType.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The field of TensorProto that holds values of a type when they are not raw.</summary>
    public static int TypedField(ElementType type) => type switch
    {
        ElementType.Float32 => 4,
        ElementType.Int64 => 7,
        ElementType.Float64 => 10,
        ElementType.UInt32 or ElementType.UInt64 => 11,
        ElementType.String => 6,
        _ => 5,
    };

    /// <summary>Bytes of an element in memory; 0 for strings.</summary>
    public static int Bytes(ElementType type) => type switch
    {
        ElementType.UInt8 or ElementType.Int8 or ElementType.Bool => 1,
        ElementType.UInt16 or ElementType.Int16 or ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Float64 or ElementType.Int64 or ElementType.UInt64 => 8,
        _ => 0,
    };
}
