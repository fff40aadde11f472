using System;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>Trellis-coded levels of a whole tensor: frequencies estimated in turns with paths over some columns, then the paths of all.</summary>
internal static class TrellisCoding
{
    /// <summary>Weights from which on a trellis takes fewer bytes than uniform levels whatever they are.</summary>
    public const long AlwaysWorth = 1 << 15;

    /// <summary>Squared steps that a bit is worth: nearly the best at every rate, from one bit a weight to six.</summary>
    public const float Lambda = 0.3f;

    // Multiples of the step beyond which nearly all levels would be escapes.
    private const int LargestValue = 2000;

    // Rows with outliers take a coarser step, up to this factor, where the tensor's multiples then fit a byte.
    private const float MostWidened = 1.8f;

    private const int FewestRows = 8, Turns = 3, SampledWeights = 1 << 15, ColumnsAtOnce = PanelOrder.Lanes;

    /// <summary>Step of a trellis with the error of uniform levels of step <paramref name="uniform"/>.</summary>
    public static double StepFor(double uniform) => uniform * (0.565 + 0.06 * Math.Min(uniform, 1.2));

    /// <summary>Bits that a weight takes less than the <paramref name="bits"/> of uniform levels with the same error, of normal weights.</summary>
    public static double Gain(double bits) => 0.175 * (1 - ExactMath.Exp2(-0.96 * bits));

    /// <summary>True if a trellis can serve.</summary>
    /// <param name="step">Of uniform levels.</param>
    public static bool Serves(ReadOnlySpan<float> coefficients, PanelOrder order, double step) =>
        order.Rows >= FewestRows && TransformCoding.Largest(coefficients) / StepFor(step) < LargestValue;

    /// <summary>Finds paths for coefficients [row, input, coefficient] and packs their levels. Rows may be scaled in place.</summary>
    /// <param name="step">Of uniform levels with the same error.</param>
    public static TransformCoding.Coded Encode(TensorIdentity identity, Span<float> coefficients, WeightScales scales, TransformCoding.Form form, double step, CancellationToken cancellation = default)
    {
        PanelOrder order = PanelOrder.Of(identity.Canonical);
        float own = (float)StepFor(step);
        scales = Widened(coefficients, scales, (TrellisCoder.LargestOfByte * 2 - 1) * own);
        Result found = Quantize(coefficients, order, form.Contexts, own, Lambda, cancellation);
        return new TransformCoding.Coded(Pack(identity, form, scales.Rows, scales.Columns, own, found.Values, found.Counts, cancellation), found.Error);
    }

    /// <summary>Packs levels that are found.</summary>
    /// <param name="values">Multiples of the step, in memory order.</param>
    /// <param name="counts">How often each level occurs, by context and quantizer.</param>
    public static EncodedTensor Pack(TensorIdentity identity, TransformCoding.Form form, float[] rows, int[] columns, float step, short[] values, LevelHistogram[] counts,
        CancellationToken cancellation = default)
    {
        int highest = 0;
        foreach (short value in values) highest = Math.Max(highest, Math.Abs((int)value));
        (short[] basis, int bits) = TransformCoding.Fixed(form, PanelOrder.Of(identity.Canonical).Taps, highest, shifted: false);
        return TransformTensor.Pack(identity, new TransformFactors
        {
            RowScales = rows,
            Columns = columns,
            Step = step,
            Basis = basis,
            BasisBits = bits,
            IsTrellis = true,
            Levels = values,
            // The cheapest frequencies of each context and quantizer.
            Models = Array.ConvertAll(counts, histogram => LevelModels.Fit(histogram, highest > 2 * TrellisCoder.LargestOfByte ? TrellisCoder.LargestCoded : TrellisCoder.LargestOfByte).Model),
        }, cancellation);
    }

    /// <summary>What levels cost, by context, estimated from coefficients; those that feedback moves reach further.</summary>
    public static TrellisCosts[] Costs(ReadOnlySpan<float> coefficients, PanelOrder order, int contexts, float step, CancellationToken cancellation) =>
        Estimate(coefficients, order, contexts, step, Lambda, 2 * (int)(TransformCoding.Largest(coefficients) / step) + 32, new TrellisQuantizer(order.Rows), cancellation);

    /// <summary>How often each level occurs in multiples of the step, by context and quantizer.</summary>
    public static LevelHistogram[] Count(short[] values, PanelOrder order, int contexts, CancellationToken cancellation)
    {
        (short[] levels, byte[] quantizers) = TrellisCoder.LevelsOf(values, order, cancellation);
        return Count(levels, quantizers, order, contexts, cancellation);
    }

    /// <summary>What <see cref="Quantize"/> found.</summary>
    /// <param name="Values">Multiples of the step, in memory order.</param>
    /// <param name="Counts">Levels of context c: 2c in even states, 2c + 1 in odd ones.</param>
    /// <param name="Error">Σ(coefficient − decoded)².</param>
    internal sealed record Result(short[] Values, LevelHistogram[] Counts, double Error);

    /// <param name="coefficients">[row, input, coefficient].</param>
    /// <param name="contexts">1 or taps.</param>
    public static Result Quantize(ReadOnlySpan<float> coefficients, PanelOrder order, int contexts, float step, float lambda, CancellationToken cancellation = default)
    {
        int reach = (int)(TransformCoding.Largest(coefficients) / step) + 12;
        var quantizer = new TrellisQuantizer(order.Rows);
        float[] columns = new float[ColumnsAtOnce * order.Rows];
        TrellisCosts[] costs = Estimate(coefficients, order, contexts, step, lambda, reach, quantizer, cancellation);
        short[] values = new short[order.StoredLength], column = new short[order.Rows];
        double error = 0;
        for (long first = 0; first < order.Columns; first += ColumnsAtOnce)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = (int)Math.Min(ColumnsAtOnce, order.Columns - first);
            Take(coefficients, order, first, count, columns);
            for (int c = 0; c < count; c++)
            {
                (int input, int tap) = ((int)((first + c) / order.Taps), (int)((first + c) % order.Taps));
                int context = contexts == 1 ? 0 : tap;
                ReadOnlySpan<float> targets = columns.AsSpan(c * order.Rows, order.Rows);
                quantizer.Quantize(targets, step, costs[context], lambda, [], column, []);
                for (int row = 0; row < order.Rows; row++) values[order.IndexOf(row, input, tap)] = column[row];
                error += Error(targets, column, step);
            }
        }
        (short[] levels, byte[] quantizers) = TrellisCoder.LevelsOf(values, order, cancellation);
        return new Result(values, Count(levels, quantizers, order, contexts, cancellation), error);
    }

    /// <summary>How often each level occurs, by context and quantizer.</summary>
    private static LevelHistogram[] Count(short[] levels, byte[] quantizers, PanelOrder order, int contexts, CancellationToken cancellation)
    {
        LevelHistogram[] counts = Histograms(2 * contexts);
        int at = 0;
        TrellisCoder.ForEachRun(order, (block, first, tap, rows, inputs) =>
        {
            int context = contexts == 1 ? 0 : 2 * tap;
            for (int end = at + rows * inputs; at < end; at++) counts[context + quantizers[at]].Add(levels[at]);
        }, cancellation);
        return counts;
    }

    /// <summary>Costs of each context from paths over some of its columns.</summary>
    private static TrellisCosts[] Estimate(ReadOnlySpan<float> coefficients, PanelOrder order, int contexts, float step, float lambda, int reach,
        TrellisQuantizer quantizer, CancellationToken cancellation)
    {
        long own = order.Columns / contexts;
        int taken = (int)Math.Clamp(SampledWeights / order.Rows, 1, own);
        float[] sample = new float[taken * order.Rows];
        short[] values = new short[order.Rows];
        var costs = new TrellisCosts[contexts];
        for (int context = 0; context < contexts; context++)
        {
            for (int c = 0; c < taken; c++)
            {
                long column = c * own / taken * contexts + context;
                for (int row = 0; row < order.Rows; row++) sample[c * order.Rows + row] = coefficients[(int)(row * order.Columns + column)];
            }
            for (int n = 0; n < sample.Length; n++) sample[n] /= step;
            LevelHistogram[] counts = TrellisCosts.Guess(sample);
            for (int turn = 0; turn < Turns; turn++)
            {
                cancellation.ThrowIfCancellationRequested();
                costs[context] = new TrellisCosts(counts, reach, 0);
                counts = Histograms(2);
                for (int c = 0; c < taken; c++)
                {
                    quantizer.Quantize(sample.AsSpan(c * order.Rows, order.Rows), 1f, costs[context], lambda, [], values, []);
                    int state = 0;
                    foreach (short value in values)
                    {
                        int level = TrellisMachine.LevelOf(value, state & 1);
                        counts[state & 1].Add(level);
                        state = TrellisMachine.Next[2 * state + (level & 1)];
                    }
                }
            }
            costs[context] = new TrellisCosts(counts, reach, 0);
        }
        return costs;
    }

    private static void Take(ReadOnlySpan<float> coefficients, PanelOrder order, long first, int count, float[] columns)
    {
        for (int row = 0; row < order.Rows; row++)
        {
            ReadOnlySpan<float> from = coefficients.Slice((int)(row * order.Columns + first), count);
            for (int c = 0; c < count; c++) columns[c * order.Rows + row] = from[c];
        }
    }

    /// <summary>Makes rows coarser whose largest coefficient is beyond <paramref name="limit"/>, if that is enough for all and few have to be.</summary>
    private static WeightScales Widened(Span<float> coefficients, WeightScales scales, float limit)
    {
        int rows = scales.Rows.Length, columns = coefficients.Length / rows, widened = 0;
        float[] wanted = (float[])scales.Rows.Clone();
        for (int row = 0; row < rows; row++)
        {
            float factor = TransformCoding.Largest(coefficients.Slice(row * columns, columns)) / limit;
            if (factor > MostWidened) return scales;
            if (factor <= 1) continue;
            // Half a step of the grid more, so that rounding does not take back what is needed.
            wanted[row] = RowScales.Snap(wanted[row] * factor * 1.011f, RowScales.Finest);
            widened++;
        }
        if (widened == 0 || widened > rows / 4) return scales;
        for (int row = 0; row < rows; row++)
        {
            if (wanted[row] == scales.Rows[row] || wanted[row] == 0f) continue;
            float factor = scales.Rows[row] / wanted[row];
            foreach (ref float y in coefficients.Slice(row * columns, columns)) y *= factor;
        }
        return scales with { Rows = wanted };
    }

    private static double Error(ReadOnlySpan<float> targets, short[] values, float step)
    {
        double sum = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            double difference = targets[row] - (double)step * values[row];
            sum += difference * difference;
        }
        return sum;
    }

    private static LevelHistogram[] Histograms(int count)
    {
        var histograms = new LevelHistogram[count];
        for (int i = 0; i < count; i++) histograms[i] = new LevelHistogram();
        return histograms;
    }
}
