using System;
using System.Linq;
using Lr2vq.Data;

namespace Lr2vq.Tool.Work;

/// <summary>How far an output of one network is from that of another, over all samples.</summary>
internal sealed class OutputDifference(string name)
{
    private double _squares, _energy;
    private long _rows, _agreeing;
    private bool _hasClasses;

    public string Name => name;

    /// <summary>Shape of the first sample.</summary>
    public int[] Shape { get; private set; } = [];

    /// <summary>max |a − b|.</summary>
    public double Largest { get; private set; }

    /// <summary>Σ(a − b)² / Σa².</summary>
    public double RelativeError => _squares == 0 ? 0 : _squares / _energy;

    /// <summary>√ of <see cref="RelativeError"/>: ‖a − b‖ ÷ ‖a‖.</summary>
    public double RelativeL2 => Math.Sqrt(RelativeError);

    /// <summary>The share of rows whose largest value is of the same class; null where there are no classes.</summary>
    public double? Agreement => _hasClasses && _rows > 0 ? (double)_agreeing / _rows : null;

    /// <summary>Rows of classes.</summary>
    public long Rows => _rows;

    /// <summary>Values that are no number, or infinite, in only one of the networks.</summary>
    public long Unlike { get; private set; }

    /// <summary>Adds a sample; both outputs have one shape.</summary>
    public void Add(NpyFile a, NpyFile b)
    {
        if (Shape.Length == 0) Shape = a.Shape;
        double[] left = TensorSummary.ToDoubles(a), right = TensorSummary.ToDoubles(b);
        for (int i = 0; i < left.Length; i++)
        {
            if (left[i].Equals(right[i])) _energy += double.IsFinite(left[i]) ? left[i] * left[i] : 0;
            else if (!double.IsFinite(left[i]) || !double.IsFinite(right[i])) Unlike++;
            else
            {
                double difference = left[i] - right[i];
                Largest = Math.Max(Largest, Math.Abs(difference));
                _squares += difference * difference;
                _energy += left[i] * left[i];
            }
        }
        if (!LargestClasses.HasClasses(a)) return;
        _hasClasses = true;
        int classes = a.Shape[^1];
        for (int first = 0; first < left.Length; first += classes)
        {
            _rows++;
            if (Best(left.AsSpan(first, classes)) == Best(right.AsSpan(first, classes))) _agreeing++;
        }
    }

    private static int Best(ReadOnlySpan<double> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
            if (values[i] > values[best]) best = i;
        return best;
    }
}
