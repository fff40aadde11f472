using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Onnx;

/// <summary>A constant tensor. Its values stay in the file until they are read; every read goes to the file again.</summary>
internal sealed class OnnxTensor
{
    private readonly TensorPayload _payload;
    private readonly byte[][]? _strings;

    /// <param name="dataType">ONNX's number; see <see cref="OnnxDataType"/>.</param>
    /// <param name="dims">Checked: not negative, product within an array's reach.</param>
    internal OnnxTensor(string name, int dataType, long[] dims, TensorPayload payload, byte[][]? strings = null)
    {
        (Name, DataType, Dims, _payload, _strings) = (name, dataType, dims, payload, strings);
        Count = 1;
        foreach (long dimension in dims) Count = checked(Count * dimension);
    }

    public string Name { get; }

    /// <summary>ONNX's number of the type in the file.</summary>
    public int DataType { get; }

    /// <summary>Type of the elements.</summary>
    public ElementType ElementType => OnnxDataType.ToElementType(DataType);

    /// <summary>Empty for a scalar.</summary>
    public long[] Dims { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>Bytes that <see cref="ReadRaw"/> gives for all elements; 0 for strings.</summary>
    public long ByteLength => Count * OnnxDataType.Bytes(ElementType);

    /// <summary>Bytes of the payload as files store it: as <see cref="ByteLength"/>, but two elements of 4 bits to a byte.</summary>
    public long StoredBytes => IsNibbles ? (Count + 1) / 2 : ByteLength;

    private bool IsNibbles => ElementTypes.IsNibble(ElementType);

    /// <summary>True for the four floating-point types that are computed with.</summary>
    public bool IsFloat => ElementType is ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 or ElementType.Float64;

    /// <summary>A tensor in memory.</summary>
    /// <param name="bytes">Little-endian, dense; not copied.</param>
    public static OnnxTensor Of(string name, ElementType type, long[] dims, byte[] bytes)
    {
        var tensor = new OnnxTensor(name, (int)type, dims, new MemoryPayload(bytes));
        if (tensor.ByteLength != bytes.LongLength) throw new ArgumentException($"'{name}' needs {tensor.ByteLength} bytes", nameof(bytes));
        return tensor;
    }

    public static OnnxTensor Of(string name, long[] dims, ReadOnlySpan<float> values) =>
        Of(name, ElementType.Float32, dims, MemoryMarshal.AsBytes(values).ToArray());

    public static OnnxTensor Of(string name, long[] dims, ReadOnlySpan<long> values) =>
        Of(name, ElementType.Int64, dims, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>The same values under another name.</summary>
    public OnnxTensor Renamed(string name) => new(name, DataType, Dims, _payload, _strings);

    /// <summary>Reads <c>destination.Length</c> elements from <paramref name="first"/> as bytes of <see cref="ElementType"/>, little-endian.</summary>
    public void ReadRaw(Span<byte> destination, long first = 0)
    {
        int size = OnnxDataType.Bytes(ElementType);
        if (size == 0) throw new InvalidOperationException($"'{Name}' holds strings");
        CheckRange(destination.Length / size, first);
        if (!IsNibbles) _payload.Read(first * size, destination);
        else ReadNibbles(destination, first);
    }

    /// <summary>Reads <c>destination.Length</c> bytes of the payload, as files store it, from byte <paramref name="offset"/> (a multiple of the element's bytes).</summary>
    public void ReadStored(Span<byte> destination, long offset)
    {
        if (offset < 0 || destination.Length > StoredBytes - offset) throw new ArgumentOutOfRangeException(nameof(offset));
        _payload.Read(offset, destination);
    }

    /// <summary>Reads <c>destination.Length</c> elements from <paramref name="first"/>, converted to float (integers and bool too).</summary>
    public void ReadFloats(Span<float> destination, long first = 0)
    {
        CheckRange(destination.Length, first);
        if (ElementType == ElementType.Float32)
        {
            ReadRaw(MemoryMarshal.AsBytes(destination), first);
            return;
        }
        int size = OnnxDataType.Bytes(ElementType);
        Span<byte> buffer = stackalloc byte[4096];
        while (destination.Length > 0)
        {
            int count = Math.Min(destination.Length, buffer.Length / size);
            ReadRaw(buffer[..(count * size)], first);
            for (int i = 0; i < count; i++) destination[i] = FloatAt(buffer[(i * size)..]);
            destination = destination[count..];
            first += count;
        }
    }

    /// <summary>Reads <c>destination.Length</c> elements from <paramref name="first"/>, converted to 64-bit integers. Floats are cut towards zero.</summary>
    public void ReadInt64s(Span<long> destination, long first = 0)
    {
        CheckRange(destination.Length, first);
        int size = OnnxDataType.Bytes(ElementType);
        Span<byte> buffer = stackalloc byte[4096];
        while (destination.Length > 0)
        {
            int count = Math.Min(destination.Length, buffer.Length / size);
            ReadRaw(buffer[..(count * size)], first);
            for (int i = 0; i < count; i++) destination[i] = Int64At(buffer[(i * size)..]);
            destination = destination[count..];
            first += count;
        }
    }

    /// <summary>All elements as floats.</summary>
    public float[] ToFloats()
    {
        var values = new float[checked((int)Count)];
        ReadFloats(values);
        return values;
    }

    /// <summary>All elements as 64-bit integers.</summary>
    public long[] ToInt64s()
    {
        var values = new long[checked((int)Count)];
        ReadInt64s(values);
        return values;
    }

    /// <summary>All elements as bytes of <see cref="ElementType"/>, little-endian.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[checked((int)ByteLength)];
        ReadRaw(bytes);
        return bytes;
    }

    /// <summary>The strings of a string tensor, as bytes.</summary>
    public byte[][] Strings => _strings ?? [];

    public override string ToString() => Name + " " + OnnxDataType.Name(DataType) + " [" + string.Join(",", Dims) + "]";

    private void CheckRange(long count, long first)
    {
        if (first < 0 || first > Count || count > Count - first)
            throw new ArgumentOutOfRangeException(nameof(first), $"elements {first} to {first + count} of '{Name}', which has {Count}");
    }

    private void ReadNibbles(Span<byte> destination, long first)
    {
        Span<byte> pair = stackalloc byte[1];
        for (int i = 0; i < destination.Length; i++)
        {
            long element = first + i;
            _payload.Read(element / 2, pair);
            int nibble = (element & 1) == 0 ? pair[0] & 15 : pair[0] >> 4;
            destination[i] = (byte)(ElementType == ElementType.Int4 && nibble > 7 ? nibble - 16 : nibble);
        }
    }

    private float FloatAt(ReadOnlySpan<byte> element) => ElementType switch
    {
        ElementType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(element),
        ElementType.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(element) << 16),
        ElementType.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(element),
        ElementType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(element),
        _ => ElementTypes.IsNarrowFloat(ElementType) ? NarrowFloats.ToSingle(ElementType, element[0]) : Int64At(element),
    };

    private long Int64At(ReadOnlySpan<byte> element) => ElementType switch
    {
        ElementType.Float32 => (long)BinaryPrimitives.ReadSingleLittleEndian(element),
        ElementType.Float16 or ElementType.BFloat16 => (long)FloatAt(element),
        ElementType.Float64 => (long)BinaryPrimitives.ReadDoubleLittleEndian(element),
        ElementType.UInt8 or ElementType.UInt4 or ElementType.Bool => element[0],
        ElementType.Int8 or ElementType.Int4 => (sbyte)element[0],
        ElementType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(element),
        ElementType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(element),
        ElementType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(element),
        ElementType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(element),
        ElementType.UInt64 => (long)BinaryPrimitives.ReadUInt64LittleEndian(element),
        ElementType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(element),
        _ => ElementTypes.IsNarrowFloat(ElementType) ? (long)FloatAt(element) : throw new InvalidOperationException($"'{Name}' holds strings"),
    };
}
