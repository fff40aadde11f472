using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Lr2vq.Testing;

/// <summary>Which pictures a network is measured on.</summary>
internal enum PictureSet { ImageNet, Cifar }

/// <summary>Pictures of one size with labels: RGB bytes in the order picture, row, column, channel.</summary>
internal sealed class LabelledPictures
{
    private readonly byte[] _pixels;
    private readonly int[] _labels;

    private LabelledPictures(int side, byte[] pixels, int[] labels) => (Side, _pixels, _labels) = (side, pixels, labels);

    public int Side { get; }
    public int Count => _labels.Length;

    /// <summary>Floats of one picture as a network reads it.</summary>
    public int PictureLength => 3 * Side * Side;

    /// <summary>−1 where nobody says.</summary>
    public int Label(int picture) => _labels[picture];

    /// <summary>The pictures to measure with: 400 of ImageNet, 10,000 of CIFAR-10.</summary>
    /// <param name="set">Which.</param>
    /// <param name="most">Not more than these, the first ones.</param>
    /// <exception cref="FileNotFoundException">The data set is not there.</exception>
    public static LabelledPictures Load(PictureSet set, int most = int.MaxValue)
    {
        if (set == PictureSet.Cifar) return Cifar("test.bin", most);
        string root = Photographs;
        List<(string File, int Label)> rows = [.. File.ReadLines(Path.Combine(root, "eval.csv")).Skip(1).Where(line => line.Length > 0).Take(most)
            .Select(line => line.Split(',')).Select(parts => (Path.Combine(root, "eval", parts[0]), int.Parse(parts[1], CultureInfo.InvariantCulture)))];
        return Of(rows);
    }

    /// <summary>Pictures to calibrate with, none of which is measured with: at most 100 of ImageNet, without labels, or the first training pictures of CIFAR-10.</summary>
    /// <exception cref="FileNotFoundException">The data set is not there.</exception>
    public static LabelledPictures Calibration(PictureSet set, int most) => set == PictureSet.Cifar
        ? Cifar("train-00.bin", most)
        : Of([.. Directory.GetFiles(Path.Combine(Photographs, "calib"), "*.jpg").Order(StringComparer.Ordinal).Take(most).Select(file => (file, -1))]);

    /// <summary>One picture as planes: [1, 3, side, side].</summary>
    public HostTensor Read(int picture, bool tensorFlowRange)
    {
        float[] planes = new float[PictureLength];
        Write(picture, 1, tensorFlowRange, planes);
        return HostTensor.Of(planes, 1, 3, Side, Side);
    }

    private static string Photographs => Path.Combine(TestData.Folder, "data", "imagenet-val-500");

    private static LabelledPictures Cifar(string file, int most)
    {
        (byte[] labels, byte[] pixels) = Cifar10Pack.Load(Path.Combine(TestData.Folder, "data", "cifar10j", file), most);
        return new LabelledPictures(Cifar10Pack.Side, pixels, [.. labels.Select(label => (int)label)]);
    }

    private static LabelledPictures Of(List<(string File, int Label)> rows)
    {
        const int side = 224;
        byte[] all = new byte[rows.Count * 3 * side * side];
        Parallel.For(0, rows.Count, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            (int width, int height, byte[] pixels) = JpegDecoder.Read(rows[i].File);
            if (width != side || height != side) throw new InvalidDataException($"{rows[i].File} has {width} x {height} pixels");
            pixels.CopyTo(all, i * 3 * side * side);
        });
        return new LabelledPictures(side, all, [.. rows.Select(row => row.Label)]);
    }

    /// <summary>Writes pictures [first, first + count) as planes: [count, 3, side, side].</summary>
    public void Write(int first, int count, bool tensorFlowRange, Span<float> to)
    {
        ReadOnlySpan<float> mean = [0.485f, 0.456f, 0.406f], deviation = [0.229f, 0.224f, 0.225f];
        int plane = Side * Side;
        for (int picture = 0; picture < count; picture++)
        {
            ReadOnlySpan<byte> from = _pixels.AsSpan((first + picture) * 3 * plane, 3 * plane);
            for (int channel = 0; channel < 3; channel++)
            {
                Span<float> row = to.Slice((picture * 3 + channel) * plane, plane);
                for (int i = 0; i < plane; i++)
                {
                    float value = from[i * 3 + channel];
                    row[i] = tensorFlowRange ? value / 127.5f - 1f : (value / 255f - mean[channel]) / deviation[channel];
                }
            }
        }
    }
}
