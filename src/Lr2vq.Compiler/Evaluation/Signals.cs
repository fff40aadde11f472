using System;
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
            float[] own = channels > 1 ? Cloud(ref random, height, width) : shared;
            for (int i = 0; i < pixels; i++) picture[c * pixels + i] = Math.Clamp(0.45f + 0.2f * shared[i] + (channels > 1 ? 0.08f * own[i] : 0), 0, 1);
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

    /// <summary>Octaves of smooth noise, each of half the amplitude and twice the frequency of the one before; mean about 0, variance about 1.</summary>
    private static float[] Cloud(ref SeededRandom random, int height, int width)
    {
        float[] cloud = new float[height * width];
        float amplitude = 0.9f;
        for (int cells = 2; cells <= Math.Max(height, width); cells *= 2, amplitude *= 0.55f)
        {
            int rows = cells + 1;
            float[] grid = new float[rows * rows];
            for (int i = 0; i < grid.Length; i++) grid[i] = (float)random.Normal();
            for (int y = 0; y < height; y++)
            {
                float at = (float)y * cells / height;
                int row = (int)at;
                float down = at - row;
                for (int x = 0; x < width; x++)
                {
                    float across = (float)x * cells / width;
                    int column = (int)across;
                    across -= column;
                    int first = row * rows + column;
                    float above = grid[first] + across * (grid[first + 1] - grid[first]);
                    float below = grid[first + rows] + across * (grid[first + rows + 1] - grid[first + rows]);
                    cloud[y * width + x] += amplitude * (above + down * (below - above));
                }
            }
        }
        return cloud;
    }
}
