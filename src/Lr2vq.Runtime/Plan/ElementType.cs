namespace Lr2vq;

/// <summary>Element type of a tensor. The numbers are ONNX's <c>TensorProto.DataType</c>.</summary>
public enum ElementType
{
    /// <summary>No type, or one not known here.</summary>
    Undefined = 0,
    /// <summary>32-bit IEEE float; <c>f32</c> in a Plan.</summary>
    Float32 = 1,
    /// <summary>8-bit unsigned integer; <c>u8</c>.</summary>
    UInt8 = 2,
    /// <summary>8-bit signed integer; <c>i8</c>.</summary>
    Int8 = 3,
    /// <summary>16-bit unsigned integer; <c>u16</c>.</summary>
    UInt16 = 4,
    /// <summary>16-bit signed integer; <c>i16</c>.</summary>
    Int16 = 5,
    /// <summary>32-bit signed integer; <c>i32</c>.</summary>
    Int32 = 6,
    /// <summary>64-bit signed integer; <c>i64</c>.</summary>
    Int64 = 7,
    /// <summary>Text; <c>str</c>.</summary>
    String = 8,
    /// <summary>One byte, 0 or 1; <c>bool</c>.</summary>
    Bool = 9,
    /// <summary>16-bit IEEE float; <c>f16</c>.</summary>
    Float16 = 10,
    /// <summary>64-bit IEEE float; <c>f64</c>.</summary>
    Float64 = 11,
    /// <summary>32-bit unsigned integer; <c>u32</c>.</summary>
    UInt32 = 12,
    /// <summary>64-bit unsigned integer; <c>u64</c>.</summary>
    UInt64 = 13,
    /// <summary>16-bit brain float; <c>bf16</c>.</summary>
    BFloat16 = 16,
    /// <summary>8-bit float with 4 bits of exponent, no infinities; <c>f8e4m3fn</c>. A byte, as ONNX encodes it.</summary>
    Float8E4M3FN = 17,
    /// <summary>8-bit float with 4 bits of exponent, no infinities and no negative zero; <c>f8e4m3fnuz</c>. A byte, as ONNX encodes it.</summary>
    Float8E4M3FNUZ = 18,
    /// <summary>8-bit float with 5 bits of exponent; <c>f8e5m2</c>. A byte, as ONNX encodes it.</summary>
    Float8E5M2 = 19,
    /// <summary>8-bit float with 5 bits of exponent, no infinities and no negative zero; <c>f8e5m2fnuz</c>. A byte, as ONNX encodes it.</summary>
    Float8E5M2FNUZ = 20,
    /// <summary>4-bit unsigned integer; <c>u4</c>. The low half of a byte, from 0 to 15.</summary>
    UInt4 = 21,
    /// <summary>4-bit signed integer; <c>i4</c>. The low half of a byte; results are signed bytes from -8 to 7.</summary>
    Int4 = 22,
    /// <summary>4-bit float with 2 bits of exponent; <c>f4e2m1</c>. The low half of a byte, as ONNX encodes it.</summary>
    Float4E2M1 = 23,
    /// <summary>A power of two, from 2⁻¹²⁷ to 2¹²⁷; <c>f8e8m0</c>. A byte: the exponent plus 127, or 255 for NaN.</summary>
    Float8E8M0 = 24,
}
