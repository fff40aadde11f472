using System;
using System.IO;
using Lr2vq.Data;
using StbImageWriteSharp;

namespace Lr2vq.Tool.Report;

/// <summary>Small copies of pictures, to lie inside a page.</summary>
internal static class Thumbnail
{
    private const int Side = 160, Quality = 80;

    /// <summary>A data URI.</summary>
    public static string Of(string file)
    {
        PixelImage image = PictureFile.Read(file).WithChannels(3);
        double scale = Math.Min(1, (double)Side / Math.Min(image.Width, image.Height));
        PixelImage small = PictureResize.Stretch(image, Math.Max(1, (int)(image.Width * scale)), Math.Max(1, (int)(image.Height * scale)));
        using MemoryStream jpeg = new();
        new ImageWriter().WriteJpg(small.Pixels, small.Width, small.Height, ColorComponents.RedGreenBlue, jpeg, Quality);
        return "data:image/jpeg;base64," + Convert.ToBase64String(jpeg.GetBuffer(), 0, (int)jpeg.Length);
    }
}
