using System;
using System.Threading;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>A few bits a weight with a scale for each group of neighbours: uniform levels, or exact scalar k-means.</summary>
internal static class GroupScalar
{
    private const int SampleForTable = 1 << 18;

    /// <summary>Weights of a row that share a scale: whole input channels, 64 to 72 weights for 1×1 and 3×3.</summary>
    public static int DefaultGroup(int taps) => taps switch
    {
        1 => 64,
        <= 16 => 8 * taps,
        _ => taps,
    };

    /// <summary>Uniform levels; each scale is the best of several below the one that just reaches the largest weight.</summary>
    public static EncodedTensor Uniform(WeightSource source, int bits, int group, CancellationToken cancellation = default)
    {
        (float[] weights, int rows, int columns) = Read(source);
        int groups = (columns + group - 1) / group;
        float[] scales = new float[rows * groups];
        float offset = ScalarTensor.Offset(bits), top = (1 << bits) - 1 + offset;
        for (int r = 0; r < rows; r++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int g = 0; g < groups; g++) scales[r * groups + g] = BestScale(Group(weights, columns, group, r, g), bits, top);
        }
        RowNormalization.Rounded(scales);
        byte[] codes = new byte[weights.Length];
        for (int r = 0; r < rows; r++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int j = 0; j < columns; j++)
            {
                float scale = scales[r * groups + j / group];
                float level = scale == 0f ? -offset : weights[r * columns + j] / scale - offset;
                codes[r * columns + j] = (byte)Math.Clamp(MathF.Round(level), 0f, (1 << bits) - 1);
            }
        }
        return ScalarTensor.Pack(source.Identity, new ScalarFactors { Bits = bits, Group = group, Scales = scales, Codes = codes });
    }

    /// <summary>At most <paramref name="k"/> values for the whole tensor, each group divided by its root mean square first.</summary>
    public static EncodedTensor KMeans(WeightSource source, int k, int group, SeededRandom random, CancellationToken cancellation = default)
    {
        (float[] weights, int rows, int columns) = Read(source);
        int groups = (columns + group - 1) / group;
        float[] scales = new float[rows * groups];
        for (int r = 0; r < rows; r++)
        {
            for (int g = 0; g < groups; g++)
            {
                ReadOnlySpan<float> values = Group(weights, columns, group, r, g);
                scales[r * groups + g] = (float)Math.Sqrt(RowNormalization.Energy(values) / values.Length);
            }
        }
        RowNormalization.Rounded(scales);
        for (int r = 0; r < rows; r++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int j = 0; j < columns; j++)
            {
                float scale = scales[r * groups + j / group];
                weights[r * columns + j] = scale == 0f ? 0f : weights[r * columns + j] / scale;
            }
        }
        float[] table = ScalarKMeans.Fit(Sample(weights, ref random), k, cancellation);
        for (int j = 0; j < table.Length; j++) table[j] = (float)(Half)table[j];
        byte[] codes = new byte[weights.Length];
        for (int r = 0; r < rows; r++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int i = r * columns; i < (r + 1) * columns; i++) codes[i] = (byte)ScalarKMeans.Nearest(table, weights[i]);
        }
        return ScalarTensor.Pack(source.Identity, new ScalarFactors
        {
            Bits = PackedBits.BitsFor(k),
            Table = table,
            Group = group,
            Scales = scales,
            Codes = codes,
        });
    }

    private static float BestScale(ReadOnlySpan<float> values, int bits, float top)
    {
        float largest = 0f;
        foreach (float x in values) largest = Math.Max(largest, Math.Abs(x));
        if (largest == 0f) return 0f;
        // Fine levels gain little from cutting off the largest weights, so fewer scales are tried.
        (float from, int steps) = bits >= 5 ? (0.79f, 7) : (0.4f, 24);
        float best = largest / top, half = 1 << (bits - 1);
        double least = double.MaxValue;
        bool midRise = bits <= 3;
        for (int s = 0; s <= steps; s++)
        {
            float scale = largest / top * (1f - (1f - from) * s / steps), inverse = 1f / scale;
            if (scale == 0f || !float.IsFinite(inverse)) return best;
            double error = 0;
            foreach (float x in values)
            {
                float level = x * inverse;
                level = midRise
                    ? Math.Clamp(MathF.Floor(level) + 0.5f, -half + 0.5f, half - 0.5f)
                    : Math.Clamp(MathF.Round(level), -half, half - 1);
                float difference = x - scale * level;
                error += difference * difference;
            }
            if (error >= least) continue;
            (least, best) = (error, scale);
        }
        return best;
    }

    private static float[] Sample(float[] values, ref SeededRandom random)
    {
        if (values.Length <= SampleForTable) return (float[])values.Clone();
        float[] sample = new float[SampleForTable];
        for (int i = 0; i < sample.Length; i++)
        {
            long from = (long)i * values.Length / sample.Length, to = (long)(i + 1) * values.Length / sample.Length;
            sample[i] = values[from + random.Below((int)(to - from))];
        }
        return sample;
    }

    private static ReadOnlySpan<float> Group(float[] weights, int columns, int group, int row, int index) =>
        weights.AsSpan(row * columns + index * group, Math.Min(group, columns - index * group));

    private static (float[] Weights, int Rows, int Columns) Read(WeightSource source)
    {
        float[] weights = new float[source.Length];
        source.ReadCanonical(weights);
        int rows = source.Identity.Canonical.Rows;
        return (weights, rows, weights.Length / rows);
    }
}
