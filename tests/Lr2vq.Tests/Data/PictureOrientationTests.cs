using System;
using System.Buffers.Binary;
using System.IO;
using Lr2vq.Data;
using Lr2vq.Testing;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Data;

/// <summary>Pictures that a camera stored turned are read as they were seen.</summary>
public sealed class PictureOrientationTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Stored are the rows 123 and 456; Exif 2.32, section 4.6.4, says where row 0 and column 0 are seen.</summary>
    [Theory]
    [InlineData(0, "123/456"), InlineData(1, "123/456"), InlineData(2, "321/654"), InlineData(3, "654/321"), InlineData(4, "456/123")]
    [InlineData(5, "14/25/36"), InlineData(6, "41/52/63"), InlineData(7, "63/52/41"), InlineData(8, "36/25/14"), InlineData(9, "123/456")]
    public void PngIsTurnedBack(int orientation, string rows)
    {
        foreach (bool isLittle in new[] { false, true })
            foreach (int channels in new[] { 1, 3 })
            {
                PixelImage read = PictureFile.Read(Png(channels, Exif(orientation, isLittle)));
                string[] expected = rows.Split('/');
                Assert.Equal((expected[0].Length, expected.Length, channels), (read.Width, read.Height, read.Channels));
                for (int y = 0; y < read.Height; y++)
                    for (int x = 0; x < read.Width; x++)
                        for (int c = 0; c < channels; c++) Assert.Equal(expected[y][x] - '0', read.Pixels[(y * read.Width + x) * channels + c] - 10 * c);
            }
    }

    [Theory, InlineData(1, 16, 8, false), InlineData(3, 16, 8, true), InlineData(6, 8, 16, false), InlineData(8, 8, 16, true)]
    public void JpegIsTurnedBack(int orientation, int width, int height, bool isWhiteFirst)
    {
        // Black on the left, white on the right.
        byte[] pixels = new byte[16 * 8 * 3];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = i / 3 % 16 < 8 ? (byte)0 : (byte)255;
        PictureWriter.WriteJpeg(_folder["x.jpg"], new PixelImage(16, 8, 3, pixels), 95);
        byte[] file = File.ReadAllBytes(_folder["x.jpg"]), exif = Exif(orientation, isLittle: orientation == 6);
        byte[] segment = [0xFF, 0xE1, 0, (byte)(exif.Length + 8), .. "Exif\0\0"u8, .. exif];
        // In front of the segment that the writer puts first, and behind it.
        foreach (int at in new[] { 2, 4 + BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(4)) })
        {
            PixelImage read = PictureFile.Read([.. file[..at], .. segment, .. file[at..]]);
            Assert.Equal((width, height), (read.Width, read.Height));
            Assert.Equal((isWhiteFirst, !isWhiteFirst), (read.Pixels[0] > 128, read.Pixels[^1] > 128));
        }
    }

    [Fact]
    public void BlocksThatAreNotUnderstoodTurnNothing()
    {
        byte[] good = Exif(6, isLittle: false), type = [.. good], far = [.. good], many = [.. good];
        type[13] = 4;
        far.AsSpan(4, 4).Fill(0xFF);
        (many[8], many[9], many[11]) = (0xFF, 0xFF, 0x13);
        foreach (byte[] exif in new[] { type, far, many, [], good[..8], good[..20], [.. "XX"u8, .. good[2..]] })
        {
            PixelImage read = PictureFile.Read(Png(1, exif));
            Assert.Equal((3, 2), (read.Width, read.Height));
        }
    }

    /// <summary>A directory with one entry: tag 0x112, a number of two bytes.</summary>
    private static byte[] Exif(int orientation, bool isLittle) => isLittle
        ? [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0]
        : [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];

    /// <summary>Two rows of three pixels, 123 and 456, channels 10 apart, with a chunk eXIf behind the header.</summary>
    private byte[] Png(int channels, byte[] exif)
    {
        byte[] pixels = new byte[6 * channels];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i / channels + 1 + 10 * (i % channels));
        PictureWriter.WritePng(_folder["x.png"], new PixelImage(3, 2, channels, pixels));
        byte[] file = File.ReadAllBytes(_folder["x.png"]), length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, exif.Length);
        // Signature 8, header 25; the reader does not look at checksums.
        return [.. file[..33], .. length, .. "eXIf"u8, .. exif, 0, 0, 0, 0, .. file[33..]];
    }
}
