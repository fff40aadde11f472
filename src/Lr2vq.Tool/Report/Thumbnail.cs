using System;
using System.IO;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Pictures;
using Lr2vq.Plans;
using Lr2vq.Tool.Work;
using StbImageWriteSharp;

namespace Lr2vq.Tool.Report;

/// <summary>Small copies of pictures, to lie inside a page.</summary>
internal static class Thumbnail
{
    private const int Side = 160, Quality = 80;

    /// <summary>A data URI.</summary>
    public static string Of(string file) => Of(PictureFile.Read(file));

    /// <summary>The first picture that an input takes, from its least value to its largest; null where the input takes none.</summary>
    public static string? Of(PlanPort port, NpyFile values)
    {
        if (PicturePort.Of(port) is not { } picture || values.Shape.Length != picture.First + 3) return null;
        (int channels, int height, int width) = (values.Shape[picture.ChannelAxis], values.Shape[picture.HeightAxis], values.Shape[picture.WidthAxis]);
        double[] numbers = TensorSummary.ToDoubles(values);
        int pixels = height * width;
        if (pixels == 0 || channels != picture.Channels || numbers.Length < pixels * channels || Array.Exists(numbers, number => !double.IsFinite(number))) return null;
        double least = numbers.Min(), range = Math.Max(numbers.Max() - least, double.Epsilon);
        byte[] bytes = new byte[pixels * channels];
        for (int i = 0; i < bytes.Length; i++)
        {
            int place = picture.Layout == PictureLayout.Nhwc ? i : i % channels * pixels + i / channels;
            bytes[i] = (byte)(255 * (numbers[place] - least) / range);
        }
        return Of(new PixelImage(width, height, channels, bytes));
    }

    private static string Of(PixelImage image)
    {
        double scale = Math.Min(1, (double)Side / Math.Min(image.Width, image.Height));
        int width = Math.Max(1, (int)(image.Width * scale)), height = Math.Max(1, (int)(image.Height * scale));
        byte[] small = new byte[width * height * 3];
        new PictureScaler().Scale(image.Pixels, image.Width, image.Height, image.Channels, new PictureFrame(width, height, 0, 0, width, height), 3, small);
        using MemoryStream jpeg = new();
        new ImageWriter().WriteJpg(small, width, height, ColorComponents.RedGreenBlue, jpeg, Quality);
        return "data:image/jpeg;base64," + Convert.ToBase64String(jpeg.GetBuffer(), 0, (int)jpeg.Length);
    }
}
