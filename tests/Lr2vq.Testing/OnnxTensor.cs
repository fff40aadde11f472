using System;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;

namespace Lr2vq.Testing;

/// <summary>Writes a TensorProto in each of its forms.</summary>
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
        if (form == OnnxBuilder.Form.Raw) return tensor.Bytes(9, value.Bytes);
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
            _ => throw new ArgumentException($"{value.Type} has no typed field"),
        };
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

    private static long[] Widen<T>(HostTensor value, Func<T, long> widen) where T : unmanaged
    {
        Span<T> values = value.Values<T>();
        long[] wide = new long[values.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = widen(values[i]);
        return wide;
    }
}
