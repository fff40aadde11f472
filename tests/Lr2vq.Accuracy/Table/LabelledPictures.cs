using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

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

    public int Label(int picture) => _labels[picture];

    /// <exception cref="FileNotFoundException">The data set is not there.</exception>
    public static LabelledPictures Load(PictureSet set)
    {
        string folder = Path.Combine(TestData.Folder, "data");
        if (set == PictureSet.Cifar)
        {
            (byte[] labels, byte[] pixels) = Cifar10Pack.Load(Path.Combine(folder, "cifar10j", "test.bin"));
            return new LabelledPictures(Cifar10Pack.Side, pixels, [.. labels.Select(label => (int)label)]);
        }
        string root = Path.Combine(folder, "imagenet-val-500");
        const int side = 224;
        List<(string File, int Label)> rows = [.. File.ReadLines(Path.Combine(root, "eval.csv")).Skip(1).Where(line => line.Length > 0)
            .Select(line => line.Split(',')).Select(parts => (parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture)))];
        byte[] all = new byte[rows.Count * 3 * side * side];
        Parallel.For(0, rows.Count, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            (int width, int height, byte[] pixels) = JpegDecoder.Read(Path.Combine(root, "eval", rows[i].File));
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
