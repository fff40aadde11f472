using System;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using Lr2vq.Plans;

namespace Lr2vq.Compression.Metrics;

/// <summary>Σ(w − ŵ)² ÷ Σw² of the weights that read one input channel: what a channel with large inputs and small weights feels, where the error of the
/// tensor shows nothing.</summary>
internal sealed class ColumnErrors
{
    private readonly int _inputs, _taps, _rowsOfSet;
    private readonly double[] _errors, _energies;

    private ColumnErrors(CanonicalShape shape, int sets)
    {
        _inputs = shape.Inputs;
        _taps = shape.KernelHeight * shape.KernelWidth;
        _rowsOfSet = shape.Rows / sets;
        _errors = new double[(long)sets * _inputs];
        _energies = new double[_errors.Length];
    }

    /// <summary>Null for values that are no matrix of rows and columns.</summary>
    public static ColumnErrors? Of(TensorIdentity identity) =>
        identity.Role is WeightRole.Constant or WeightRole.Bias ? null : new ColumnErrors(identity.Canonical, WeightScales.SetsOf(identity));

    /// <summary>Adds some rows.</summary>
    /// <param name="first">Number of the first.</param>
    public void Add(int first, ReadOnlySpan<float> original, ReadOnlySpan<float> decoded)
    {
        int length = _inputs * _taps;
        for (int at = 0; at < original.Length; first++)
        {
            int column = first / _rowsOfSet * _inputs;
            for (int i = 0; i < _inputs; i++, column++)
            {
                double error = 0, energy = 0;
                for (int end = at + _taps; at < end; at++)
                {
                    double difference = original[at] == decoded[at] ? 0 : (double)original[at] - decoded[at];
                    error += difference * difference;
                    energy += (double)original[at] * original[at];
                }
                _errors[column] += error;
                _energies[column] += energy;
            }
        }
    }

    /// <summary>The largest relative error of a channel; dead channels, whose energy is below 2^−40 of the median, do not count.</summary>
    public double Worst()
    {
        double worst = 0;
        double[] sorted = new double[_inputs];
        for (int set = 0; set < _errors.Length; set += _inputs)
        {
            Array.Copy(_energies, set, sorted, 0, _inputs);
            Array.Sort(sorted);
            double least = sorted[_inputs / 2] * Math.Pow(2, -WeightScales.Dead);
            for (int i = set; i < set + _inputs; i++)
                if (_energies[i] > 0 && _energies[i] >= least) worst = Math.Max(worst, _errors[i] / _energies[i]);
        }
        return worst;
    }
}
