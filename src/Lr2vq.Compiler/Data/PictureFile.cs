using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using StbImageSharp;

namespace Lr2vq.Data;

/// <summary>Reads PNG, JPEG and BMP pictures with StbImageSharp. What that library takes on trust is checked here first: the picture's size, how much
/// a PNG unpacks to, that the file does not end too early. 16 bits a channel become 8; a picture that a camera stored turned is turned back (<see cref="PictureOrientation"/>).</summary>
internal static class PictureFile
{
    private const int MaxFileBytes = 1 << 28;

    /// <summary>More scans than any encoder writes; each goes over the whole picture.</summary>
    private const int MaxJpegScans = 200;

    private static readonly string[] s_extensions = [".png", ".jpg", ".jpeg", ".bmp"];

    /// <summary>Whether a file is a picture by its name.</summary>
    public static bool IsPictureName(string path) => Array.Exists(s_extensions, e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">Not such a picture, damaged, or too large.</exception>
    public static PixelImage Read(string path)
    {
        // Pipes and devices have no length; to open one may wait for ever.
        long length = new FileInfo(path).Length;
        if (length is 0 or > MaxFileBytes) throw new InvalidDataException(length == 0 ? "the file is empty" : $"a picture file of {length:N0} bytes is not read; the most is {MaxFileBytes:N0}");
        return Read(File.ReadAllBytes(path));
    }

    /// <summary>Looks at how a file begins: cheap, and enough for files that are something else.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">Not such a picture.</exception>
    public static void CheckBeginning(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[8];
        KindOf(start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
    }

    /// <inheritdoc cref="Read(string)"/>
    public static PixelImage Read(byte[] file)
    {
        (bool isPng, bool isJpeg) = KindOf(file);
        try
        {
            // Before the library looks: it steps over chunks, back where their length is negative, and so for ever.
            if (isPng) _ = Chunks(file).Count();
            ImageInfo info = ImageInfo.FromStream(new PictureStream(file)) ?? throw Damaged("its header is not understood, or its size is out of bounds");
            if (info.Width <= 0 || info.Height <= 0 || (long)info.Width * info.Height > PixelImage.MaxPixels)
                throw new InvalidDataException($"a picture of {info.Width} x {info.Height} pixels is not read; the most is {PixelImage.MaxPixels:N0} pixels");
            int orientation = isPng ? CheckUnpacked(file, info.Width, info.Height) : isJpeg ? PictureOrientation.OfJpeg(file) : 1;
            if (isJpeg && file.AsSpan().Count((ReadOnlySpan<byte>)[0xFF, 0xDA]) > MaxJpegScans) throw Damaged("it has too many scans");
            ImageResult image = ImageResult.FromStream(new PictureStream(file), ColorComponents.Default);
            return PictureOrientation.Upright(new PixelImage(image.Width, image.Height, (int)image.Comp, image.Data), orientation);
        }
        catch (Exception problem) when (problem is not InvalidDataException and not OutOfMemoryException)
        {
            // The library is a translation of C: damage shows as any exception.
            throw Damaged(problem is EndOfStreamException or InvalidOperationException ? problem.Message : "its content is not understood");
        }
    }

    private static (bool IsPng, bool IsJpeg) KindOf(ReadOnlySpan<byte> start)
    {
        bool isPng = start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        bool isJpeg = start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);
        return isPng || isJpeg || start.StartsWith("BM"u8) ? (isPng, isJpeg) : throw new InvalidDataException("not a PNG, JPEG or BMP picture");
    }

    /// <summary>Unpacks a PNG's pixels once to nowhere: a few kilobytes may unpack to gigabytes, and the library does not check their sum.</summary>
    /// <returns>The orientation that the file states.</returns>
    private static int CheckUnpacked(byte[] file, int width, int height)
    {
        using MemoryStream packed = new();
        int orientation = 1;
        foreach ((int at, int length) in Chunks(file))
        {
            if (file.AsSpan(at + 4, 4).SequenceEqual("IDAT"u8)) packed.Write(file, at + 8, length);
            if (file.AsSpan(at + 4, 4).SequenceEqual("eXIf"u8)) orientation = PictureOrientation.OfExif(file.AsSpan(at + 8, length));
        }
        packed.Position = 0;
        // At most 8 bytes a pixel, and a byte in front of each row of each of the seven passes.
        long left = 8L * (width + 1L) * (height + 1L) + 8L * height + 64;
        using ZLibStream unpacked = new(packed, CompressionMode.Decompress);
        byte[] nowhere = new byte[1 << 16];
        for (int count; (count = unpacked.Read(nowhere)) > 0;)
            if ((left -= count) < 0) throw Damaged("it holds more than its pixels");
        return orientation;
    }

    /// <summary>Where the chunks of a PNG begin, and the lengths of their data.</summary>
    private static IEnumerable<(int At, int Length)> Chunks(byte[] file)
    {
        for (int at = 8; at < file.Length;)
        {
            if (file.Length - at < 12) throw Damaged("it ends too early");
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - 12) throw Damaged("it ends too early");
            if (file.AsSpan(at + 4, 4).SequenceEqual("IEND"u8)) yield break;
            yield return (at, (int)length);
            at += 12 + (int)length;
        }
    }

    private static InvalidDataException Damaged(string why) => new($"the picture is damaged: {why}");

    /// <summary>A stream that ends with an exception: at the end of a file the library reads zeros, for ever in some loops.</summary>
    private sealed class PictureStream(byte[] file) : Stream
    {
        private int _at;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => file.Length;

        public override long Position
        {
            get => _at;
            set => _at = value >= 0 && value <= file.Length ? (int)value : throw TooShort();
        }

        public override int ReadByte() => _at < file.Length ? file[_at++] : throw TooShort();

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (count > file.Length - _at) throw TooShort();
            Array.Copy(file, _at, buffer, offset, count);
            _at += count;
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) =>
            Position = origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => _at, _ => file.Length } + offset;

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private static EndOfStreamException TooShort() => new("it ends too early");
    }
}
