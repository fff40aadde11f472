using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace Lr2vq.Data;

/// <summary>What a <c>.npy</c> file holds.</summary>
/// <param name="Bytes">Length of the values.</param>
internal readonly record struct NpyHeader(ElementType Type, int[] Shape, long Bytes);

/// <summary>An array of NumPy's <c>.npy</c> format: element type, shape, and little-endian bytes in row-major order.</summary>
internal sealed record NpyFile(ElementType Type, int[] Shape, byte[] Bytes)
{
    private static readonly (ElementType Type, string Code, int Size)[] Codes =
    [
        (ElementType.Float32, "<f4", 4), (ElementType.Float64, "<f8", 8), (ElementType.Float16, "<f2", 2),
        (ElementType.Int8, "|i1", 1), (ElementType.Int16, "<i2", 2), (ElementType.Int32, "<i4", 4), (ElementType.Int64, "<i8", 8),
        (ElementType.UInt8, "|u1", 1), (ElementType.UInt16, "<u2", 2), (ElementType.UInt32, "<u4", 4), (ElementType.UInt64, "<u8", 8),
        (ElementType.Bool, "|b1", 1),
    ];

    private const double MaxBytes = 1L << 50;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <exception cref="InvalidDataException">Not a <c>.npy</c> file, or one of a kind that is not read.</exception>
    public static NpyFile Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream);
    }

    /// <inheritdoc cref="Read(string)"/>
    public static NpyFile Read(Stream stream)
    {
        NpyHeader header = ReadHeader(stream);
        return new NpyFile(header.Type, header.Shape, ReadExactly(stream, header.Bytes <= Array.MaxLength ? (int)header.Bytes
            : throw new InvalidDataException($"an array of {header.Bytes} bytes is not read at once")));
    }

    /// <summary>Reads what stands in front of the values; the stream is at them then.</summary>
    /// <exception cref="InvalidDataException">Not a <c>.npy</c> file, or one of a kind that is not read, or one that ends too early.</exception>
    public static NpyHeader ReadHeader(Stream stream)
    {
        byte[] start = ReadExactly(stream, 10);
        if (!start.AsSpan(0, 6).SequenceEqual(Magic)) throw new InvalidDataException("not a .npy file");
        int major = start[6], length = BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(8));
        if (major is < 1 or > 3) throw new InvalidDataException($"version {major} of .npy is not known");
        if (major >= 2)
        {
            uint high = BinaryPrimitives.ReadUInt16LittleEndian(ReadExactly(stream, 2));
            if (high != 0) throw new InvalidDataException("the header is longer than 64 KB");
        }
        string header = Encoding.Latin1.GetString(ReadExactly(stream, length));
        if (Value(header, "fortran_order").StartsWith("True", StringComparison.Ordinal))
            throw new InvalidDataException("column-major order (fortran_order) is not read; save numpy.ascontiguousarray(x)");

        string code = Value(header, "descr").TrimStart('\'', '"');
        int quote = code.AsSpan().IndexOfAny('\'', '"');
        if (quote < 0) throw new InvalidDataException("the header's element type is damaged");
        code = code[..quote].Replace('=', '<');
        (ElementType type, _, int size) = Codes.FirstOrDefault(c => c.Code == code || (c.Size == 1 && c.Code[1..] == code.TrimStart('<', '>', '|')));
        if (size == 0) throw new InvalidDataException($"element type {code} is not read; known: {string.Join(' ', Codes.Select(c => c.Code))}");

        int[] shape = ParseShape(Value(header, "shape"));
        // Exact up to 2^53, far beyond what is read; no product overflows.
        double bytes = size;
        foreach (int extent in shape) bytes *= extent;
        if (bytes > MaxBytes || (stream.CanSeek && bytes > stream.Length - stream.Position))
            throw new InvalidDataException($"the shape needs {bytes} bytes, the file has fewer");
        return new NpyHeader(type, shape, (long)bytes);
    }

    public void Write(string path)
    {
        using FileStream stream = File.Create(path);
        Write(stream);
    }

    public void Write(Stream stream)
    {
        string code = Codes.FirstOrDefault(c => c.Type == ArrayTypes.Stored(Type)).Code ?? throw new InvalidDataException($"{Type} has no .npy type");
        string extents = string.Join(", ", Shape.Select(d => d.ToString(CultureInfo.InvariantCulture))) + (Shape.Length == 1 ? "," : "");
        string header = $"{{'descr': '{code}', 'fortran_order': False, 'shape': ({extents}), }}";
        header = header.PadRight((header.Length + 11 + 63) / 64 * 64 - 11) + "\n";
        Span<byte> start = stackalloc byte[10];
        Magic.CopyTo(start);
        start[6] = 1;
        start[7] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(start[8..], (ushort)header.Length);
        stream.Write(start);
        stream.Write(Encoding.Latin1.GetBytes(header));
        stream.Write(Bytes);
    }

    private static string Value(string header, string key)
    {
        int at = header.IndexOf($"'{key}'", StringComparison.Ordinal);
        int colon = at < 0 ? -1 : header.IndexOf(':', at);
        if (colon < 0) throw new InvalidDataException($"the header lacks '{key}'");
        return header[(colon + 1)..].TrimStart();
    }

    private static int[] ParseShape(string text)
    {
        int open = text.IndexOf('('), close = text.IndexOf(')');
        if (open != 0 || close < 0) throw new InvalidDataException("the header's shape is damaged");
        List<int> shape = [];
        foreach (string part in text[1..close].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int extent))
                throw new InvalidDataException($"'{part}' is no dimension");
            shape.Add(extent);
        }
        return [.. shape];
    }

    internal static byte[] ReadExactly(Stream stream, int count)
    {
        byte[] bytes = new byte[count];
        if (stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false) < count) throw new InvalidDataException("the file ends too early");
        return bytes;
    }
}
