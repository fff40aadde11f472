using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Pictures;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>How pixels become an input: x ÷ 255, then minus mean, ÷ deviation.</summary>
/// <param name="Mean">One for all channels, or one each, in the order of the input.</param>
/// <param name="Deviation">As <paramref name="Mean"/>.</param>
internal sealed record PixelRange(float[] Mean, float[] Deviation)
{
    /// <summary>0 to 1.</summary>
    public static PixelRange Unit { get; } = new([0], [1]);

    /// <summary>−1 to 1.</summary>
    public static PixelRange Signed { get; } = new([0.5f], [0.5f]);

    /// <summary>0 to 255.</summary>
    public static PixelRange Bytes { get; } = new([0], [1 / 255f]);

    /// <summary>ImageNet's mean and deviation.</summary>
    public static PixelRange ImageNet { get; } = new([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    public float Of(byte pixel, int channel) => (pixel / 255f - Mean[Math.Min(channel, Mean.Length - 1)]) / Deviation[Math.Min(channel, Deviation.Length - 1)];
}

/// <summary>The pictures that accuracy is measured on; never those of calib/.</summary>
internal static class FieldPictures
{
    private static readonly Lazy<string[]> s_files = new(() =>
        [.. Directory.GetFiles(Path.Combine(TestData.Folder, "data", "imagenet-val-500", "eval"), "*.jpg").Order(StringComparer.Ordinal)]);

    private static readonly Lazy<(byte[] Labels, byte[] Pixels)> s_cifar = new(() =>
        Cifar10Pack.Load(Path.Combine(TestData.Folder, "data", "cifar10j", "test.bin"), limit: 1000));

    /// <summary>400 photographs of 224 × 224 pixels.</summary>
    public static IEnumerable<PixelImage> Photographs(int count) => s_files.Value.Take(count).Select(file =>
    {
        (int width, int height, byte[] pixels) = JpegDecoder.Read(file);
        return new PixelImage(width, height, 3, pixels);
    });

    /// <summary>Test pictures of CIFAR-10, 32 × 32 pixels.</summary>
    public static IEnumerable<PixelImage> Cifar(int count) => Enumerable.Range(0, count).Select(i =>
        new PixelImage(Cifar10Pack.Side, Cifar10Pack.Side, 3, s_cifar.Value.Pixels[(i * Cifar10Pack.ImageBytes)..((i + 1) * Cifar10Pack.ImageBytes)]));

    /// <summary>A picture in another size, whatever that does to its proportions.</summary>
    /// <param name="channels">1 (grey) or 3.</param>
    public static PixelImage Stretch(PixelImage picture, int width, int height, int channels = 3)
    {
        byte[] pixels = new byte[width * height * channels];
        new PictureScaler().Scale(picture.Pixels, picture.Width, picture.Height, picture.Channels, new PictureFrame(width, height, 0, 0, width, height), channels, pixels);
        return new PixelImage(width, height, channels, pixels);
    }

    /// <summary>[1, channels, height, width].</summary>
    public static HostTensor Planes(PixelImage picture, int width, int height, PixelRange range, bool bgr = false, int channels = 3)
    {
        PixelImage sized = Stretch(picture, width, height, channels);
        int plane = width * height;
        var values = new float[channels * plane];
        for (int c = 0; c < channels; c++)
            for (int i = 0; i < plane; i++) values[c * plane + i] = range.Of(sized.Pixels[i * channels + (bgr ? channels - 1 - c : c)], c);
        return HostTensor.Of(values, 1, channels, height, width);
    }

    /// <summary>[1, height, width, channels], and behind the colours <paramref name="alpha"/> where it is given.</summary>
    public static HostTensor Interleaved(PixelImage picture, int width, int height, PixelRange range, float? alpha = null)
    {
        PixelImage sized = Stretch(picture, width, height);
        int channels = alpha is null ? 3 : 4;
        var values = new float[width * height * channels];
        for (int i = 0; i < width * height; i++)
        {
            for (int c = 0; c < 3; c++) values[i * channels + c] = range.Of(sized.Pixels[i * 3 + c], c);
            if (alpha is { } last) values[i * channels + 3] = last;
        }
        return HostTensor.Of(values, 1, height, width, channels);
    }
}
