using System;
using Lr2vq.Pictures;

namespace Lr2vq.Training.Data;

/// <summary>Decoded pictures of one size, kept as bytes: a quarter of what floats would take.</summary>
/// <param name="width">Of each picture.</param>
/// <param name="height">Of each picture.</param>
/// <param name="pixels">RGB in the order picture, row, column, channel.</param>
/// <param name="labels">The class of each; null where they are not known.</param>
/// <param name="how">What becomes of a byte; range, mean and deviation count.</param>
internal sealed class TrainingPictures(int width, int height, byte[] pixels, int[]? labels, PreProcessing how)
{
    public const int Channels = 3;

    /// <summary>A byte becomes byte · scale + offset.</summary>
    private readonly (float Scale, float Offset)[] _values = [Values(how, 0), Values(how, 1), Values(how, 2)];

    public int Count { get; } = pixels.Length / (Channels * width * height);

    /// <summary>Floats of a picture.</summary>
    public int Length => Channels * width * height;

    public int[]? Labels => labels;

    /// <summary>Shape of some pictures as a network reads them.</summary>
    public int[] ShapeOf(int count) => [count, Channels, height, width];

    /// <summary>Pictures [first, first + count) of another set.</summary>
    public TrainingPictures Part(int first, int count) => new(width, height, pixels[(first * Length)..((first + count) * Length)], labels?[first..(first + count)], how);

    /// <summary>Writes a picture as planes, moved by some pixels, with what is uncovered black, and mirrored or not.</summary>
    public void Write(int picture, int dx, int dy, bool mirrored, Span<float> to)
    {
        ReadOnlySpan<byte> from = pixels.AsSpan(picture * Length, Length);
        for (int c = 0; c < Channels; c++)
        {
            (float scale, float offset) = _values[c];
            Span<float> plane = to.Slice(c * width * height, width * height);
            for (int y = 0; y < height; y++)
            {
                Span<float> row = plane.Slice(y * width, width);
                int sourceY = y + dy;
                for (int x = 0; x < width; x++)
                {
                    int sourceX = (mirrored ? width - 1 - x : x) + dx;
                    bool inside = (uint)sourceX < (uint)width && (uint)sourceY < (uint)height;
                    row[x] = (inside ? from[(sourceY * width + sourceX) * Channels + c] * scale : 0) + offset;
                }
            }
        }
    }

    private static (float, float) Values(PreProcessing how, int channel)
    {
        (float low, float high) = how.Range ?? (0, 1);
        float Of(float[]? numbers, float absent) => numbers is null ? absent : numbers[numbers.Length == 1 ? 0 : channel];
        float mean = Of(how.Mean, 0), deviation = Of(how.Std, 1);
        return ((high - low) / 255 / deviation, (low - mean) / deviation);
    }
}
