using System;

namespace Lr2vq.Pictures;

/// <summary>Pixels of one kind as pixels of another. Alpha is dropped; grey is by the usual weights of luma.</summary>
internal static class PictureChannels
{
    /// <param name="from">Pixels with their channels together.</param>
    /// <param name="channels">1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA).</param>
    /// <param name="to">As many pixels.</param>
    /// <param name="toChannels">1 or 3.</param>
    public static void Convert(ReadOnlySpan<byte> from, int channels, Span<byte> to, int toChannels)
    {
        if (channels == toChannels)
        {
            from.CopyTo(to);
            return;
        }
        int count = to.Length / toChannels;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> pixel = from.Slice(i * channels, channels);
            (byte r, byte g, byte b) = channels >= 3 ? (pixel[0], pixel[1], pixel[2]) : (pixel[0], pixel[0], pixel[0]);
            if (toChannels == 1) to[i] = channels < 3 ? r : (byte)((r * 299 + g * 587 + b * 114 + 500) / 1000);
            else (to[3 * i], to[3 * i + 1], to[3 * i + 2]) = (r, g, b);
        }
    }
}
