using System;
using StbImageSharp;

namespace FaceDetect;

/// <summary>Draws on pictures of 3 bytes a pixel.</summary>
internal static class Drawing
{
    private static readonly byte[] s_colour = [0, 255, 64];

    /// <summary>The outline of a face, as far as it is on the picture.</summary>
    public static void Box(ImageResult picture, Face face)
    {
        int line = Math.Max(2, Math.Min(picture.Width, picture.Height) / 150);
        int left = (int)(face.Left * picture.Width), top = (int)(face.Top * picture.Height);
        int right = (int)((face.Left + face.Width) * picture.Width), bottom = (int)((face.Top + face.Height) * picture.Height);
        Fill(picture, left, top, right, top + line);
        Fill(picture, left, bottom - line, right, bottom);
        Fill(picture, left, top, left + line, bottom);
        Fill(picture, right - line, top, right, bottom);
    }

    private static void Fill(ImageResult picture, int left, int top, int right, int bottom)
    {
        for (int y = Math.Max(top, 0); y < Math.Min(bottom, picture.Height); y++)
            for (int x = Math.Max(left, 0); x < Math.Min(right, picture.Width); x++)
                s_colour.CopyTo(picture.Data, (y * picture.Width + x) * 3);
    }
}
