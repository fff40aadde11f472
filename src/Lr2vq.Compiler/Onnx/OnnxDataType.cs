using System.Globalization;
using Lr2vq.Plans;

namespace Lr2vq.Onnx;

/// <summary>ONNX's <c>TensorProto.DataType</c> numbers: what tensors may be, and in which field their values lie.</summary>
internal static class OnnxDataType
{
    /// <summary>The element type; Undefined for types that are not supported.</summary>
    public static ElementType ToElementType(long dataType) => dataType is >= 1 and <= 13 or >= 16 and <= 24 ? (ElementType)dataType : ElementType.Undefined;

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
        21 => "uint4",
        22 => "int4",
        23 => "float4e2m1",
        24 => "float8e8m0",
        25 => "uint2",
        26 => "int2",
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

    /// <summary>Bytes of an element in memory, where those of 4 bits have a whole one; 0 for strings.</summary>
    public static int Bytes(ElementType type) => ElementTypes.ByteLength(type);
}
