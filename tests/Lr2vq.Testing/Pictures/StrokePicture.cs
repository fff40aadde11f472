using System;
using System.Linq;

namespace Lr2vq.Testing;

/// <summary>Lines of dark strokes, like text, on a light ground with a little noise: noise alone drives detectors to outputs near 0, where
/// everything is rounding.</summary>
internal static class StrokePicture
{
    /// <param name="shape">[N, C, H, W], or [N, H, W, C] with at most four channels.</param>
    /// <param name="bytes">Pixels from 0 to 255 instead of normalized ones.</param>
    public static HostTensor Of(int[] shape, bool bytes = false)
    {
        bool channelsLast = shape[^1] <= 4;
        int height = channelsLast ? shape[1] : shape[2], width = channelsLast ? shape[2] : shape[3], channels = channelsLast ? shape[3] : shape[1];
        var x = new float[shape.Aggregate(1, (n, d) => n * d)];
        var random = new Random(5);
        for (int i = 0; i < x.Length; i++)
        {
            int inside = i % (channels * height * width), pixel = channelsLast ? inside / channels : inside % (height * width);
            float light = IsStroke(pixel / width, pixel % width) ? 0.05f : 0.95f;
            light += 0.02f * (random.NextSingle() - 0.5f);
            x[i] = bytes ? MathF.Round(light * 255) : (light - 0.45f) * 4.5f;
        }
        return HostTensor.Of(x, shape);
    }

    private static bool IsStroke(int row, int column)
    {
        const int line = 32, letter = 16, cell = 11;
        int y = row % line - line / 4, x = column % cell, place = column / cell;
        if (y is < 0 or >= letter || x >= cell - 2 || place % 6 == 5) return false;
        return ((place * 7 + row / line * 13) % 5) switch
        {
            0 => x < 3 || y < 3,
            1 => x < 3 || x > cell - 6,
            2 => x < 3 || y < 3 || y > letter - 4,
            3 => Math.Abs(x - cell / 2) < 2 || y < 3,
            _ => x < 3 || y > letter - 4,
        };
    }
}
