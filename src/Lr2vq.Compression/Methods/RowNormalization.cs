using System;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>Scales of output channels: the root mean square of each row, as a file will hold it.</summary>
internal static class RowNormalization
{
    /// <summary>Scales rounded as <see cref="RowScales"/> stores them; 0 for a row of zeros.</summary>
    public static float[] RootMeanSquares(ReadOnlySpan<float> weights, int rows)
    {
        float[] scales = new float[rows];
        int columns = weights.Length / rows;
        for (int r = 0; r < rows; r++) scales[r] = (float)Math.Sqrt(Energy(weights.Slice(r * columns, columns)) / columns);
        return Rounded(scales);
    }

    /// <summary><paramref name="scales"/> as a reader will see them.</summary>
    public static float[] Rounded(float[] scales)
    {
        RowScales.Pack(scales, new byte[RowScales.BytesPerScale * scales.Length]);
        return scales;
    }

    /// <summary>Divides each row by its scale, in place; a row whose scale is 0 becomes 0.</summary>
    public static void Divide(Span<float> weights, ReadOnlySpan<float> scales)
    {
        int columns = weights.Length / scales.Length;
        for (int r = 0; r < scales.Length; r++)
        {
            Span<float> row = weights.Slice(r * columns, columns);
            if (scales[r] == 0f)
            {
                row.Clear();
                continue;
            }
            float inverse = 1f / scales[r];
            if (!float.IsFinite(inverse))
            {
                for (int j = 0; j < columns; j++) row[j] /= scales[r];
                continue;
            }
            for (int j = 0; j < columns; j++) row[j] *= inverse;
        }
    }

    /// <summary>Σw² in double: four sums in fixed order.</summary>
    public static double Energy(ReadOnlySpan<float> values)
    {
        double a = 0, b = 0, c = 0, d = 0;
        int i = 0;
        for (; i + 4 <= values.Length; i += 4)
        {
            a += (double)values[i] * values[i];
            b += (double)values[i + 1] * values[i + 1];
            c += (double)values[i + 2] * values[i + 2];
            d += (double)values[i + 3] * values[i + 3];
        }
        for (; i < values.Length; i++) a += (double)values[i] * values[i];
        return a + b + (c + d);
    }
}
