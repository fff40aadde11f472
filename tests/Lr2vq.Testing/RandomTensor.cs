using System;

namespace Lr2vq.Testing;

/// <summary>Random values that are the same in every run for the same seed.</summary>
internal static class RandomTensor
{
    public static float[] Uniform(int seed, int length, float low = -1f, float high = 1f)
    {
        Random random = new(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) values[i] = low + (high - low) * random.NextSingle();
        return values;
    }

    public static float[] Normal(int seed, int length, float mean = 0f, float deviation = 1f)
    {
        Random random = new(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) values[i] = mean + deviation * (float)NextNormal(random);
        return values;
    }

    /// <summary>A tensor of floats, uniform in ±1.</summary>
    public static HostTensor Floats(int seed, params int[] shape) => Floats(seed, -1f, 1f, shape);

    public static HostTensor Floats(int seed, float low, float high, params int[] shape)
    {
        int length = 1;
        foreach (int extent in shape) length = checked(length * extent);
        return HostTensor.Of(Uniform(seed, length, low, high), shape);
    }

    public static HostTensor Longs(int seed, long low, long high, params int[] shape)
    {
        Random random = new(seed);
        int length = 1;
        foreach (int extent in shape) length = checked(length * extent);
        long[] values = new long[length];
        for (int i = 0; i < length; i++) values[i] = random.NextInt64(low, high);
        return HostTensor.Of(values, shape);
    }

    /// <summary>A number of the standard normal distribution (Box and Muller).</summary>
    public static double NextNormal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
