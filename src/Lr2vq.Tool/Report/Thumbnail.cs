using System;
using System.IO;
using Lr2vq.Data;
using Lr2vq.Pictures;
using StbImageWriteSharp;

namespace Lr2vq.Tool.Report;

/// <summary>Small copies of pictures, to lie inside a page.</summary>
internal static class Thumbnail
{
    private const int Side = 160, Quality = 80;

    /// <summary>A data URI.</summary>
    public static string Of(string file)
    {
        PixelImage image = PictureFile.Read(file);
        double scale = Math.Min(1, (double)Side / Math.Min(image.Width, image.Height));
        int width = Math.Max(1, (int)(image.Width * scale)), height = Math.Max(1, (int)(image.Height * scale));
        byte[] small = new byte[width * height * 3];
        new PictureScaler().Scale(image.Pixels, image.Width, image.Height, image.Channels, new PictureFrame(width, height, 0, 0, width, height), 3, small);
        using MemoryStream jpeg = new();
        new ImageWriter().WriteJpg(small, width, height, ColorComponents.RedGreenBlue, jpeg, Quality);
        return "data:image/jpeg;base64," + Convert.ToBase64String(jpeg.GetBuffer(), 0, (int)jpeg.Length);
    }
}
