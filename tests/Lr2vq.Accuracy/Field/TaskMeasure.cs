using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>What counts for a network's task, over all inputs.</summary>
internal abstract class TaskMeasure(string name)
{
    public string Name => name;

    /// <summary>What the original reaches, where that is not 1 or infinite by definition.</summary>
    public virtual double? Original => null;

    public abstract double Value { get; }

    /// <summary>A call: outputs of the original and of the compressed network.</summary>
    public abstract void Add(HostTensor[] original, HostTensor[] compressed);
}

/// <summary>Share of the rows whose largest value has the same place.</summary>
internal sealed class Agreement(int output = 0) : TaskMeasure("agreement")
{
    private int _same, _rows;

    public override double Value => (double)_same / _rows;

    public override void Add(HostTensor[] original, HostTensor[] compressed)
    {
        double[] a = original[output].ToDoubles(), b = compressed[output].ToDoubles();
        // Rows of classes; what is 1 × classes × 1 × 1 is one row.
        int classes = original[output].Shape.LastOrDefault(extent => extent > 1, 1);
        for (int start = 0; start < a.Length; start += classes, _rows++)
            if (Best(a, start, classes) == Best(b, start, classes)) _same++;
    }

    private static int Best(double[] values, int start, int classes)
    {
        int best = 0;
        for (int c = 1; c < classes; c++)
            if (values[start + c] > values[start + best]) best = c;
        return best;
    }
}

/// <summary>Peak signal ÷ noise in dB, mean of the pictures; values from 0 to 1.</summary>
internal sealed class PeakSignal(int output = 0) : TaskMeasure("PSNR dB")
{
    private readonly List<double> _pictures = [];

    public override double Value => _pictures.Average();

    public override void Add(HostTensor[] original, HostTensor[] compressed)
    {
        double sum = original[output].ToDoubles().Zip(compressed[output].ToDoubles(), (a, b) => (a - b) * (a - b)).Sum();
        _pictures.Add(-10 * Math.Log10(Math.Max(1e-20, sum / original[output].Length)));
    }
}

/// <summary>Signal ÷ noise in dB over all inputs.</summary>
internal sealed class SignalToNoise(int output = 0) : TaskMeasure("SNR dB")
{
    private double _signal, _noise;

    public override double Value => 10 * Math.Log10(_signal / Math.Max(1e-20 * _signal, _noise));

    public override void Add(HostTensor[] original, HostTensor[] compressed)
    {
        double[] a = original[output].ToDoubles(), b = compressed[output].ToDoubles();
        for (int i = 0; i < a.Length; i++)
        {
            _signal += a[i] * a[i];
            _noise += (a[i] - b[i]) * (a[i] - b[i]);
        }
    }
}

/// <summary>Share of values that are on the same side of a threshold.</summary>
internal sealed class SameDecisions(double threshold, int output = 0) : TaskMeasure("same decisions")
{
    private long _same, _all;

    public override double Value => (double)_same / _all;

    public override void Add(HostTensor[] original, HostTensor[] compressed)
    {
        double[] a = original[output].ToDoubles(), b = compressed[output].ToDoubles();
        _same += a.Zip(b).Count(pair => pair.First > threshold == pair.Second > threshold);
        _all += a.Length;
    }
}

/// <summary>Intersection ÷ union of what is above a threshold, mean of the inputs where that is enough in the original.</summary>
/// <param name="share">Least share of the values that must be above.</param>
internal sealed class MaskOverlap(double threshold, double share, int output = 0) : TaskMeasure("overlap")
{
    private readonly List<double> _inputs = [];

    public override double Value => _inputs.Count == 0 ? 1 : _inputs.Average();

    public override void Add(HostTensor[] original, HostTensor[] compressed)
    {
        double[] a = original[output].ToDoubles(), b = compressed[output].ToDoubles();
        int both = 0, either = 0, first = 0;
        for (int i = 0; i < a.Length; i++)
        {
            bool inA = a[i] > threshold, inB = b[i] > threshold;
            if (inA) first++;
            if (inA && inB) both++;
            if (inA || inB) either++;
        }
        if (first > 0 && first >= share * a.Length) _inputs.Add((double)both / either);
    }
}

/// <summary>Largest distance of an answer from the original's ÷ the size of the picture, mean of the inputs.</summary>
internal sealed class PointDistance(double size, int dimensions, int output = 0) : TaskMeasure("mean distance ÷ size")
{
    private double _sum;
    private long _points;

    public override double Value => _sum / _points;

    public override void Add(HostTensor[] original, HostTensor[] compressed)
    {
        double[] a = original[output].ToDoubles(), b = compressed[output].ToDoubles();
        for (int i = 0; i + dimensions <= a.Length; i += dimensions, _points++)
            _sum += Math.Sqrt(Enumerable.Range(i, 2).Sum(j => (a[j] - b[j]) * (a[j] - b[j]))) / size;
    }
}

/// <summary>Lines that read as the original reads them.</summary>
internal sealed class SameText() : TaskMeasure("lines read alike")
{
    private int _same, _lines;

    public override double? Original => _lines;

    public override double Value => _same;

    public override void Add(HostTensor[] original, HostTensor[] compressed)
    {
        _lines++;
        if (TextLines.Read(original[0]) == TextLines.Read(compressed[0])) _same++;
    }
}

/// <summary>Largest relative L2 over the inputs of one output.</summary>
internal sealed class LargestChange(int output = 0) : TaskMeasure(Title)
{
    public const string Title = "largest change of a call";

    private double _largest;

    public override double Value => _largest;

    public override void Add(HostTensor[] original, HostTensor[] compressed)
    {
        var change = new OutputChange();
        change.Add(original[output], compressed[output]);
        _largest = Math.Max(_largest, change.RelativeL2);
    }
}
