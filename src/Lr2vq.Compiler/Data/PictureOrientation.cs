using System;
using System.Buffers.Binary;

namespace Lr2vq.Data;

/// <summary>How a camera was held: the Exif block of a JPEG or PNG says how the stored rows are turned, and viewers turn them back.</summary>
internal static class PictureOrientation
{
    private const ushort Tag = 0x0112, ShortType = 3;

    /// <summary>1 (as stored) to 8, of a JPEG. What is not understood is 1, as in viewers.</summary>
    public static int OfJpeg(ReadOnlySpan<byte> file)
    {
        // Segments in front of the first scan: a marker of two bytes, a length that counts itself, content.
        for (int at = 2; at + 4 <= file.Length && file[at] == 0xFF;)
        {
            byte marker = file[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            if (marker is 0xDA or 0xD9) break;
            int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || length > file.Length - at - 2) break;
            ReadOnlySpan<byte> content = file.Slice(at + 4, length - 2);
            if (marker == 0xE1 && content.StartsWith("Exif\0\0"u8)) return OfExif(content[6..]);
            at += 2 + length;
        }
        return 1;
    }

    /// <summary>The same of the content of a PNG's chunk eXIf.</summary>
    public static int OfExif(ReadOnlySpan<byte> exif)
    {
        bool isLittle = exif.StartsWith("II*\0"u8);
        if (exif.Length < 8 || (!isLittle && !exif.StartsWith("MM\0*"u8))) return 1;
        uint directory = isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(exif[4..]) : BinaryPrimitives.ReadUInt32BigEndian(exif[4..]);
        if (directory > exif.Length - 2) return 1;
        int count = Short(exif[(int)directory..], isLittle);
        for (int i = 0; i < count; i++)
        {
            long at = directory + 2 + 12L * i;
            if (at + 12 > exif.Length) break;
            ReadOnlySpan<byte> entry = exif.Slice((int)at, 12);
            if (Short(entry, isLittle) != Tag || Short(entry[2..], isLittle) != ShortType) continue;
            int value = Short(entry[8..], isLittle);
            return value is >= 1 and <= 8 ? value : 1;
        }
        return 1;
    }

    /// <summary>The picture as it was seen.</summary>
    /// <param name="image">Rows as stored.</param>
    /// <param name="orientation">1 to 8: where the stored first row and first column are.</param>
    public static PixelImage Upright(PixelImage image, int orientation)
    {
        if (orientation == 1) return image;
        bool isTurned = orientation >= 5;
        (int width, int height, int channels) = (isTurned ? image.Height : image.Width, isTurned ? image.Width : image.Height, image.Channels);
        // From the right for columns that end at the right, from below for rows that end below; 5 to 8 exchange rows and columns too.
        bool fromRight = orientation is 2 or 3 or 7 or 8, fromBelow = orientation is 3 or 4 or 6 or 7;
        byte[] to = new byte[image.Pixels.Length];
        for (int y = 0, at = 0; y < height; y++)
            for (int x = 0; x < width; x++, at += channels)
            {
                (int column, int row) = isTurned ? (y, x) : (x, y);
                if (fromRight) column = image.Width - 1 - column;
                if (fromBelow) row = image.Height - 1 - row;
                image.Pixels.AsSpan((row * image.Width + column) * channels, channels).CopyTo(to.AsSpan(at));
            }
        return new PixelImage(width, height, channels, to);
    }

    private static int Short(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
