using System;

namespace Lr2vq.Data;

/// <summary>Scales pictures: bilinear, with the filter as wide as the pixels that become one, so that a picture made smaller does not flicker
/// (as Pillow and torchvision with antialiasing do).</summary>
internal static class PictureResize
{
    /// <summary>The picture with that size, whatever that does to its proportions.</summary>
    public static PixelImage Stretch(PixelImage image, int width, int height)
    {
        if (width == image.Width && height == image.Height) return image;
        if (width < 1 || height < 1 || (long)width * height > PixelImage.MaxPixels) throw new ArgumentOutOfRangeException(nameof(width), $"{width} x {height} pixels are not made");
        int channels = image.Channels;
        float[] narrow = new float[(long)width * image.Height * channels];
        Tap[] columns = Taps(image.Width, width);
        for (int y = 0; y < image.Height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < channels; c++)
                {
                    Tap tap = columns[x];
                    float sum = 0;
                    for (int i = 0; i < tap.Weights.Length; i++) sum += tap.Weights[i] * image.Pixels[((long)y * image.Width + tap.First + i) * channels + c];
                    narrow[((long)y * width + x) * channels + c] = sum;
                }
        byte[] pixels = new byte[(long)width * height * channels];
        Tap[] rows = Taps(image.Height, height);
        long stride = (long)width * channels;
        for (int y = 0; y < height; y++)
            for (long x = 0; x < stride; x++)
            {
                Tap tap = rows[y];
                float sum = 0;
                for (int i = 0; i < tap.Weights.Length; i++) sum += tap.Weights[i] * narrow[(tap.First + i) * stride + x];
                pixels[y * stride + x] = (byte)Math.Clamp(sum + 0.5f, 0, 255);
            }
        return new PixelImage(width, height, channels, pixels);
    }

    /// <summary>The picture scaled so that it covers that size, without what stands over on two sides.</summary>
    public static PixelImage Crop(PixelImage image, int width, int height)
    {
        double scale = Math.Max((double)width / image.Width, (double)height / image.Height);
        int fullWidth = Math.Max(width, (int)Math.Round(image.Width * scale)), fullHeight = Math.Max(height, (int)Math.Round(image.Height * scale));
        PixelImage full = Stretch(image, fullWidth, fullHeight);
        int left = (fullWidth - width) / 2, top = (fullHeight - height) / 2;
        byte[] pixels = new byte[width * height * image.Channels];
        for (int y = 0; y < height; y++)
            full.Pixels.AsSpan(((top + y) * fullWidth + left) * image.Channels, width * image.Channels).CopyTo(pixels.AsSpan(y * width * image.Channels));
        return new PixelImage(width, height, image.Channels, pixels);
    }

    /// <summary>The pixels that one pixel is made of, and their shares.</summary>
    private readonly record struct Tap(int First, float[] Weights);

    private static Tap[] Taps(int from, int to)
    {
        double scale = (double)from / to, reach = Math.Max(1, scale);
        Tap[] taps = new Tap[to];
        for (int x = 0; x < to; x++)
        {
            double centre = (x + 0.5) * scale;
            int first = Math.Max(0, (int)Math.Floor(centre - reach)), end = Math.Min(from, (int)Math.Ceiling(centre + reach));
            double[] weights = new double[end - first];
            double sum = 0;
            for (int i = 0; i < weights.Length; i++) sum += weights[i] = Math.Max(0, 1 - Math.Abs(first + i + 0.5 - centre) / reach);
            taps[x] = new Tap(first, Array.ConvertAll(weights, w => (float)(w / sum)));
        }
        return taps;
    }
}
