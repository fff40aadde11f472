using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Building;
using Lr2vq.Data;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>Unlabelled data to calibrate with, and the options that say so.</summary>
/// <param name="Count">Samples.</param>
/// <param name="Options">As in a project.</param>
internal sealed record CalibrationInputs(int Count, string Options)
{
    private const int CifarPictures = 128, LinePictures = 64, FirstLine = 5;

    /// <summary>The 100 photographs of imagenet-val-500/calib.</summary>
    public static CalibrationInputs Photographs(bool tensorFlowRange)
    {
        string folder = Path.Combine(TestData.Folder, "data", "imagenet-val-500", "calib");
        return new CalibrationInputs(Directory.GetFiles(folder, "*.jpg").Length, $"CalibrationData={folder}/*.jpg;" + (tensorFlowRange ? "Mean=0.5;Std=0.5" : "Mean=0.485,0.456,0.406;Std=0.229,0.224,0.225"));
    }

    /// <summary>The first training pictures of CIFAR-10; any prefix has as many of each class.</summary>
    public static CalibrationInputs Cifar(int count = CifarPictures) => Of("cifar", count, "Mean=0.485,0.456,0.406;Std=0.229,0.224,0.225", () =>
    {
        (_, byte[] pixels) = Cifar10Pack.Load(Path.Combine(TestData.Folder, "data", "cifar10j", "train-00.bin"), count);
        return Enumerable.Range(0, count).Select(i => new PixelImage(Cifar10Pack.Side, Cifar10Pack.Side, 3, pixels[(i * Cifar10Pack.ImageBytes)..((i + 1) * Cifar10Pack.ImageBytes)]));
    });

    /// <summary>Rendered lines, others than those that are read for the table. The network wants blue first.</summary>
    public static CalibrationInputs Lines() => Of("lines", LinePictures, "Mean=0.5;Std=0.5", () => TextLines.Pictures(LinePictures, seed: FirstLine).Select(Reversed));

    private static PixelImage Reversed(PixelImage image)
    {
        byte[] pixels = [.. image.Pixels];
        for (int i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
        return image with { Pixels = pixels };
    }

    private static CalibrationInputs Of(string name, int count, string options, Func<IEnumerable<PixelImage>> pictures)
    {
        string folder = ProvisionCache.SubFolder("calibration", $"{name}-{count}");
        int i = 0;
        if (Directory.GetFiles(folder, "*.png").Length != count)
            foreach (PixelImage picture in pictures()) PictureWriter.WritePng(Path.Combine(folder, FormattableString.Invariant($"{i++:0000}.png")), picture);
        return new CalibrationInputs(count, $"CalibrationData={folder}/*.png;{options}");
    }
}
