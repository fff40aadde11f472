using System;
using System.Threading;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>Scales of a weight whose inputs are known.</summary>
/// <remarks>Mostly rows alone are scaled: the Gram knows which input channels are large, and feedback does the rest. Where weights and inputs of channels
/// differ inversely by orders of magnitude (features in units of their own), one step for all would drown the small weights, whose inputs are the large
/// ones; then channels are scaled as well, and the Gram with them.</remarks>
internal static class GramScales
{
    /// <summary>Noise of the outputs with scales of channels, against that without, from which they are taken.</summary>
    private const double Clear = 0.25;

    /// <param name="weights">Canonical order.</param>
    /// <param name="gram">Of the inputs.</param>
    /// <param name="step">A guess of the step.</param>
    public static WeightScales Of(float[] weights, TensorIdentity identity, InputGram gram, double step, CancellationToken cancellation)
    {
        int rows = identity.Canonical.Rows, inputs = identity.Canonical.Inputs;
        WeightScales plain = WeightScales.OfRows(weights, rows, inputs);
        WeightScales scaled = WeightScales.Of(weights, identity, cancellation);
        if (scaled.Columns.Length != gram.Shape.Groups * inputs) return plain;
        double[] sizes = InputSizes(gram, inputs);
        cancellation.ThrowIfCancellationRequested();
        (double[] variances, double[] costs) = Channels(weights, plain, sizes);
        cancellation.ThrowIfCancellationRequested();
        (double[] others, double[] otherCosts) = Channels(weights, scaled, sizes);
        double bits = Bits(variances, step), low = ExactMath.Log2(step) - 60, high = ExactMath.Log2(step) + 60;
        for (int i = 0; i < 40; i++)
        {
            double middle = (low + high) / 2;
            if (Bits(others, ExactMath.Exp2(middle)) > bits) low = middle;
            else high = middle;
        }
        return Noise(others, otherCosts, ExactMath.Exp2(high)) < Clear * Noise(variances, costs, step) ? scaled : plain;
    }

    /// <summary>What the columns of a part of the Gram are multiplied with.</summary>
    /// <param name="scales">Of the weight.</param>
    public static float[] OfPart(WeightScales scales, GramShape shape, int group, int part)
    {
        if (scales.Columns.Length == 0) return [];
        int taps = shape.Columns / scales.Inputs, first = shape.First(part);
        float[] factors = new float[shape.Length(part)];
        for (int k = 0; k < factors.Length; k++) factors[k] = ColumnScales.Of(scales.Columns[group * scales.Inputs + (first + k) / taps]);
        return factors;
    }

    /// <summary>Mean squares of the inputs of each channel of each group.</summary>
    private static double[] InputSizes(InputGram gram, int inputs)
    {
        GramShape shape = gram.Shape;
        int taps = shape.Columns / inputs;
        double[] sizes = new double[shape.Groups * inputs];
        for (int group = 0; group < shape.Groups; group++)
            for (int part = 0; part < shape.Parts; part++)
            {
                ReadOnlySpan<double> sums = gram.Sums(group, part);
                for (int k = 0; k < shape.Length(part); k++) sizes[group * inputs + (shape.First(part) + k) / taps] += sums[k * (shape.Length(part) + 1)];
            }
        return sizes;
    }

    /// <summary>For each channel the variance of its scaled weights, and what noise of 1 of them does to the outputs.</summary>
    private static (double[] Variances, double[] Costs) Channels(float[] weights, WeightScales scales, double[] sizes)
    {
        float[] divided = (float[])weights.Clone();
        scales.Divide(divided);
        int rows = scales.Rows.Length, inputs = scales.Inputs, rowsOfSet = rows / (sizes.Length / inputs), taps = divided.Length / rows / inputs;
        double[] variances = new double[sizes.Length], costs = new double[sizes.Length];
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < inputs; i++)
            {
                int channel = r / rowsOfSet * inputs + i;
                double scale = scales.Columns.Length == 0 ? scales.Rows[r] : scales.Rows[r] * (double)ColumnScales.Of(scales.Columns[channel]);
                costs[channel] += scale * scale * sizes[channel];
                foreach (float w in divided.AsSpan((r * inputs + i) * taps, taps)) variances[channel] += (double)w * w / (rowsOfSet * taps);
            }
        return (variances, costs);
    }

    private static double Bits(double[] variances, double step) => variances.Sum(v => 0.5 * ExactMath.Log2(1 + 12 * v / (step * step)));

    private static double Noise(double[] variances, double[] costs, double step)
    {
        double noise = step * step / 12, sum = 0;
        for (int c = 0; c < variances.Length; c++) sum += costs[c] * noise * variances[c] / (noise + variances[c]);
        return sum;
    }
}
