using System;
using System.Numerics;
using System.Runtime.InteropServices;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Evaluation;

/// <summary>Made-up signals with the statistics of real ones. Only sums and products, so that every machine makes the same bits.</summary>
internal static class Signals
{
    private const int Leaves = 12;

    /// <summary>A picture, [channels, height, width], 0 to 1: amplitudes fall as 1/f, channels are alike, and flat discs give it edges.</summary>
    public static float[] Picture(ref SeededRandom random, int channels, int height, int width)
    {
        int pixels = height * width;
        float[] picture = new float[channels * pixels], shared = Cloud(ref random, height, width);
        for (int c = 0; c < channels; c++)
        {
            Tones(shared, channels > 1 ? Cloud(ref random, height, width) : [], picture.AsSpan(c * pixels, pixels));
        }
        for (int leaf = 0; leaf < Leaves; leaf++)
        {
            double y = random.Uniform() * height, x = random.Uniform() * width, radius = (0.03 + 0.15 * random.Uniform()) * Math.Min(height, width);
            float strength = (float)random.Uniform(), grey = (float)random.Uniform();
            for (int c = 0; c < channels; c++)
            {
                float tone = 0.7f * grey + 0.3f * (float)random.Uniform();
                for (int row = (int)Math.Max(0, y - radius); row < Math.Min(height, y + radius); row++)
                    for (int column = (int)Math.Max(0, x - radius); column < Math.Min(width, x + radius); column++)
                        if ((row - y) * (row - y) + (column - x) * (column - x) < radius * radius)
                            picture[c * pixels + row * width + column] += strength * (tone - picture[c * pixels + row * width + column]);
            }
        }
        return picture;
    }

    /// <summary>Speech-like sound, at 16,000 samples a second if that is asked: a voice of changing pitch and loudness with pauses, −1 to 1.</summary>
    public static float[] Sound(ref SeededRandom random, int length)
    {
        float[] sound = new float[length];
        double pitch = 110 + 120 * random.Uniform(), turn = 0, loudness = 0, wanted = 0, bright = 0.5;
        for (int i = 0; i < length; i++)
        {
            if (i % 1600 == 0) (wanted, bright, pitch) = (random.Uniform() < 0.25 ? 0.01 : 0.1 + 0.4 * random.Uniform(), 0.3 + 0.6 * random.Uniform(), pitch * (0.9 + 0.2 * random.Uniform()));
            loudness += 0.004 * (wanted - loudness);
            turn += pitch / 16000;
            turn -= Math.Floor(turn);
            double value = 0, weight = 1;
            for (int harmonic = 1; harmonic <= 12; harmonic++, weight *= bright) value += weight * Wave(harmonic * turn);
            sound[i] = (float)(loudness * (0.5 * value + 0.05 * random.Normal()));
        }
        return sound;
    }

    /// <summary>Normal numbers, each like the one before, mean 0, variance 1.</summary>
    public static float[] Smooth(ref SeededRandom random, int length)
    {
        const double keep = 0.9, add = 0.4358898943540674;
        float[] values = new float[length];
        double state = random.Normal();
        for (int i = 0; i < length; i++) values[i] = (float)(state = keep * state + add * random.Normal());
        return values;
    }

    /// <summary>Independent normal numbers.</summary>
    public static float[] Noise(ref SeededRandom random, int length)
    {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) values[i] = (float)random.Normal();
        return values;
    }

    /// <summary>About a sine: parabolas.</summary>
    private static double Wave(double turns)
    {
        double t = turns - Math.Floor(turns);
        return t < 0.5 ? 16 * t * (0.5 - t) : -16 * (t - 0.5) * (1 - t);
    }

    /// <summary>Grey values of a channel, 0 to 1, from what all channels share and what it has of its own, if that is anything.</summary>
    private static void Tones(float[] shared, float[] own, Span<float> tones)
    {
        int i = 0;
        if (own.Length > 0)
            for (; i <= tones.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> tone = new Vector<float>(0.45f) + 0.2f * new Vector<float>(shared, i) + 0.08f * new Vector<float>(own, i);
                Vector.Min(Vector.Max(tone, Vector<float>.Zero), Vector<float>.One).CopyTo(tones[i..]);
            }
        for (; i < tones.Length; i++) tones[i] = Math.Clamp(0.45f + 0.2f * shared[i] + (own.Length > 0 ? 0.08f * own[i] : 0), 0, 1);
    }

    /// <summary>Octaves of smooth noise, each of half the amplitude and twice the frequency of the one before; mean about 0, variance about 1.</summary>
    private static float[] Cloud(ref SeededRandom random, int height, int width)
    {
        float[] cloud = new float[height * width], above = new float[width], below = new float[width], across = new float[width];
        int[] columns = new int[width];
        float amplitude = 0.9f;
        for (int cells = 2; cells <= Math.Max(height, width); cells *= 2, amplitude *= 0.55f)
        {
            int rows = cells + 1;
            float[] grid = new float[rows * rows];
            for (int i = 0; i < grid.Length; i++) grid[i] = (float)random.Normal();
            for (int x = 0; x < width; x++)
            {
                float at = (float)x * cells / width;
                columns[x] = (int)at;
                across[x] = at - columns[x];
            }
            int line = -1;
            for (int y = 0; y < height; y++)
            {
                float at = (float)y * cells / height;
                int row = (int)at;
                if (row != line)
                {
                    // Two lines of the grid serve all rows between them, and most serve twice.
                    if (line >= 0 && row == line + 1) (above, below) = (below, above);
                    else Line(grid.AsSpan(row * rows, rows), columns, across, above);
                    Line(grid.AsSpan((row + 1) * rows, rows), columns, across, below);
                    line = row;
                }
                Add(above, below, at - row, amplitude, cloud.AsSpan(y * width, width));
            }
        }
        return cloud;
    }

    /// <summary>What lies between the columns of a line of the grid.</summary>
    private static void Line(ReadOnlySpan<float> grid, int[] columns, float[] across, float[] line)
    {
        for (int x = 0; x < line.Length; x++)
        {
            float left = grid[columns[x]];
            line[x] = left + across[x] * (grid[columns[x] + 1] - left);
        }
    }

    private static void Add(float[] above, float[] below, float down, float amplitude, Span<float> cloud)
    {
        int x = 0;
        Span<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(cloud);
        for (int i = 0; i < vectors.Length; i++, x += Vector<float>.Count)
        {
            var upper = new Vector<float>(above, x);
            vectors[i] += amplitude * (upper + down * (new Vector<float>(below, x) - upper));
        }
        for (; x < cloud.Length; x++) cloud[x] += amplitude * (above[x] + down * (below[x] - above[x]));
    }
}
