using System;
using Lr2vq.Artifacts;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Data;
using Lr2vq.Plans;

namespace Lr2vq.Evaluation;

/// <summary>Collects, sample by sample, how far an output is from the original's.</summary>
/// <remarks>Values that are not finite in the original (masks hold −∞) are left out; one that is finite there only counts as a change of 100 %. Sums are
/// in double and in order. Where the data decides how long an output is, how much was found comes first: it is told as agreement. Values are compared where the
/// same was found, since elsewhere they stand for something else; whoever finds something else is judged by what it finds it in.</remarks>
/// <param name="name">The output's name.</param>
/// <param name="kind">What it holds.</param>
/// <param name="isFound">True if the data decides its shape.</param>
internal sealed class OutputComparison(string name, OutputKind kind, bool isFound = false)
{
    /// <summary>Logits may change by more than values, which is seen against their own variation: 8 % instead of 3 %.</summary>
    private const double LogitWeight = 3.0 / 8;
    private const double LogTwo = 0.6931471805599453;
    private double _sum, _worst, _logitSum, _largest, _divergence;
    private int _samples, _logitSamples;
    private long _rows, _agreeing;
    private bool _hasRows;

    /// <summary>Adds a sample.</summary>
    /// <param name="original">The original's output.</param>
    /// <param name="changed">The other's, of the same shape.</param>
    /// <param name="usual">Root mean square of the original's output over all samples: smaller outputs are compared with a part of it.</param>
    /// <param name="moved">The share of the choices behind the output that fell otherwise.</param>
    public void Add(NpyFile original, NpyFile changed, double usual, double moved = 0) => Add(new OutputReference(original, kind), changed, usual, moved);

    /// <summary>As <see cref="Add(NpyFile, NpyFile, double, double)"/>, for an output that is compared with several.</summary>
    public void Add(OutputReference original, NpyFile changed, double usual, double moved = 0)
    {
        NpyFile output = original.Output;
        bool isAsLong = output.Bytes.Length == changed.Bytes.Length;
        if (isFound && kind != OutputKind.Discrete)
        {
            AddFound(output, changed, moved);
            if (!isAsLong || moved > 0) return;
        }
        else if (!isAsLong && kind != OutputKind.Discrete)
        {
            // The network cannot be computed with what was found.
            _sum += 1;
            _worst = _largest = Math.Max(1, _largest);
            _samples++;
            return;
        }
        if (output.Bytes.Length == 0 && isAsLong) return;
        if (kind == OutputKind.Discrete)
        {
            int size = ElementTypes.ByteLength(output.Type);
            _hasRows = true;
            int length = Math.Min(output.Bytes.Length, changed.Bytes.Length);
            _rows += Math.Max(output.Bytes.Length, changed.Bytes.Length) / size;
            for (int i = 0; i < length; i += size)
                if (output.Bytes.AsSpan(i, size).SequenceEqual(changed.Bytes.AsSpan(i, size))) _agreeing++;
            return;
        }
        float[] a = original.Values, b = OutputReference.ToFloats(changed);
        // Each choice may be the one that carries the output, and for other inputs it is.
        double change = Math.Max(Change(a, b, 0.3 * usual, out double largest), 0.5 * Math.Sqrt(moved));
        _sum += change;
        _worst = Math.Max(_worst, change);
        _largest = Math.Max(_largest, largest);
        _samples++;
        if (kind is OutputKind.Sigmoid or OutputKind.Softmax)
        {
            double distance = Distance(original.Logits, original.LogitsOf(b));
            _logitSum += distance == 0 ? 0 : original.Deviation == 0 ? 1 : distance / original.Deviation;
            _logitSamples++;
        }
        if (!isFound && HasRows(output.Shape)) AddRows(a, b, original.Classes);
    }

    /// <summary>True if an output of that shape holds rows of classes: [classes], [rows, classes], perhaps with lengths of one behind.</summary>
    public static bool HasRows(ReadOnlySpan<int> shape) => shape.TrimEnd(1) is [> 1] or [_, > 1];

    /// <summary>What is reported.</summary>
    public OutputChange Result => new(name)
    {
        Mean = _samples == 0 ? double.NaN : _sum / _samples,
        Worst = _worst,
        Largest = _largest,
        Divergence = _hasRows && !isFound && kind != OutputKind.Discrete ? _divergence / _rows : null,
        Agreement = _hasRows ? (double)_agreeing / _rows : null,
    };

    /// <summary>What decides: the mean change, or half of the worst, or that of hidden logits.</summary>
    public double Judged => _samples == 0 ? 0 : Math.Max(Math.Max(_sum / _samples, _worst / 2), _logitSamples == 0 ? 0 : LogitWeight * _logitSum / _logitSamples);

    /// <summary>Root mean square of the finite values.</summary>
    public static double Size(NpyFile output)
    {
        if (!ElementTypes.IsFloat(output.Type)) return 0;
        double energy = 0;
        long count = 0;
        foreach (float value in OutputReference.ToFloats(output))
            if (float.IsFinite(value)) (energy, count) = (energy + (double)value * value, count + 1);
        return count == 0 ? 0 : Math.Sqrt(energy / count);
    }

    /// <summary>True if something in an output of floats can be compared.</summary>
    public static bool IsFinite(NpyFile output) => Size(output) is > 0 and < double.PositiveInfinity;

    /// <summary>Rows as long as what does not depend on how much was found.</summary>
    private void AddFound(NpyFile original, NpyFile changed, double moved)
    {
        long most = Math.Max(original.Bytes.Length, changed.Bytes.Length), least = Math.Min(original.Bytes.Length, changed.Bytes.Length);
        _hasRows = true;
        _rows += most;
        _agreeing += (long)(least * (1 - Math.Min(1, moved)));
        // Nothing found both times is the same.
        if (most == 0) (_rows, _agreeing) = (_rows + 1, _agreeing + 1);
    }

    private static double Change(float[] a, float[] b, double least, out double largest)
    {
        double squares = 0, energy = 0, most = 0;
        long count = 0, lost = 0;
        for (int i = 0; i < a.Length; i++)
        {
            if (!float.IsFinite(a[i])) continue;
            count++;
            energy += (double)a[i] * a[i];
            double difference = (double)a[i] - b[i];
            if (!double.IsFinite(difference)) lost++;
            else
            {
                squares += difference * difference;
                most = Math.Max(most, Math.Abs(difference));
            }
        }
        double size = count == 0 ? 0 : Math.Max(Math.Sqrt(energy / count), least);
        largest = most == 0 ? 0 : size == 0 ? 1 : most / size;
        if (lost > 0) return Math.Max(1, size == 0 ? 1 : Math.Sqrt(squares / count) / size);
        return squares == 0 ? 0 : size == 0 ? 1 : Math.Sqrt(squares / count) / size;
    }

    /// <summary>Root mean square of the difference.</summary>
    public static double Distance(NpyFile a, NpyFile b) => Distance(OutputReference.ToFloats(a), OutputReference.ToFloats(b));

    private static double Distance(float[] a, float[] b)
    {
        double squares = 0;
        for (int i = 0; i < a.Length; i++) squares += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        return Math.Sqrt(squares / Math.Max(1, a.Length));
    }

    private void AddRows(float[] a, float[] b, int classes)
    {
        _hasRows = true;
        double[] p = new double[classes], q = new double[classes];
        for (int row = 0; row + classes <= a.Length; row += classes, _rows++)
        {
            ReadOnlySpan<float> x = a.AsSpan(row, classes), y = b.AsSpan(row, classes);
            if (Best(x) == Best(y)) _agreeing++;
            Distribution(x, p);
            Distribution(y, q);
            double sum = 0;
            for (int i = 0; i < classes; i++)
                if (p[i] > 0) sum += p[i] * LogTwo * (ExactMath.Log2(p[i]) - ExactMath.Log2(Math.Max(q[i], 1e-12)));
            _divergence += Math.Max(0, sum);
        }
    }

    /// <summary>The values if they are a distribution, else their softmax.</summary>
    private static void Distribution(ReadOnlySpan<float> values, double[] p)
    {
        double sum = 0, most = double.NegativeInfinity;
        bool isOne = true;
        foreach (float value in values)
        {
            isOne &= value >= 0;
            sum += value;
            if (value > most) most = value;
        }
        if (isOne && Math.Abs(sum - 1) < 1e-3)
        {
            for (int i = 0; i < p.Length; i++) p[i] = values[i] / sum;
            return;
        }
        double total = 0;
        for (int i = 0; i < p.Length; i++) total += p[i] = float.IsNaN(values[i]) || !double.IsFinite(most) ? 1 : ExactMath.Exp2((values[i] - most) / LogTwo);
        for (int i = 0; i < p.Length; i++) p[i] /= total;
    }

    /// <summary>The place of the largest value.</summary>
    public static int Best(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
            if (values[i] > values[best]) best = i;
        return best;
    }
}
