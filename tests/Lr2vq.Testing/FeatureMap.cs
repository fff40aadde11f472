using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Lr2vq.Testing;

/// <summary>Activations [channels, images · height · width] with the few operators that estimating statistics of a ResNet needs.</summary>
internal sealed class FeatureMap(int images, int channels, int height, int width)
{
    private readonly float[] _values = new float[images * channels * height * width];

    private int Pixels => images * height * width;

    private Span<float> Channel(int channel) => _values.AsSpan(channel * Pixels, Pixels);

    /// <summary>Pictures of smoothed noise, zero mean, unit variance.</summary>
    public static FeatureMap Noise(int images, int channels, int size, Random random)
    {
        FeatureMap map = new(images, channels, size, size);
        for (int plane = 0; plane < images * channels; plane++)
        {
            Span<float> pixels = map._values.AsSpan(plane * size * size, size * size);
            for (int cell = size / 2; cell >= 1; cell /= 2)
            {
                int across = size / cell;
                float[] coarse = new float[across * across];
                foreach (ref float value in coarse.AsSpan()) value = (float)RandomTensor.NextNormal(random);
                for (int i = 0; i < pixels.Length; i++) pixels[i] += coarse[i / size / cell * across + i % size / cell] * 0.4f;
            }
        }
        return map;
    }

    public FeatureMap Convolve(float[] weight, int outputs, int kernel, int stride, int pad)
    {
        int outHeight = (height + 2 * pad - kernel) / stride + 1, outWidth = (width + 2 * pad - kernel) / stride + 1;
        FeatureMap result = new(images, outputs, outHeight, outWidth);
        int pixels = result.Pixels, taps = channels * kernel * kernel;
        float[] row = new float[pixels];
        for (int tap = 0; tap < taps; tap++)
        {
            Gather(row, tap / (kernel * kernel), tap / kernel % kernel - pad, tap % kernel - pad, stride, outHeight, outWidth);
            for (int output = 0; output < outputs; output++) AddScaled(result.Channel(output), row, weight[output * taps + tap]);
        }
        return result;
    }

    public FeatureMap MaxPool3x3()
    {
        int outHeight = (height - 1) / 2 + 1, outWidth = (width - 1) / 2 + 1;
        FeatureMap result = new(images, channels, outHeight, outWidth);
        for (int plane = 0; plane < channels * images; plane++)
            for (int y = 0; y < outHeight; y++)
                for (int x = 0; x < outWidth; x++)
                {
                    float largest = float.NegativeInfinity;
                    for (int v = Math.Max(0, 2 * y - 1); v <= Math.Min(height - 1, 2 * y + 1); v++)
                        for (int u = Math.Max(0, 2 * x - 1); u <= Math.Min(width - 1, 2 * x + 1); u++)
                            largest = Math.Max(largest, _values[(plane * height + v) * width + u]);
                    result._values[(plane * outHeight + y) * outWidth + x] = largest;
                }
        return result;
    }

    /// <summary>Mean and variance of each channel.</summary>
    public (float[] Mean, float[] Variance) Statistics()
    {
        float[] mean = new float[channels], variance = new float[channels];
        for (int channel = 0; channel < channels; channel++)
        {
            double sum = 0, squares = 0;
            foreach (float value in Channel(channel))
            {
                sum += value;
                squares += (double)value * value;
            }
            double middle = sum / Pixels;
            mean[channel] = (float)middle;
            variance[channel] = (float)(Math.Max(0, squares / Pixels - middle * middle) + 1e-3);
        }
        return (mean, variance);
    }

    public void Normalize(float[] gamma, float[] beta, float[] mean, float[] variance, float epsilon)
    {
        for (int channel = 0; channel < channels; channel++)
        {
            float factor = gamma[channel] / MathF.Sqrt(variance[channel] + epsilon), shift = beta[channel] - mean[channel] * factor;
            foreach (ref float value in Channel(channel)) value = value * factor + shift;
        }
    }

    public void Relu()
    {
        foreach (ref float value in _values.AsSpan()) value = MathF.Max(value, 0);
    }

    public void Add(FeatureMap other) => AddScaled(_values, other._values, 1);

    /// <summary>target += factor · source.</summary>
    public static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float factor)
    {
        Span<Vector<float>> to = MemoryMarshal.Cast<float, Vector<float>>(target);
        ReadOnlySpan<Vector<float>> from = MemoryMarshal.Cast<float, Vector<float>>(source);
        Vector<float> wide = new(factor);
        for (int i = 0; i < to.Length && i < from.Length; i++) to[i] += from[i] * wide;
        for (int i = to.Length * Vector<float>.Count; i < target.Length; i++) target[i] += factor * source[i];
    }

    private void Gather(Span<float> row, int channel, int down, int right, int stride, int outHeight, int outWidth)
    {
        ReadOnlySpan<float> source = Channel(channel);
        int at = 0;
        for (int image = 0; image < images; image++)
            for (int y = 0; y < outHeight; y++)
            {
                int v = y * stride + down;
                for (int x = 0; x < outWidth; x++)
                {
                    int u = x * stride + right;
                    row[at++] = (uint)v < (uint)height && (uint)u < (uint)width ? source[(image * height + v) * width + u] : 0f;
                }
            }
    }
}
