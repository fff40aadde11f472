using System;
using System.Numerics;

namespace Lr2vq.Testing;

/// <summary>Weights with the structure of trained ones: a decaying scale a channel × (a low-rank part with a power-law spectrum + heavy-tailed
/// noise) × a spatial profile, at the He variance of the layer. The same name gives the same weights.</summary>
internal static class GeneratedWeights
{
    private const int Seed = 20260722;

    public static Random RandomFor(string name)
    {
        uint hash = 2166136261;
        foreach (char letter in name) hash = (hash ^ letter) * 16777619;
        return new Random((int)((Seed + hash) & int.MaxValue));
    }

    /// <param name="shape">[outputs, inputs, kernel height, kernel width] or [outputs, inputs].</param>
    public static float[] Matrix(string name, int[] shape)
    {
        Random random = RandomFor(name);
        int rows = shape[0], columns = shape[1] * (shape.Length == 4 ? shape[2] * shape[3] : 1), rank = Math.Max(1, Math.Min(rows, columns) / 8);
        float[] left = new float[rows * rank], right = new float[rank * columns], weight = new float[rows * columns];
        for (int i = 0; i < left.Length; i++) left[i] = (float)(RandomTensor.NextNormal(random) * Math.Pow(1 + i % rank, -0.6));
        for (int i = 0; i < right.Length; i++) right[i] = (float)RandomTensor.NextNormal(random);
        for (int row = 0; row < rows; row++)
            for (int r = 0; r < rank; r++)
                FeatureMap.AddScaled(weight.AsSpan(row * columns, columns), right.AsSpan(r * columns, columns), left[row * rank + r]);
        Rescale(weight, Math.Sqrt(0.32));

        float[] noise = new float[weight.Length];
        for (int i = 0; i < noise.Length; i++) noise[i] = HeavyTailed(random);
        Rescale(noise, Math.Sqrt(0.68));
        float[] profile = Profile(shape);
        int[] order = new int[rows];
        for (int i = 0; i < rows; i++) order[i] = i;
        random.Shuffle(order);
        for (int row = 0; row < rows; row++)
        {
            float scale = (float)(Math.Exp(-0.8 * order[row] / Math.Max(rows - 1, 1)) * Math.Exp(0.15 * RandomTensor.NextNormal(random)));
            for (int column = 0; column < columns; column++)
            {
                int at = row * columns + column;
                weight[at] = (weight[at] + noise[at]) * scale * profile[column % profile.Length];
            }
        }
        Rescale(weight, Math.Sqrt(2.0 / columns));
        return weight;
    }

    public static float[] Vector(string name, int length, float mean, float deviation, float low = float.NegativeInfinity)
    {
        Random random = RandomFor(name);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) values[i] = Math.Max(low, mean + deviation * (float)RandomTensor.NextNormal(random));
        return values;
    }

    /// <summary>Student's t with five degrees of freedom.</summary>
    private static float HeavyTailed(Random random)
    {
        double normal = RandomTensor.NextNormal(random), other = RandomTensor.NextNormal(random);
        double chiSquared = -2 * Math.Log((1 - random.NextDouble()) * (1 - random.NextDouble())) + other * other;
        return (float)(normal / Math.Sqrt(Math.Max(chiSquared, 1e-3) / 5));
    }

    private static float[] Profile(int[] shape)
    {
        if (shape.Length < 4 || shape[2] == 1) return [1f];
        int size = shape[2];
        float[] profile = new float[size * size];
        double middle = (size - 1) / 2.0;
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
                profile[y * size + x] = (float)(0.5 + Math.Exp(-((y - middle) * (y - middle) + (x - middle) * (x - middle)) / (0.7 * size)));
        return profile;
    }

    /// <summary>Scales to a standard deviation.</summary>
    private static void Rescale(Span<float> values, double deviation)
    {
        double sum = 0, squares = 0;
        foreach (float value in values)
        {
            sum += value;
            squares += (double)value * value;
        }
        double mean = sum / values.Length;
        float factor = (float)(deviation / Math.Sqrt(Math.Max(squares / values.Length - mean * mean, 1e-24)));
        foreach (ref float value in values) value *= factor;
    }
}
