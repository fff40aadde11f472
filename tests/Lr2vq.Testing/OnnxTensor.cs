using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace Lr2vq.Testing;

/// <summary>Writes a TensorProto in each of its forms, and reads it.</summary>
internal static class OnnxTensor
{
    public static OnnxWire Write(string name, HostTensor value, OnnxBuilder.Form form)
    {
        OnnxWire tensor = Header(name, value.Type, value.Shape);
        if (value.Texts is { } texts)
        {
            foreach (string text in texts) tensor.Text(6, text);
            return tensor;
        }
        if (form == OnnxBuilder.Form.Raw) return tensor.Bytes(9, ElementTypes.Pack(value.Type, value.Bytes));
        return value.Type switch
        {
            ElementType.Float32 => tensor.Bytes(4, value.Bytes),
            ElementType.Float64 => tensor.Bytes(10, value.Bytes),
            ElementType.Int64 => tensor.Packed(7, value.Values<long>()),
            ElementType.UInt64 => tensor.Packed(11, MemoryMarshal.Cast<byte, long>(value.Bytes)),
            ElementType.UInt32 => tensor.Packed(11, Widen<uint>(value, v => v)),
            ElementType.Float16 or ElementType.BFloat16 => tensor.Packed(5, MemoryMarshal.Cast<byte, ushort>(value.Bytes).ToArray().Select(v => (long)v).ToArray()),
            ElementType.Int32 => tensor.Packed(5, Widen<int>(value, v => v)),
            ElementType.Int16 => tensor.Packed(5, Widen<short>(value, v => v)),
            ElementType.UInt16 => tensor.Packed(5, Widen<ushort>(value, v => v)),
            ElementType.Int8 => tensor.Packed(5, Widen<sbyte>(value, v => v)),
            ElementType.UInt8 => tensor.Packed(5, Widen<byte>(value, v => v)),
            ElementType.Bool => tensor.Packed(5, Widen<bool>(value, v => v ? 1 : 0)),
            >= ElementType.Float8E4M3FN and <= ElementType.Float8E8M0 => tensor.Packed(5, ElementTypes.Pack(value.Type, value.Bytes).Select(v => (long)v).ToArray()),
            _ => throw new ArgumentException($"{value.Type} has no typed field"),
        };
    }

    /// <summary>False for types that <see cref="HostTensor"/> holds in a form of its own.</summary>
    public static bool CanWrite(HostTensor value) => value.Texts is not null || ElementTypes.SizeOf(value.Type) > 0;

    /// <summary>Reads a TensorProto; null if its type has no whole bytes or is not known here.</summary>
    public static HostTensor? Read(ReadOnlyMemory<byte> bytes)
    {
        WireMessage tensor = WireMessage.Parse(bytes);
        int[] shape = [.. tensor.Numbers(1).Select(extent => checked((int)extent))];
        ElementType type = (ElementType)tensor.Number(2);
        if (type == ElementType.String) return HostTensor.OfTexts([.. tensor.All(6).Select(field => field.Text)], shape);
        if (ElementTypes.SizeOf(type) == 0) return null;
        byte[] values = tensor.Last(9) is { } raw ? raw.Bytes.ToArray() : type switch
        {
            ElementType.Float32 => tensor.Joined(4),
            ElementType.Float64 => tensor.Joined(10),
            ElementType.Int64 => Narrow(tensor.Numbers(7), v => v),
            ElementType.UInt64 => Narrow(tensor.Numbers(11), v => (ulong)v),
            ElementType.UInt32 => Narrow(tensor.Numbers(11), v => (uint)v),
            ElementType.Int32 => Narrow(tensor.Numbers(5), v => (int)v),
            ElementType.Float16 or ElementType.BFloat16 or ElementType.UInt16 or ElementType.Int16 => Narrow(tensor.Numbers(5), v => (ushort)v),
            _ => Narrow(tensor.Numbers(5), v => (byte)v),
        };
        values = ElementTypes.Unpack(type, values, shape.Aggregate(1, (product, extent) => checked(product * extent)));
        HostTensor read = new(type, shape, values);
        return values.Length == read.Length * ElementTypes.SizeOf(type) ? read
            : throw new InvalidDataException($"{values.Length} bytes for {read}");
    }

    public static OnnxWire WriteExternal(string name, ElementType type, int[] shape, string location, long? offset, long? length)
    {
        OnnxWire tensor = Header(name, type, shape);
        tensor.Message(13, new OnnxWire().Text(1, "location").Text(2, location));
        if (offset is { } start) tensor.Message(13, new OnnxWire().Text(1, "offset").Text(2, start.ToString(CultureInfo.InvariantCulture)));
        if (length is { } bytes) tensor.Message(13, new OnnxWire().Text(1, "length").Text(2, bytes.ToString(CultureInfo.InvariantCulture)));
        return tensor.Varint(14, 1);
    }

    private static OnnxWire Header(string name, ElementType type, int[] shape)
    {
        OnnxWire tensor = new();
        foreach (int extent in shape) tensor.Varint(1, extent);
        tensor.Varint(2, (int)type);
        if (name.Length > 0) tensor.Text(8, name);
        return tensor;
    }

    private static byte[] Narrow<T>(IEnumerable<long> values, Func<long, T> narrow) where T : unmanaged =>
        MemoryMarshal.AsBytes(values.Select(narrow).ToArray().AsSpan()).ToArray();

    private static long[] Widen<T>(HostTensor value, Func<T, long> widen) where T : unmanaged
    {
        Span<T> values = value.Values<T>();
        long[] wide = new long[values.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = widen(values[i]);
        return wide;
    }
}
