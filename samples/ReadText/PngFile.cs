using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;

namespace ReadText;

/// <summary>Reads PNG pictures of 8 bits a channel, not interlaced: grey, colour or palette; what is transparent shows white.</summary>
internal static class PngFile
{
    private const int LargestSide = 1 << 14;

    /// <exception cref="InvalidDataException">The file is no such picture.</exception>
    public static Picture Read(string path)
    {
        ReadOnlySpan<byte> file = File.ReadAllBytes(path);
        if (file.Length < 8 || !file[..8].SequenceEqual<byte>([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10])) throw Wrong(path, "is not a PNG file");
        int width = 0, height = 0, channels = 0;
        bool hasPalette = false;
        byte[] palette = [];
        using var packed = new MemoryStream();
        for (int at = 8; at + 12 <= file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file[at..]);
            if (length < 0 || length > file.Length - at - 12) throw Wrong(path, "is cut off");
            ReadOnlySpan<byte> content = file.Slice(at + 8, length);
            switch (BinaryPrimitives.ReadUInt32BigEndian(file[(at + 4)..]))
            {
                case 0x49484452 when length == 13: // IHDR
                    width = BinaryPrimitives.ReadInt32BigEndian(content);
                    height = BinaryPrimitives.ReadInt32BigEndian(content[4..]);
                    hasPalette = content[9] == 3;
                    channels = content[9] switch { 0 or 3 => 1, 2 => 3, 4 => 2, 6 => 4, _ => 0 };
                    if (content[8] != 8 || content[12] != 0 || channels == 0) throw Wrong(path, "is not of 8 bits a channel without interlacing");
                    if (width is < 1 or > LargestSide || height is < 1 or > LargestSide) throw Wrong(path, $"has {width} by {height} pixels");
                    break;
                case 0x504C5445: palette = content.ToArray(); break; // PLTE
                case 0x49444154: packed.Write(content); break; // IDAT
            }
            at += 12 + length;
        }
        if (channels == 0) throw Wrong(path, "has no header");
        packed.Position = 0;
        byte[] rows = Unpack(path, packed, width * channels, height, channels);
        return new Picture(width, height, ToColour(path, rows, width * height, channels, hasPalette ? palette : null));
    }

    private static byte[] Unpack(string path, Stream packed, int stride, int height, int channels)
    {
        byte[] rows = new byte[stride * height];
        byte[] zero = new byte[stride];
        using var unpacked = new ZLibStream(packed, CompressionMode.Decompress);
        try
        {
            for (int y = 0; y < height; y++)
            {
                int filter = unpacked.ReadByte();
                Span<byte> row = rows.AsSpan(y * stride, stride);
                ReadOnlySpan<byte> above = y == 0 ? zero : rows.AsSpan((y - 1) * stride, stride);
                unpacked.ReadExactly(row);
                for (int x = 0; x < stride; x++)
                {
                    int left = x < channels ? 0 : row[x - channels], up = above[x], corner = x < channels ? 0 : above[x - channels];
                    row[x] += (byte)(filter switch
                    {
                        0 => 0,
                        1 => left,
                        2 => up,
                        3 => (left + up) / 2,
                        4 => Paeth(left, up, corner),
                        _ => throw Wrong(path, "has an unknown filter"),
                    });
                }
            }
        }
        catch (EndOfStreamException)
        {
            throw Wrong(path, "has fewer rows than it says");
        }
        return rows;
    }

    private static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner;
        int toLeft = Math.Abs(estimate - left), toUp = Math.Abs(estimate - up), toCorner = Math.Abs(estimate - corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    private static byte[] ToColour(string path, byte[] rows, int pixels, int channels, byte[]? palette)
    {
        byte[] colours = new byte[pixels * 3];
        for (int i = 0; i < pixels; i++)
        {
            ReadOnlySpan<byte> pixel = rows.AsSpan(i * channels, channels);
            if (palette is not null && pixel[0] * 3 + 3 > palette.Length) throw Wrong(path, "uses a colour that its palette does not have");
            for (int c = 0; c < 3; c++)
            {
                int value = palette is not null ? palette[pixel[0] * 3 + c] : pixel[channels >= 3 ? c : 0];
                int opacity = channels is 2 or 4 ? pixel[channels - 1] : 255;
                colours[i * 3 + c] = (byte)((value * opacity + 255 * (255 - opacity)) / 255);
            }
        }
        return colours;
    }

    private static InvalidDataException Wrong(string path, string what) => new($"'{path}' {what}");
}
