using System;

namespace Lr2vq.Operators;

/// <summary>How an axis is resized: every output index is a weighted sum of <see cref="Count"/> input indices.</summary>
/// <param name="Count">Terms of each sum.</param>
/// <param name="Indices">[output length · Count], inside the input axis.</param>
/// <param name="Weights">As many.</param>
internal sealed record ResizeTaps(int Count, int[] Indices, float[] Weights)
{
    public static ResizeTaps Linear(ResizeCoordinates coordinates, long input, long output)
    {
        int[] indices = new int[2 * output];
        float[] weights = new float[2 * output];
        for (long i = 0; i < output; i++)
        {
            float place = Math.Max(0, Math.Min(coordinates.At(i), input - 1));
            int low = (int)Math.Min((long)place, input - 1), high = (int)Math.Min(low + 1, input - 1);
            (indices[2 * i], indices[2 * i + 1]) = (low, high);
            (weights[2 * i], weights[2 * i + 1]) = low == high ? (0.5f, 0.5f) : (high - place, place - low);
        }
        return new ResizeTaps(2, indices, weights);
    }

    public static ResizeTaps Cubic(ResizeCoordinates coordinates, long input, long output, float a, bool excludeOutside)
    {
        int[] indices = new int[4 * output];
        float[] weights = new float[4 * output];
        for (long i = 0; i < output; i++)
        {
            float place = coordinates.At(i), floor = MathF.Floor(place), total = 0;
            for (int k = 0; k < 4; k++)
            {
                long index = (long)floor + k - 1;
                bool outside = index < 0 || index >= input;
                float weight = outside && excludeOutside ? 0f : CubicWeight(place - floor - (k - 1), a);
                indices[4 * i + k] = (int)Math.Clamp(index, 0, input - 1);
                weights[4 * i + k] = weight;
                total += weight;
            }
            if (!excludeOutside) continue;
            for (int k = 0; k < 4; k++) weights[4 * i + k] /= total;
        }
        return new ResizeTaps(4, indices, weights);
    }

    /// <summary>Filters that grow with the reduction, so that fine detail does not fold back.</summary>
    public static ResizeTaps Antialias(ResizeCoordinates coordinates, long input, long output, float scale, bool cubic, float a, bool excludeOutside)
    {
        float stretch = Math.Max(1f, 1f / scale), support = (cubic ? 2f : 1f) * stretch;
        int count = (int)AntialiasCount(scale, cubic);
        int[] indices = new int[count * output];
        float[] weights = new float[count * output];
        for (long i = 0; i < output; i++)
        {
            float center = coordinates.At(i) + 0.5f, total = 0;
            long first = (long)MathF.Floor(center - support + 0.5f), end = (long)MathF.Floor(center + support + 0.5f);
            for (int k = 0; k < count; k++)
            {
                long index = first + k;
                indices[count * i + k] = (int)Math.Clamp(index, 0, input - 1);
                if (index >= end || (excludeOutside && (index < 0 || index >= input))) continue;
                float distance = (index + 0.5f - center) / stretch;
                float weight = cubic ? CubicWeight(distance, a) : Math.Max(0f, 1f - Math.Abs(distance));
                weights[count * i + k] = weight;
                total += weight;
            }
            if (total == 0) continue;
            for (int k = 0; k < count; k++) weights[count * i + k] /= total;
        }
        return new ResizeTaps(count, indices, weights);
    }

    /// <summary>Terms of a sum.</summary>
    public static long AntialiasCount(float scale, bool cubic) => 2 * (long)MathF.Ceiling((cubic ? 2f : 1f) * Math.Max(1f, 1f / scale)) + 1;

    /// <summary>Keys' cubic kernel.</summary>
    private static float CubicWeight(float distance, float a)
    {
        float t = Math.Abs(distance);
        if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
        return t < 2 ? ((t - 5) * t + 8) * t * a - 4 * a : 0;
    }
}
