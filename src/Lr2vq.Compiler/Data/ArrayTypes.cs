using System;
using System.IO;
using System.Runtime.InteropServices;
using Lr2vq.Plans;

namespace Lr2vq.Data;

/// <summary>Arrays of one element type as another, where no value is lost in silence: NumPy makes f64 and i64 where networks take f32 and i32.</summary>
internal static class ArrayTypes
{
    /// <summary>Whether values of one type can stand for another.</summary>
    public static bool CanConvert(ElementType from, ElementType to) => from == Stored(to) || from == to || IsFloat(from) && IsFloat(to) || IsWhole(from) && IsWhole(to);

    /// <summary>The type that arrays in files have for one: NumPy has no type of 4 bits, and no float of 8, so bytes hold their codes.</summary>
    public static ElementType Stored(ElementType type) => type == ElementType.Int4 ? ElementType.Int8 : ElementTypes.IsNarrow(type) ? ElementType.UInt8 : type;

    /// <exception cref="InvalidDataException">A value does not fit.</exception>
    public static NpyFile Convert(NpyFile array, ElementType to)
    {
        if (array.Type == to) return array;
        if (array.Type == Stored(to)) return array with { Type = to };
        int count = array.Bytes.Length / ElementTypes.ByteLength(array.Type), size = ElementTypes.ByteLength(to);
        byte[] bytes = new byte[checked(count * size)];
        for (int i = 0; i < count; i++)
        {
            Span<byte> target = bytes.AsSpan(i * size, size);
            if (IsFloat(to)) WriteFloat(ReadFloat(array, i), to, target);
            else WriteWhole(ReadWhole(array, i), to, target);
        }
        return new NpyFile(to, array.Shape, bytes);
    }

    /// <summary>Whether a float array has a value that is no number.</summary>
    public static bool HasNonFinite(NpyFile array)
    {
        if (!IsFloat(array.Type)) return false;
        int count = array.Bytes.Length / ElementTypes.ByteLength(array.Type);
        for (int i = 0; i < count; i++)
            if (!double.IsFinite(ReadFloat(array, i))) return true;
        return false;
    }

    /// <summary>An element of an array of whole numbers or truth values.</summary>
    public static long ReadWhole(NpyFile array, int index)
    {
        ReadOnlySpan<byte> bytes = array.Bytes;
        return array.Type switch
        {
            ElementType.Int8 => (sbyte)bytes[index],
            ElementType.UInt8 or ElementType.Bool => bytes[index],
            ElementType.Int16 => MemoryMarshal.Cast<byte, short>(bytes)[index],
            ElementType.UInt16 => MemoryMarshal.Cast<byte, ushort>(bytes)[index],
            ElementType.Int32 => MemoryMarshal.Cast<byte, int>(bytes)[index],
            ElementType.UInt32 => MemoryMarshal.Cast<byte, uint>(bytes)[index],
            ElementType.Int64 => MemoryMarshal.Cast<byte, long>(bytes)[index],
            _ => Signed(MemoryMarshal.Cast<byte, ulong>(bytes)[index]),
        };
    }

    public static bool IsWhole(ElementType type) => type is ElementType.Int8 or ElementType.UInt8 or ElementType.Bool or ElementType.Int16 or ElementType.UInt16
        or ElementType.Int32 or ElementType.UInt32 or ElementType.Int64 or ElementType.UInt64;

    private static bool IsFloat(ElementType type) => type is ElementType.Float16 or ElementType.Float32 or ElementType.Float64;

    private static double ReadFloat(NpyFile array, int index) => array.Type switch
    {
        ElementType.Float16 => (double)MemoryMarshal.Cast<byte, Half>(array.Bytes)[index],
        ElementType.Float32 => MemoryMarshal.Cast<byte, float>(array.Bytes)[index],
        _ => MemoryMarshal.Cast<byte, double>(array.Bytes)[index],
    };

    private static void WriteFloat(double value, ElementType type, Span<byte> to)
    {
        if (type == ElementType.Float16) MemoryMarshal.Write(to, (Half)value);
        else if (type == ElementType.Float32) MemoryMarshal.Write(to, (float)value);
        else MemoryMarshal.Write(to, value);
    }

    private static void WriteWhole(long value, ElementType type, Span<byte> to)
    {
        (long least, ulong most) = type switch
        {
            ElementType.Int8 => (sbyte.MinValue, (ulong)sbyte.MaxValue),
            ElementType.UInt8 => (0L, byte.MaxValue),
            ElementType.Bool => (0L, 1UL),
            ElementType.Int16 => (short.MinValue, (ulong)short.MaxValue),
            ElementType.UInt16 => (0L, ushort.MaxValue),
            ElementType.Int32 => (int.MinValue, (ulong)int.MaxValue),
            ElementType.UInt32 => (0L, uint.MaxValue),
            ElementType.Int64 => (long.MinValue, (ulong)long.MaxValue),
            _ => (0L, ulong.MaxValue),
        };
        if (value < least || value > 0 && (ulong)value > most) throw TooLarge(value);
        // Little-endian: the low bytes of a whole number are the number.
        Span<byte> bytes = stackalloc byte[8];
        MemoryMarshal.Write(bytes, value);
        bytes[..to.Length].CopyTo(to);
    }

    private static long Signed(ulong value) => value <= long.MaxValue ? (long)value : throw TooLarge(value);

    private static InvalidDataException TooLarge(object value) => new($"the value {value} does not fit the element type of the input");
}
