using System;
using Lr2vq.Data;

namespace Lr2vq.Build.Tests;

/// <summary>A face made of ellipses, which detectors take for one.</summary>
internal static class DrawnFace
{
    /// <summary>Centre, radii, colour; in pixels of a picture of 256. What is darker towards its edge is skin.</summary>
    private static readonly (double X, double Y, double Rx, double Ry, byte R, byte G, byte B)[] s_ellipses =
    [
        (128, 112, 74, 92, 45, 30, 20), (128, 250, 95, 50, 60, 60, 110), (128, 205, 30, 40, 190, 140, 115), (128, 130, 58, 76, 225, 172, 145),
        (103, 98, 15, 5, 70, 45, 30), (103, 115, 15, 10, 185, 130, 108), (103, 115, 11, 6, 235, 235, 235), (103, 115, 5.5, 5.5, 60, 40, 30), (103, 115, 2.5, 2.5, 10, 10, 10),
        (153, 98, 15, 5, 70, 45, 30), (153, 115, 15, 10, 185, 130, 108), (153, 115, 11, 6, 235, 235, 235), (153, 115, 5.5, 5.5, 60, 40, 30), (153, 115, 2.5, 2.5, 10, 10, 10),
        (128, 140, 6, 18, 235, 185, 158), (128, 152, 12, 6, 205, 155, 130), (121, 152, 5, 3, 120, 75, 60), (135, 152, 5, 3, 120, 75, 60),
        (128, 176, 22, 7, 165, 75, 70), (128, 175, 20, 1.5, 90, 40, 40),
    ];

    private const int Face = 3;

    public static PixelImage Of(int side)
    {
        byte[] pixels = new byte[3 * side * side];
        for (int i = 0; i < pixels.Length; i += 3) ((byte[])[90, 110, 130]).CopyTo(pixels, i);
        double scale = side / 256.0;
        for (int k = 0; k < s_ellipses.Length; k++)
        {
            (double x, double y, double rx, double ry, byte r, byte g, byte b) = s_ellipses[k];
            for (int i = 0; i < side * side; i++)
            {
                double distance = Square((i % side - x * scale) / (rx * scale)) + Square((i / side - y * scale) / (ry * scale));
                if (distance >= 1) continue;
                double light = k == Face ? 1 - 0.25 * distance : 1;
                (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = ((byte)(r * light), (byte)(g * light), (byte)(b * light));
            }
        }
        return new PixelImage(side, side, 3, pixels);
    }

    private static double Square(double value) => value * value;
}
