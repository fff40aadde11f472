using System;
using System.Buffers.Binary;
using System.IO;

namespace Lr2vq.Testing;

/// <summary>Reader of the CJPACK01 containers: labels, and JPEG streams of 32x32 pixels with one header for all.
/// Pixels are RGB bytes in the order image, row, column, channel.</summary>
internal static class Cifar10Pack
{
    public const int Side = 32, ImageBytes = 3 * Side * Side;

    public static (byte[] Labels, byte[] Pixels) Load(string path, int limit = int.MaxValue)
    {
        byte[] file = File.ReadAllBytes(path);
        if (!file.AsSpan(0, 8).SequenceEqual("CJPACK01"u8)) throw new InvalidDataException("not a CJPACK01 file: " + path);
        int count = Math.Min(limit, (int)BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(8)));
        int headerLength = (int)BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(12));
        var decoder = new JpegDecoder(file.AsSpan(16, headerLength));
        var labels = new byte[count];
        var pixels = new byte[count * ImageBytes];
        for (int i = 0, p = 16 + headerLength; i < count; i++)
        {
            labels[i] = file[p];
            int length = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(p + 1));
            decoder.Decode(file, p + 3, length, pixels.AsSpan(i * ImageBytes, ImageBytes));
            p += 3 + length;
        }
        return (labels, pixels);
    }
}
