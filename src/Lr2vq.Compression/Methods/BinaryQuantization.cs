using System;
using System.Threading;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>Signs times a scale for each group of a row (Gong et al., XNOR-Net), and the signs of what is left, as often as there are stages.</summary>
/// <remarks>The best scale for given signs is the mean of |w|, which leaves Σw² − n·mean². With several stages the scales of all stages together
/// are a least-squares problem, and each weight takes the nearest of the 2ᵗ sums; both in turns lower the error until it stays.</remarks>
internal static class BinaryQuantization
{
    private const int MostTurns = 12;

    /// <param name="source">The weight.</param>
    /// <param name="stages">Signs that are added.</param>
    /// <param name="group">Neighbours in a row that share scales.</param>
    /// <param name="cancellation">Looked at between rows.</param>
    public static EncodedTensor Encode(WeightSource source, int stages, int group, CancellationToken cancellation)
    {
        float[] weights = new float[source.Length];
        source.ReadCanonical(weights);
        int rows = source.Identity.Canonical.Rows, columns = weights.Length / rows, groups = ScaleGroups.CountIn(columns, group);
        float[] scales = new float[checked(rows * groups * stages)];
        byte[] signs = new byte[weights.Length];
        for (int r = 0; r < rows; r++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int g = 0; g < groups; g++)
            {
                int first = r * columns + g * group, count = Math.Min(group, columns - g * group);
                Fit(weights.AsSpan(first, count), signs.AsSpan(first, count), scales.AsSpan((r * groups + g) * stages, stages));
            }
        }
        RowNormalization.Rounded(scales);
        if (stages > 1)
        {
            // Scales are what a file can hold now.
            for (int r = 0; r < rows; r++)
            {
                cancellation.ThrowIfCancellationRequested();
                for (int g = 0; g < groups; g++)
                {
                    int first = r * columns + g * group, count = Math.Min(group, columns - g * group);
                    Assign(weights.AsSpan(first, count), scales.AsSpan((r * groups + g) * stages, stages), signs.AsSpan(first, count));
                }
            }
        }
        return BinaryTensor.Pack(source.Identity, new BinaryFactors { Stages = stages, Group = group, Scales = scales, Signs = signs });
    }

    /// <summary>Signs and scales of one group.</summary>
    /// <returns>Σ(w − ŵ)².</returns>
    public static double Fit(ReadOnlySpan<float> weights, Span<byte> signs, Span<float> scales)
    {
        double[] left = new double[weights.Length];
        for (int i = 0; i < left.Length; i++) left[i] = weights[i];
        signs.Clear();
        for (int t = 0; t < scales.Length; t++)
        {
            double sum = 0;
            foreach (double x in left) sum += Math.Abs(x);
            double scale = sum / left.Length;
            scales[t] = (float)scale;
            for (int i = 0; i < left.Length; i++)
            {
                if (left[i] < 0) signs[i] |= (byte)(1 << t);
                left[i] -= left[i] < 0 ? -scale : scale;
            }
        }
        double error = Error(weights, signs, scales);
        if (scales.Length == 1) return error;
        byte[] keptSigns = new byte[signs.Length];
        float[] keptScales = new float[scales.Length];
        for (int turn = 0; turn < MostTurns; turn++)
        {
            signs.CopyTo(keptSigns);
            scales.CopyTo(keptScales);
            Solve(weights, signs, scales);
            Assign(weights, scales, signs);
            double next = Error(weights, signs, scales);
            if (next < error * (1 - 1e-6))
            {
                error = next;
                continue;
            }
            keptSigns.CopyTo(signs);
            keptScales.CopyTo(scales);
            break;
        }
        return error;
    }

    /// <summary>The sum nearest to each weight; of equals the first.</summary>
    private static void Assign(ReadOnlySpan<float> weights, ReadOnlySpan<float> scales, Span<byte> signs)
    {
        int sums = 1 << scales.Length;
        Span<float> values = stackalloc float[1 << BinaryTensor.MaxStages];
        Span<byte> codes = stackalloc byte[1 << BinaryTensor.MaxStages];
        values = values[..sums];
        codes = codes[..sums];
        for (int code = 0; code < sums; code++)
        {
            codes[code] = (byte)code;
            values[code] = Sum(scales, code);
        }
        values.Sort(codes);
        for (int i = 0; i < weights.Length; i++)
        {
            int low = 0, high = sums - 1;
            while (high - low > 1)
            {
                int middle = (low + high) / 2;
                if (values[middle] <= weights[i]) low = middle;
                else high = middle;
            }
            signs[i] = codes[Math.Abs((double)weights[i] - values[low]) <= Math.Abs((double)values[high] - weights[i]) ? low : high];
        }
    }

    /// <summary>The scales that leave least for given signs; a negative one turns its signs.</summary>
    private static void Solve(ReadOnlySpan<float> weights, Span<byte> signs, Span<float> scales)
    {
        int n = scales.Length;
        Span<double> a = stackalloc double[n * n], b = stackalloc double[n];
        a.Clear();
        b.Clear();
        for (int i = 0; i < weights.Length; i++)
            for (int s = 0; s < n; s++)
            {
                double sign = (signs[i] >> s & 1) != 0 ? -1 : 1;
                b[s] += sign * weights[i];
                for (int t = 0; t < n; t++) a[s * n + t] += (signs[i] >> t & 1) != 0 ? -sign : sign;
            }
        // Equal signs in two stages make the matrix singular: a little of the diagonal keeps the solution small.
        for (int s = 0; s < n; s++) a[s * n + s] *= 1 + 1e-9;
        for (int p = 0; p < n; p++)
            for (int s = p + 1; s < n; s++)
            {
                double factor = a[s * n + p] / a[p * n + p];
                for (int t = p; t < n; t++) a[s * n + t] -= factor * a[p * n + t];
                b[s] -= factor * b[p];
            }
        for (int s = n - 1; s >= 0; s--)
        {
            for (int t = s + 1; t < n; t++) b[s] -= a[s * n + t] * b[t];
            b[s] /= a[s * n + s];
        }
        for (int s = 0; s < n; s++)
        {
            scales[s] = (float)Math.Abs(b[s]);
            if (b[s] < 0)
                for (int i = 0; i < signs.Length; i++) signs[i] ^= (byte)(1 << s);
        }
    }

    private static double Error(ReadOnlySpan<float> weights, ReadOnlySpan<byte> signs, ReadOnlySpan<float> scales)
    {
        double error = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double difference = (double)weights[i] - Sum(scales, signs[i]);
            error += difference * difference;
        }
        return error;
    }

    private static float Sum(ReadOnlySpan<float> scales, int signs)
    {
        float sum = 0f;
        for (int t = 0; t < scales.Length; t++) sum += (signs >> t & 1) != 0 ? -scales[t] : scales[t];
        return sum;
    }
}
