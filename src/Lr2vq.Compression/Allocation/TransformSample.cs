using System;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Compression.Allocation;

/// <summary>Some rows of a tensor as coefficients: enough to tell bytes and error for any step without coding anything.</summary>
internal sealed class TransformSample
{
    private const int WantedWeights = 1 << 16;
    private const int FewestRows = 8;

    private readonly float[][] _coefficients;   // by context
    private readonly long _weights;
    private readonly int _sideBytes;

    private readonly bool _trellis;

    private TransformSample(float[][] coefficients, long weights, int sideBytes, bool trellis, TransformCoding.Form form, double energy)
    {
        _trellis = trellis;
        _coefficients = coefficients;
        _weights = weights;
        _sideBytes = sideBytes;
        Form = form;
        Energy = energy;
    }

    /// <summary>Contexts and basis; the encoder uses the same.</summary>
    public TransformCoding.Form Form { get; }

    /// <summary>Σw² of the tensor.</summary>
    public double Energy { get; }

    /// <param name="step">A guess of the step.</param>
    public static TransformSample Take(WeightSource source, double step, TensorSpec spec, CancellationToken cancellation)
    {
        PanelOrder order = PanelOrder.Of(source.Identity.Canonical);
        float[] weights = new float[source.Length];
        source.ReadCanonical(weights);
        double energy = RowNormalization.Energy(weights);
        WeightScales scales = WeightScales.Of(weights, source.Identity, spec, cancellation);
        scales.Divide(weights);
        TransformCoding.Form form = TransformCoding.Choose(weights, order, step, spec, source.Common);
        int columns = (int)order.Columns, rows = Math.Min(order.Rows, Math.Max(FewestRows, WantedWeights / columns));
        float[][] coefficients = new float[form.Contexts][];
        int perContext = rows * columns / form.Contexts;
        for (int c = 0; c < form.Contexts; c++) coefficients[c] = new float[perContext];
        int[] next = new int[form.Contexts];
        for (int r = 0; r < rows; r++)
        {
            Span<float> row = weights.AsSpan((int)((long)r * order.Rows / rows) * columns, columns);
            TransformCoding.Rotate(row, form, order.Taps);
            for (int j = 0; j < columns; j++)
            {
                int context = form.Contexts == 1 ? 0 : j % order.Taps;
                coefficients[context][next[context]++] = row[j];
            }
        }
        int side = 40 + RowScales.LengthOf(scales.Rows) + (scales.Columns.Length == 0 ? 0 : ColumnScales.Pack(scales.Columns).Length) + form.BasisBytes;
        return new TransformSample(coefficients, source.Length, side, spec.Trellis, form, energy);
    }

    /// <summary>Estimated bytes of the payload, and Σ(w − ŵ)², for a step.</summary>
    public (double Bytes, double Error) At(double step)
    {
        float inverse = (float)(1 / step);
        double bits = 0, error = 0, energy = 0, tables = 0, scaleUp = (double)_weights / ((double)_coefficients.Length * _coefficients[0].Length);
        var counts = new LevelHistogram();
        foreach (float[] values in _coefficients)
        {
            counts.Clear();
            foreach (float y in values)
            {
                int level = Math.Clamp(TransformCoding.LevelOf(y, inverse), -40000, 40000);
                counts.Add(level);
                double difference = y - level * step;
                error += difference * difference;
                energy += (double)y * y;
            }
            bits += counts.EntropyBits();
            // A table of frequencies or its description by two numbers, which fits the levels a little less well.
            tables += Math.Min(1.1 * (counts.High - counts.Low + 1), 4 + 0.002 * values.Length * scaleUp);
        }
        if (_trellis) bits -= TrellisCoding.Gain(bits * scaleUp / _weights) * _weights / scaleUp;
        return (bits * scaleUp / 8 + tables + _sideBytes, energy == 0 ? 0 : Energy * error / energy);
    }
}
