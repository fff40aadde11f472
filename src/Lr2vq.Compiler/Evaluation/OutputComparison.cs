using System;
using System.Runtime.InteropServices;
using Lr2vq.Artifacts;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Data;
using Lr2vq.Plans;

namespace Lr2vq.Evaluation;

/// <summary>Collects, sample by sample, how far an output is from the original's.</summary>
/// <remarks>Values that are not finite in the original (masks hold −∞) are left out; one that is finite there only counts as a change of 100 %. Sums are
/// in double and in order.</remarks>
internal sealed class OutputComparison(string name, OutputKind kind)
{
    /// <summary>Probabilities nearer to 0 or 1 than this are as good as those.</summary>
    private const double Saturated = 1e-6;
    /// <summary>Logits may change by more than values, which is seen against their own variation: 8 % instead of 3 %.</summary>
    private const double LogitWeight = 3.0 / 8;
    private const int ManyPlaces = 16;
    private const double LogTwo = 0.6931471805599453;
    /// <summary>Values whose logarithms are taken at once.</summary>
    private const int Block = 256;
    private double _sum, _worst, _logitSum, _largest, _divergence;
    private int _samples, _logitSamples;
    private long _rows, _agreeing;
    private bool _hasRows;

    /// <summary>Adds a sample.</summary>
    /// <param name="original">The original's output.</param>
    /// <param name="changed">The other's, of the same shape.</param>
    /// <param name="usual">Root mean square of the original's output over all samples: smaller outputs are compared with a part of it.</param>
    /// <param name="moved">The share of the choices behind the output that fell otherwise.</param>
    public void Add(NpyFile original, NpyFile changed, double usual, double moved = 0)
    {
        if (original.Bytes.Length == 0) return;
        if (kind == OutputKind.Discrete)
        {
            int size = ElementTypes.ByteLength(original.Type);
            _hasRows = true;
            for (int i = 0; i < original.Bytes.Length; i += size, _rows++)
                if (original.Bytes.AsSpan(i, size).SequenceEqual(changed.Bytes.AsSpan(i, size))) _agreeing++;
            return;
        }
        float[] a = ToFloats(original), b = ToFloats(changed);
        // Each choice may be the one that carries the output, and for other inputs it is.
        double change = Math.Max(Change(a, b, 0.3 * usual, out double largest), 0.5 * Math.Sqrt(moved));
        _sum += change;
        _worst = Math.Max(_worst, change);
        _largest = Math.Max(_largest, largest);
        _samples++;
        int classes = ClassesOf(original.Shape);
        if (kind is OutputKind.Sigmoid or OutputKind.Softmax)
        {
            float[] logits = Logits(a, classes);
            double deviation = Deviation(logits, kind == OutputKind.Softmax ? classes : 1), distance = Distance(logits, Logits(b, classes));
            _logitSum += distance == 0 ? 0 : deviation == 0 ? 1 : distance / deviation;
            _logitSamples++;
        }
        if (HasRows(original.Shape)) AddRows(a, b, classes);
    }

    /// <summary>True if an output of that shape holds rows of classes: [classes], [rows, classes], perhaps with lengths of one behind.</summary>
    public static bool HasRows(ReadOnlySpan<int> shape) => shape.TrimEnd(1) is [> 1] or [_, > 1];

    private static int ClassesOf(ReadOnlySpan<int> shape) => shape.TrimEnd(1) is [.., var last] ? last : 1;

    /// <summary>What is reported.</summary>
    public OutputChange Result => new(name)
    {
        Mean = _samples == 0 ? double.NaN : _sum / _samples,
        Worst = _worst,
        Largest = _largest,
        Divergence = _hasRows && kind != OutputKind.Discrete ? _divergence / _rows : null,
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
        foreach (float value in ToFloats(output))
            if (float.IsFinite(value)) (energy, count) = (energy + (double)value * value, count + 1);
        return count == 0 ? 0 : Math.Sqrt(energy / count);
    }

    /// <summary>True if something in an output of floats can be compared.</summary>
    public static bool IsFinite(NpyFile output) => Size(output) is > 0 and < double.PositiveInfinity;

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
    public static double Distance(NpyFile a, NpyFile b) => Distance(ToFloats(a), ToFloats(b));

    private static double Distance(float[] a, float[] b)
    {
        double squares = 0;
        for (int i = 0; i < a.Length; i++) squares += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        return Math.Sqrt(squares / Math.Max(1, a.Length));
    }

    /// <summary>How far logits are from their mean: of each class over all places, where there are many (most find nothing and say so firmly), else over
    /// all.</summary>
    private static double Deviation(float[] logits, int classes)
    {
        int places = logits.Length / classes;
        double squares = 0;
        for (int c = 0; c < classes; c++)
        {
            double mean = 0;
            if (places >= ManyPlaces)
            {
                for (int i = c; i < logits.Length; i += classes) mean += logits[i];
                mean /= places;
            }
            for (int i = c; i < logits.Length; i += classes) squares += (logits[i] - mean) * (logits[i] - mean);
        }
        return Math.Sqrt(squares / Math.Max(1, logits.Length));
    }

    private float[] Logits(float[] values, int classes)
    {
        float[] logits = new float[values.Length];
        Span<double> logs = stackalloc double[Block], others = stackalloc double[Block];
        for (int first = 0; first < values.Length; first += Block)
        {
            ReadOnlySpan<float> some = values.AsSpan(first, Math.Min(Block, values.Length - first));
            logs = logs[..some.Length];
            for (int i = 0; i < some.Length; i++)
            {
                double p = Math.Clamp(some[i], Saturated, 1 - Saturated);
                logs[i] = double.IsNaN(p) ? 0.5 : p;
            }
            if (kind == OutputKind.Sigmoid)
            {
                others = others[..some.Length];
                for (int i = 0; i < some.Length; i++) others[i] = 1 - logs[i];
                ExactMath.Log2(others);
            }
            ExactMath.Log2(logs);
            for (int i = 0; i < some.Length; i++) logits[first + i] = (float)(LogTwo * (kind == OutputKind.Sigmoid ? logs[i] - others[i] : logs[i]));
        }
        if (kind != OutputKind.Softmax) return logits;
        // A softmax hides what is added to a whole row.
        for (int row = 0; row + classes <= logits.Length; row += classes)
        {
            double mean = 0;
            for (int i = 0; i < classes; i++) mean += logits[row + i];
            mean /= classes;
            for (int i = 0; i < classes; i++) logits[row + i] = (float)(logits[row + i] - mean);
        }
        return logits;
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

    private static float[] ToFloats(NpyFile file)
    {
        switch (file.Type)
        {
            case ElementType.Float32: return MemoryMarshal.Cast<byte, float>(file.Bytes).ToArray();
            case ElementType.Float16: return Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(file.Bytes).ToArray(), h => (float)h);
            case ElementType.Float64: return Array.ConvertAll(MemoryMarshal.Cast<byte, double>(file.Bytes).ToArray(), d => (float)d);
            default: return Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(file.Bytes).ToArray(), u => BitConverter.UInt32BitsToSingle((uint)u << 16));
        }
    }
}
