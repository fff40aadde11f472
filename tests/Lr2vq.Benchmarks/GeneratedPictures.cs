using System;
using System.IO;
using Lr2vq.Building;
using Lr2vq.Compression.Methods;
using Lr2vq.Data;
using Lr2vq.Evaluation;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>Calibration data for networks that have none: pictures with the statistics of photographs.</summary>
internal static class GeneratedPictures
{
    private const int Side = 224;

    /// <summary>A folder of so many .png files of 224 x 224, made once.</summary>
    public static string Folder(int count)
    {
        string folder = ProvisionCache.SubFolder("calibration", $"generated-{count}");
        for (int n = 0; n < count; n++)
        {
            string path = Path.Combine(folder, FormattableString.Invariant($"{n:000}.png"));
            if (!File.Exists(path)) ProvisionCache.WriteAtomically(path, file => PictureWriter.WritePng(file, Make(n)));
        }
        return folder;
    }

    private static PixelImage Make(int number)
    {
        SeededRandom random = SeededRandom.For(0, "picture " + number);
        float[] planes = Signals.Picture(ref random, 3, Side, Side);
        byte[] pixels = new byte[planes.Length];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(255 * Math.Clamp(planes[i % 3 * Side * Side + i / 3], 0, 1));
        return new PixelImage(Side, Side, 3, pixels);
    }
}
