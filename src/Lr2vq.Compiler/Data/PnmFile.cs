using System;
using System.IO;

namespace Lr2vq.Data;

/// <summary>Reads binary PGM and PPM (P5, P6) with eight bits a channel; what JPEG decoders of the command line write.</summary>
internal static class PnmFile
{
    /// <exception cref="InvalidDataException">Not such a file, or damaged.</exception>
    public static PixelImage Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < 2 || file[0] != 'P' || file[1] is not ((byte)'5' or (byte)'6')) throw new InvalidDataException("not a binary PGM or PPM file");
        int channels = file[1] == '6' ? 3 : 1, at = 2;
        int width = Number(file, ref at), height = Number(file, ref at), top = Number(file, ref at);
        at++;
        if (top != 255 || width <= 0 || height <= 0 || (long)width * height > PixelImage.MaxPixels)
            throw new InvalidDataException($"a picture of {width} x {height} pixels with values to {top} is not read");
        int length = checked(width * height * channels);
        if (at > file.Length || file.Length - at < length) throw new InvalidDataException("the picture ends too early");
        return new PixelImage(width, height, channels, file.Slice(at, length).ToArray());
    }

    private static int Number(ReadOnlySpan<byte> file, ref int at)
    {
        while (at < file.Length && (file[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' or (byte)'#'))
        {
            if (file[at] == '#')
                while (at < file.Length && file[at] != '\n') at++;
            else
                at++;
        }
        int value = 0, first = at;
        while (at < file.Length && file[at] is >= (byte)'0' and <= (byte)'9' && at - first < 9) value = value * 10 + (file[at++] - '0');
        return at == first ? throw new InvalidDataException("the picture's header is damaged") : value;
    }
}
