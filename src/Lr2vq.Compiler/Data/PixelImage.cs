using System;

namespace Lr2vq.Data;

/// <summary>A picture with eight bits a channel: 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels, rows from the top, channels together.</summary>
internal sealed record PixelImage(int Width, int Height, int Channels, byte[] Pixels)
{
    /// <summary>Most pixels that a reader accepts; a damaged header must not cost gigabytes.</summary>
    public const int MaxPixels = 1 << 25;

    /// <summary>The same picture with 1 or 3 channels. Alpha is dropped; grey is by the usual weights of luma.</summary>
    public PixelImage WithChannels(int channels)
    {
        if (channels is not (1 or 3)) throw new ArgumentOutOfRangeException(nameof(channels), channels, "1 or 3");
        if (channels == Channels) return this;
        byte[] to = new byte[Width * Height * channels];
        for (int i = 0; i < Width * Height; i++)
        {
            int at = i * Channels;
            (byte r, byte g, byte b) = Channels >= 3
                ? (Pixels[at], Pixels[at + 1], Pixels[at + 2])
                : (Pixels[at], Pixels[at], Pixels[at]);
            if (channels == 1)
            {
                to[i] = Channels < 3 ? r : (byte)((r * 299 + g * 587 + b * 114 + 500) / 1000);
            }
            else
            {
                to[i * 3] = r;
                to[i * 3 + 1] = g;
                to[i * 3 + 2] = b;
            }
        }
        return new PixelImage(Width, Height, channels, to);
    }
}
