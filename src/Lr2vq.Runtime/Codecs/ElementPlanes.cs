using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Numerics;
using System.Runtime.InteropServices;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Plans;

namespace Lr2vq.Codecs;

/// <summary>Elements of any type without loss, for what is regular: index tables, masks, constants that repeat themselves.</summary>
/// <remarks>From each element the one at a distance before it is subtracted, perhaps twice, modulo 2^(its bits). The sign goes to the lowest bit; the
/// other bits of negative integers are inverted, so that small differences are small numbers, while those of floats stay, so that the highest byte is the
/// exponent. Byte 0 of all of them follows, then byte 1, …, each as a <see cref="BytePlane"/>.
/// Parameters: bytes of a difference u8, first distance i32, second distance i32 (0: nothing is subtracted). Codes: the planes; zeros follow if
/// that is less than a byte for 1024 bytes of elements. f32 bits count as integers. Expanded when the tensor is opened.</remarks>
internal static unsafe class ElementPlanes
{
    private const int ParameterBytes = 9;

    // So that a short file cannot ask for much memory.
    private const int MaxBytesPerByte = 1024;

    // Distances are chosen by the first elements of a long tensor.
    private const int Sample = 1 << 17;

    /// <param name="values">Little-endian, in canonical order.</param>
    public static EncodedTensor Pack(TensorIdentity identity, ReadOnlySpan<byte> values) => ElementTypes.ByteLength(identity.Type) switch
    {
        1 => Pack(identity, values, values.Length),
        2 => Pack(identity, MemoryMarshal.Cast<byte, ushort>(values), values.Length),
        4 => Pack(identity, MemoryMarshal.Cast<byte, uint>(values), values.Length),
        _ => Pack(identity, MemoryMarshal.Cast<byte, ulong>(values), values.Length),
    };

    /// <summary>Opens an f32 tensor.</summary>
    public static DenseTensor Open(in TensorPayload payload)
    {
        long bytes = ExpandedLength(payload);
        byte* values = payload.Memory.Allocate(bytes);
        Expand(payload, values);
        return DenseTensor.OfExpanded(payload, (float*)values);
    }

    public static TensorDescription Describe() => new() { Method = "lossless", Encoding = "planes" };

    /// <summary>Bytes of the elements, which the payload is long enough for.</summary>
    public static long ExpandedLength(in TensorPayload payload)
    {
        long bytes = checked(payload.Elements * ElementTypes.ByteLength(payload.Type));
        if (payload.CodesLength < LeastLength(bytes)) throw payload.Invalid($"has {payload.CodesLength} bytes of codes, too few for its {bytes} bytes");
        return bytes;
    }

    /// <summary>Writes the elements, little-endian, in canonical order.</summary>
    /// <param name="destination">Aligned, <see cref="ExpandedLength"/> bytes.</param>
    public static void Expand(in TensorPayload payload, byte* destination)
    {
        int count = checked((int)payload.Elements);
        switch (ElementTypes.ByteLength(payload.Type))
        {
            case 1: Expand(payload, new Span<byte>(destination, count)); break;
            case 2: Expand(payload, new Span<ushort>(destination, count)); break;
            case 4: Expand(payload, new Span<uint>(destination, count)); break;
            default: Expand(payload, new Span<ulong>(destination, count)); break;
        }
    }

    /// <summary>Fewest bytes of codes for so many bytes of elements.</summary>
    private static long LeastLength(long bytes) => (bytes + MaxBytesPerByte - 1) / MaxBytesPerByte;

    private static EncodedTensor Pack<T>(TensorIdentity identity, ReadOnlySpan<T> values, int bytes) where T : unmanaged, IBinaryInteger<T>
    {
        ReadOnlySpan<T> sample = values[..Math.Min(values.Length, Sample)];
        List<int> distances = Distances(identity.Shape, sample.Length);
        int first = 0, second = 0;
        bool isFloat = identity.Type == ElementType.Float32;
        int shortest = Planes(sample, isFloat, 0, 0).Codes.Length;
        foreach (int distance in distances)
            if (Planes(sample, isFloat, distance, 0).Codes.Length is var length && length < shortest) (first, shortest) = (distance, length);
        if (first > 0)
            foreach (int distance in distances)
                if (Planes(sample, isFloat, first, distance).Codes.Length is var length && length < shortest) (second, shortest) = (distance, length);
        (int width, byte[] codes) = Planes(values, isFloat, first, second);
        if (codes.Length < LeastLength(bytes)) Array.Resize(ref codes, checked((int)LeastLength(bytes)));
        byte[] parameters = new byte[ParameterBytes];
        parameters[0] = (byte)width;
        BinaryPrimitives.WriteInt32LittleEndian(parameters.AsSpan(1), first);
        BinaryPrimitives.WriteInt32LittleEndian(parameters.AsSpan(5), second);
        return identity.With(TensorFormat.ElementPlanes, parameters, codes: codes);
    }

    /// <summary>The neighbour, and the neighbours along each axis.</summary>
    private static List<int> Distances(int[] shape, int count)
    {
        List<int> distances = [];
        if (count > 1) distances.Add(1);
        long stride = 1;
        for (int axis = shape.Length - 1; axis > 0; axis--)
        {
            stride *= shape[axis];
            if (stride > 1 && stride <= count / 2 && !distances.Contains((int)stride)) distances.Add((int)stride);
        }
        return distances;
    }

    private static (int Width, byte[] Codes) Planes<T>(ReadOnlySpan<T> values, bool isFloat, int first, int second) where T : unmanaged, IBinaryInteger<T>
    {
        T[] differences = values.ToArray();
        Subtract(differences, first);
        Subtract(differences, second);
        int bits = 8 * sizeof(T);
        T used = T.Zero;
        foreach (ref T difference in differences.AsSpan())
        {
            T sign = difference >>> (bits - 1);
            difference = isFloat ? (difference << 1) | sign : (difference << 1) ^ (T.Zero - sign);
            used |= difference;
        }
        int width = Math.Max(1, (bits - int.CreateChecked(T.LeadingZeroCount(used)) + 7) / 8);
        byte[] plane = new byte[values.Length];
        MemoryStream codes = new();
        for (int p = 0; p < width; p++)
        {
            for (int i = 0; i < plane.Length; i++) plane[i] = byte.CreateTruncating(differences[i] >>> (8 * p));
            BytePlane.Pack(plane, codes);
        }
        return (width, codes.ToArray());
    }

    private static void Expand<T>(in TensorPayload payload, Span<T> values) where T : unmanaged, IBinaryInteger<T>
    {
        var reader = new ParameterReader(payload);
        int width = reader.Byte("width", 1, sizeof(T)), first = reader.Int32("distance", 0, int.MaxValue), second = reader.Int32("second distance", 0, int.MaxValue);
        reader.End();
        payload.ExpectCodebook(0);
        payload.ExpectDense(0);
        values.Clear();
        byte* at = payload.CodesData;
        long left = payload.CodesLength;
        byte* plane = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, values.Length));
        try
        {
            var bytes = new Span<byte>(plane, values.Length);
            for (int p = 0; p < width; p++)
            {
                if (BytePlane.Unpack(ref at, ref left, bytes) is { } problem) throw payload.Invalid(problem);
                for (int i = 0; i < values.Length; i++) values[i] |= T.CreateTruncating(bytes[i]) << (8 * p);
            }
        }
        finally
        {
            NativeMemory.Free(plane);
        }
        if (left > 0 && payload.CodesLength != LeastLength((long)values.Length * sizeof(T))) throw payload.Invalid("has bytes after its last plane");
        if (payload.Type == ElementType.Float32) foreach (ref T value in values) value = T.RotateRight(value, 1);
        else foreach (ref T value in values) value = (value >>> 1) ^ (T.Zero - (value & T.One));
        Add(values, second);
        Add(values, first);
    }

    private static void Subtract<T>(Span<T> values, int distance) where T : unmanaged, IBinaryInteger<T>
    {
        if (distance == 0) return;
        for (int i = values.Length - 1; i >= distance; i--) values[i] -= values[i - distance];
    }

    private static void Add<T>(Span<T> values, int distance) where T : unmanaged, IBinaryInteger<T>
    {
        if (distance == 0) return;
        for (int i = distance; i < values.Length; i++) values[i] += values[i - distance];
    }
}
