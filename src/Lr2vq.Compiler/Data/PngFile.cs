using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using System.Text;

namespace Lr2vq.Data;

/// <summary>Reads PNG with eight bits a channel, without interlacing: grey, grey + alpha, RGB, RGBA, palette. Writes grey and RGB(A).</summary>
internal static class PngFile
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    /// <exception cref="InvalidDataException">Not a PNG, damaged, or of a kind that is not read.</exception>
    public static PixelImage Read(string path) => Read(File.ReadAllBytes(path));

    /// <inheritdoc cref="Read(string)"/>
    public static PixelImage Read(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith(Signature)) throw new InvalidDataException("not a PNG file");
        int at = Signature.Length, width = 0, height = 0, kind = -1;
        ReadOnlySpan<byte> palette = default;
        using MemoryStream packed = new();
        while (true)
        {
            if (file.Length - at < 12) throw new InvalidDataException("the PNG ends too early");
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12) throw new InvalidDataException("a chunk of the PNG is longer than the file");
            string type = Encoding.ASCII.GetString(file.Slice(at + 4, 4));
            ReadOnlySpan<byte> content = file.Slice(at + 8, (int)length);
            at += 12 + (int)length;
            if (type == "IHDR") (width, height, kind) = ReadHeader(content);
            else if (kind < 0) throw new InvalidDataException("the PNG does not start with its header");
            else if (type == "PLTE") palette = content;
            else if (type == "IDAT") packed.Write(content);
            else if (type == "IEND") break;
        }
        packed.Position = 0;
        byte[] pixels = Unfilter(packed, width, height, ChannelsOf(kind));
        return kind == 3 ? ApplyPalette(pixels, palette, width, height) : new PixelImage(width, height, ChannelsOf(kind), pixels);
    }

    /// <summary>Writes a picture; the same picture gives the same bytes with the same version of .NET.</summary>
    public static void Write(string path, PixelImage image)
    {
        using FileStream stream = File.Create(path);
        stream.Write(Signature);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        header[8] = 8;
        header[9] = image.Channels switch { 1 => 0, 2 => 4, 3 => 2, _ => 6 };
        WriteChunk(stream, "IHDR"u8, header);
        using MemoryStream packed = new();
        using (ZLibStream zipped = new(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            int stride = image.Width * image.Channels;
            for (int y = 0; y < image.Height; y++)
            {
                zipped.WriteByte(0);
                zipped.Write(image.Pixels, y * stride, stride);
            }
        }
        WriteChunk(stream, "IDAT"u8, packed.ToArray());
        WriteChunk(stream, "IEND"u8, []);
    }

    private static (int Width, int Height, int Kind) ReadHeader(ReadOnlySpan<byte> header)
    {
        if (header.Length != 13) throw new InvalidDataException("the PNG's header is damaged");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(header), height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        if (width == 0 || height == 0 || width > PixelImage.MaxPixels || height > PixelImage.MaxPixels || (ulong)width * height > PixelImage.MaxPixels)
            throw new InvalidDataException($"a PNG of {width} x {height} pixels is not read");
        if (header[8] != 8) throw new InvalidDataException($"a PNG with {header[8]} bits a channel is not read; save it with 8");
        if (header[12] != 0) throw new InvalidDataException("an interlaced PNG is not read; save it without interlacing");
        if (header[9] is not (0 or 2 or 3 or 4 or 6)) throw new InvalidDataException($"PNG colour type {header[9]} is not known");
        return ((int)width, (int)height, header[9]);
    }

    private static int ChannelsOf(int kind) => kind switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    private static byte[] Unfilter(Stream packed, int width, int height, int channels)
    {
        int stride = checked(width * channels);
        byte[] pixels = new byte[checked(stride * height)];
        using ZLibStream unzipped = new(packed, CompressionMode.Decompress);
        byte[] row = new byte[stride + 1], above = new byte[stride];
        for (int y = 0; y < height; y++)
        {
            if (unzipped.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length)
                throw new InvalidDataException("the PNG's pixels end too early");
            Span<byte> line = pixels.AsSpan(y * stride, stride);
            for (int i = 0; i < stride; i++)
            {
                int left = i >= channels ? line[i - channels] : 0, up = above[i], corner = i >= channels ? above[i - channels] : 0;
                int predicted = row[0] switch
                {
                    0 => 0,
                    1 => left,
                    2 => up,
                    3 => (left + up) / 2,
                    4 => Paeth(left, up, corner),
                    _ => throw new InvalidDataException($"PNG filter {row[0]} is not known"),
                };
                line[i] = (byte)(row[i + 1] + predicted);
            }
            line.CopyTo(above);
        }
        return pixels;
    }

    private static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner;
        int a = Math.Abs(estimate - left), b = Math.Abs(estimate - up), c = Math.Abs(estimate - corner);
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }

    private static PixelImage ApplyPalette(byte[] indices, ReadOnlySpan<byte> palette, int width, int height)
    {
        byte[] pixels = new byte[checked(indices.Length * 3)];
        for (int i = 0; i < indices.Length; i++)
        {
            if (indices[i] * 3 + 3 > palette.Length) throw new InvalidDataException("the PNG uses a colour that its palette lacks");
            palette.Slice(indices[i] * 3, 3).CopyTo(pixels.AsSpan(i * 3));
        }
        return new PixelImage(width, height, 3, pixels);
    }

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(content, Crc(type, uint.MaxValue)) ^ uint.MaxValue);
        stream.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes, uint crc)
    {
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320u & (uint)-(int)(crc & 1));
        }
        return crc;
    }
}
