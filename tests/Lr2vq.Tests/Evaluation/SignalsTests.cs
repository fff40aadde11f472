using System;
using Lr2vq.Compression.Methods;
using Lr2vq.Evaluation;
using Xunit;

namespace Lr2vq.Tests.Evaluation;

/// <summary>Made-up pictures are the same bits on every machine: those of the definition, pixel by pixel.</summary>
[Trait("Isa", "true")]
public sealed class SignalsTests
{
    [Theory]
    [InlineData(1, 28, 28)]
    [InlineData(3, 32, 32)]
    [InlineData(3, 37, 150)]
    [InlineData(4, 65, 3)]
    [InlineData(2, 1, 1)]
    public void PicturesAreThoseOfTheDefinition(int channels, int height, int width)
    {
        SeededRandom random = new(7), same = new(7);
        float[] actual = Signals.Picture(ref random, channels, height, width), expected = Plain(ref same, channels, height, width);
        Assert.Equal(expected, actual);
        Assert.Equal(same.Next(), random.Next());
    }

    private static float[] Plain(ref SeededRandom random, int channels, int height, int width)
    {
        int pixels = height * width;
        float[] picture = new float[channels * pixels], shared = Cloud(ref random, height, width);
        for (int c = 0; c < channels; c++)
        {
            float[] own = channels > 1 ? Cloud(ref random, height, width) : new float[pixels];
            for (int i = 0; i < pixels; i++) picture[c * pixels + i] = Math.Clamp(0.45f + 0.2f * shared[i] + 0.08f * own[i], 0, 1);
        }
        for (int leaf = 0; leaf < 12; leaf++)
        {
            double y = random.Uniform() * height, x = random.Uniform() * width, radius = (0.03 + 0.15 * random.Uniform()) * Math.Min(height, width);
            float strength = (float)random.Uniform(), grey = (float)random.Uniform();
            for (int c = 0; c < channels; c++)
            {
                float tone = 0.7f * grey + 0.3f * (float)random.Uniform();
                for (int i = 0; i < pixels; i++)
                    if ((i / width - y) * (i / width - y) + (i % width - x) * (i % width - x) < radius * radius) picture[c * pixels + i] += strength * (tone - picture[c * pixels + i]);
            }
        }
        return picture;
    }

    private static float[] Cloud(ref SeededRandom random, int height, int width)
    {
        float[] cloud = new float[height * width];
        float amplitude = 0.9f;
        for (int cells = 2; cells <= Math.Max(height, width); cells *= 2, amplitude *= 0.55f)
        {
            float[,] grid = new float[cells + 1, cells + 1];
            for (int i = 0; i < grid.Length; i++) grid[i / (cells + 1), i % (cells + 1)] = (float)random.Normal();
            for (int i = 0; i < cloud.Length; i++)
            {
                float down = (float)(i / width) * cells / height, across = (float)(i % width) * cells / width;
                int row = (int)down, column = (int)across;
                (down, across) = (down - row, across - column);
                float above = grid[row, column] + across * (grid[row, column + 1] - grid[row, column]);
                float below = grid[row + 1, column] + across * (grid[row + 1, column + 1] - grid[row + 1, column]);
                cloud[i] += amplitude * (above + down * (below - above));
            }
        }
        return cloud;
    }
}
