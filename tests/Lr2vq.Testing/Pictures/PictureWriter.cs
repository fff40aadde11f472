using System.IO;
using Lr2vq.Data;
using StbImageWriteSharp;

namespace Lr2vq.Testing;

/// <summary>Writes pictures for tests of their readers.</summary>
internal static class PictureWriter
{
    public static void WritePng(string path, PixelImage image)
    {
        using FileStream file = File.Create(path);
        new ImageWriter().WritePng(image.Pixels, image.Width, image.Height, (ColorComponents)image.Channels, file);
    }

    /// <param name="quality">1 to 100.</param>
    public static void WriteJpeg(string path, PixelImage image, int quality)
    {
        using FileStream file = File.Create(path);
        new ImageWriter().WriteJpg(image.Pixels, image.Width, image.Height, (ColorComponents)image.Channels, file, quality);
    }

    public static void WriteBmp(string path, PixelImage image)
    {
        using FileStream file = File.Create(path);
        new ImageWriter().WriteBmp(image.Pixels, image.Width, image.Height, (ColorComponents)image.Channels, file);
    }
}
