namespace Lr2vq.Data;

/// <summary>A picture with eight bits a channel: 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels, rows from the top, channels together.</summary>
internal sealed record PixelImage(int Width, int Height, int Channels, byte[] Pixels)
{
    /// <summary>Most pixels that a reader accepts; a damaged header must not cost gigabytes.</summary>
    public const int MaxPixels = 1 << 25;
}
