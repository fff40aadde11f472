using System;
using System.IO;
using System.Linq;

namespace Lr2vq.Testing;

/// <summary>Element types and the C# types that stand for them.</summary>
internal static class ElementTypes
{
    /// <summary>The element type of a C# type. bfloat16 has none: such tensors are made from bytes.</summary>
    public static ElementType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? ElementType.Float32
        : typeof(T) == typeof(double) ? ElementType.Float64
        : typeof(T) == typeof(Half) ? ElementType.Float16
        : typeof(T) == typeof(sbyte) ? ElementType.Int8
        : typeof(T) == typeof(short) ? ElementType.Int16
        : typeof(T) == typeof(int) ? ElementType.Int32
        : typeof(T) == typeof(long) ? ElementType.Int64
        : typeof(T) == typeof(byte) ? ElementType.UInt8
        : typeof(T) == typeof(ushort) ? ElementType.UInt16
        : typeof(T) == typeof(uint) ? ElementType.UInt32
        : typeof(T) == typeof(ulong) ? ElementType.UInt64
        : typeof(T) == typeof(bool) ? ElementType.Bool
        : throw new NotSupportedException($"{typeof(T).Name} is no element type");

    /// <summary>True for types of 4 bits: one in a byte here, two in a byte in files and in ONNX Runtime.</summary>
    public static bool IsNibble(ElementType type) => type is ElementType.UInt4 or ElementType.Int4 or ElementType.Float4E2M1;

    /// <summary>Elements as files have them.</summary>
    public static byte[] Pack(ElementType type, byte[] elements) => !IsNibble(type) ? elements
        : [.. Enumerable.Range(0, (elements.Length + 1) / 2).Select(i => (byte)(elements[2 * i] & 15 | (2 * i + 1 < elements.Length ? elements[2 * i + 1] << 4 : 0)))];

    /// <summary>A byte for each element, of i4 a signed one.</summary>
    public static byte[] Unpack(ElementType type, byte[] stored, int count)
    {
        if (!IsNibble(type)) return stored;
        if (stored.Length != (count + 1) / 2) throw new InvalidDataException($"{stored.Length} bytes for {count} elements of {type}");
        return [.. Enumerable.Range(0, count).Select(i => stored[i / 2] >> i % 2 * 4 & 15).Select(v => (byte)(type == ElementType.Int4 && v > 7 ? v - 16 : v))];
    }

    /// <summary>Bytes of an element in memory; 0 for text.</summary>
    public static int SizeOf(ElementType type) => type switch
    {
        ElementType.Float64 or ElementType.Int64 or ElementType.UInt64 => 8,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Float16 or ElementType.BFloat16 or ElementType.Int16 or ElementType.UInt16 => 2,
        ElementType.Int8 or ElementType.UInt8 or ElementType.Bool => 1,
        >= ElementType.Float8E4M3FN and <= ElementType.Float8E8M0 => 1,
        _ => 0,
    };
}
