using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Testing;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Data;

/// <summary>Pictures that someone hands to the tool: what is right is read, whatever else ends in InvalidDataException.</summary>
public sealed class PictureFileTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void PngComesBack(int channels)
    {
        PixelImage image = Noise(13, 7, channels);
        PictureWriter.WritePng(_folder["x.png"], image);
        PixelImage read = PictureFile.Read(_folder["x.png"]);
        Assert.Equal((13, 7, channels), (read.Width, read.Height, read.Channels));
        Assert.Equal(image.Pixels, read.Pixels);
    }

    [Fact]
    public void JpegAndBmpComeBack()
    {
        PixelImage image = Waves(40, 24);
        PictureWriter.WriteBmp(_folder["x.bmp"], image);
        Assert.Equal(image.Pixels, PictureFile.Read(_folder["x.bmp"]).Pixels);
        PictureWriter.WriteJpeg(_folder["x.jpg"], image, 95);
        PixelImage read = PictureFile.Read(_folder["x.jpg"]);
        Assert.Equal((40, 24, 3), (read.Width, read.Height, read.Channels));
        Assert.All(image.Pixels.Zip(read.Pixels), pair => Assert.InRange(pair.First - pair.Second, -12, 12));
    }

    [Fact]
    public void PngWithFewOrManyBitsAndPassesIsRead()
    {
        // Grey of one bit a pixel, eight pixels a byte; grey of sixteen bits, the high byte counts; interlaced, one pixel.
        Assert.Equal([255, 0, 255, 0, 255, 0, 255, 0], PictureFile.Read(Png(8, 1, 1, 0, [0, 0xAA])).Pixels);
        Assert.Equal([0x12, 0xFE], PictureFile.Read(Png(2, 1, 16, 0, [0, 0x12, 0x34, 0xFE, 0x01])).Pixels);
        Assert.Equal([1, 2, 3], PictureFile.Read(Png(1, 1, 8, 2, [0, 1, 2, 3], interlace: 1)).Pixels);
    }

    [Fact]
    public void PicturesThatEndTooEarlyAreRefused()
    {
        foreach (byte[] good in Samples())
            for (int length = 0; length < good.Length - 2; length += good.Length / 60 + 1)
                Assert.Throws<InvalidDataException>(() => PictureFile.Read(good[..length]));
    }

    [Fact]
    public void DamagedPicturesAreReadOrRefused()
    {
        List<byte[]> samples = Samples();
        Random random = new(11);
        for (int i = 0; i < (TestData.Full ? 20_000 : 2_000); i++)
        {
            byte[] bad = [.. samples[i % samples.Count]];
            for (int k = random.Next(1, 6); k > 0; k--) bad[random.Next(random.Next(3) == 0 ? bad.Length : Math.Min(bad.Length, 300))] = (byte)random.Next(256);
            try
            {
                PixelImage image = PictureFile.Read(bad);
                Assert.Equal(image.Width * image.Height * image.Channels, image.Pixels.Length);
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [Fact]
    public void SegmentThatReachesBeyondTheEndIsRefused()
    {
        // The library would go on reading zeros for ever.
        PictureWriter.WriteJpeg(_folder["x.jpg"], Waves(8, 8), 50);
        byte[] file = File.ReadAllBytes(_folder["x.jpg"]);
        (file[4], file[5]) = (0xFF, 0xF0);
        Assert.Throws<InvalidDataException>(() => PictureFile.Read(file));
    }

    /// <summary>A chunk that claims a gigabyte is refused before memory is asked for; one whose length the library takes as negative sent it back for ever.</summary>
    [Theory]
    [InlineData("chunk-of-a-gigabyte.png")]
    [InlineData("chunk-that-steps-back.png")]
    public void ChunkThatTheFileDoesNotHoldIsRefused(string name)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(TestData.RepositoryRoot, "tests", "Lr2vq.Fuzz", "Corpus", "data", name));
        long before = GC.GetAllocatedBytesForCurrentThread();
        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => PictureFile.Read(file));
        Assert.Contains("too early", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void HugePicturesAreRefusedBeforeTheyAreUnpacked()
    {
        // A hundred megabytes of zeros for a picture of four pixels.
        byte[] large = Png(6_000, 6_000, 8, 2, [0]), larger = Png(60_000, 60_000, 8, 2, [0]), bomb = Png(2, 2, 8, 2, new byte[100_000_000]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("6000 x 6000", Assert.Throws<InvalidDataException>(() => PictureFile.Read(large)).Message);
        Assert.Throws<InvalidDataException>(() => PictureFile.Read(larger));
        Assert.Contains("more than its pixels", Assert.Throws<InvalidDataException>(() => PictureFile.Read(bomb)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    [Fact]
    public void OtherFilesAreRefused()
    {
        Assert.Throws<InvalidDataException>(() => PictureFile.Read("GIF89a and more"u8.ToArray()));
        Assert.Throws<InvalidDataException>(() => PictureFile.Read(Array.Empty<byte>()));
        File.WriteAllBytes(_folder["empty.png"], []);
        Assert.Throws<InvalidDataException>(() => PictureFile.Read(_folder["empty.png"]));
        Assert.ThrowsAny<IOException>(() => PictureFile.Read(_folder["missing.png"]));
    }

    /// <summary>A PNG of every kind, a JPEG and a BMP.</summary>
    private List<byte[]> Samples()
    {
        PictureWriter.WriteJpeg(_folder["s.jpg"], Waves(33, 17), 80);
        PictureWriter.WriteBmp(_folder["s.bmp"], Noise(9, 5, 3));
        PictureWriter.WritePng(_folder["s.png"], Noise(9, 5, 4));
        List<byte[]> samples = [.. new[] { "s.jpg", "s.bmp", "s.png" }.Select(name => File.ReadAllBytes(_folder[name]))];
        samples.Add(Png(8, 2, 1, 0, [0, 0xAA, 0, 0x55]));
        samples.Add(Png(3, 1, 16, 2, [0, .. new byte[18]]));
        samples.Add(Png(2, 2, 8, 3, [0, 0, 1, 0, 1, 0], palette: [1, 2, 3, 4, 5, 6]));
        return samples;
    }

    private static PixelImage Noise(int width, int height, int channels)
    {
        byte[] pixels = new byte[width * height * channels];
        new Random(3).NextBytes(pixels);
        return new PixelImage(width, height, channels, pixels);
    }

    private static PixelImage Waves(int width, int height)
    {
        byte[] pixels = new byte[width * height * 3];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(128 + 100 * Math.Sin(i / 3 % width * 0.15 + i / 3 / width * 0.2 + i % 3));
        return new PixelImage(width, height, 3, pixels);
    }

    /// <param name="rows">Each with its filter in front.</param>
    private static byte[] Png(int width, int height, byte bits, byte kind, byte[] rows, byte interlace = 0, byte[]? palette = null)
    {
        byte[] header = [0, 0, 0, 0, 0, 0, 0, 0, bits, kind, 0, 0, interlace];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        using MemoryStream packed = new();
        using (ZLibStream zipped = new(packed, CompressionLevel.Fastest, leaveOpen: true)) zipped.Write(rows);
        using MemoryStream file = new();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Chunk("IHDR"u8, header);
        if (palette is not null) Chunk("PLTE"u8, palette);
        Chunk("IDAT"u8, packed.ToArray());
        Chunk("IEND"u8, []);
        return file.ToArray();

        void Chunk(ReadOnlySpan<byte> type, byte[] content)
        {
            byte[] length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
            file.Write(length);
            file.Write(type);
            file.Write(content);
            // The checksum; the reader's library does not look at it.
            file.Write(new byte[4]);
        }
    }
}
