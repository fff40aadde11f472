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
}
