using System;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>√(Σ(a − b)² ÷ Σa²) of one output over all inputs.</summary>
/// <param name="leastSize">Root mean square of a that counts at least.</param>
internal sealed class OutputChange(double leastSize = 0)
{
    private double _squares, _energy;
    private long _values;

    public double RelativeL2 => _squares == 0 ? 0 : Math.Sqrt(_squares / Math.Max(_energy, _values * leastSize * leastSize));

    public void Add(HostTensor original, HostTensor compressed)
    {
        double[] a = original.ToDoubles(), b = compressed.ToDoubles();
        if (a.Length != b.Length) throw new InvalidOperationException($"an output has the shape [{string.Join(',', original.Shape)}], compressed [{string.Join(',', compressed.Shape)}]");
        _values += a.Length;
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i].Equals(b[i])) _energy += double.IsFinite(a[i]) ? a[i] * a[i] : 0;
            else
            {
                // What is no number, or infinite, in only one of them is a total loss.
                _squares += double.IsFinite(a[i] - b[i]) ? (a[i] - b[i]) * (a[i] - b[i]) : double.PositiveInfinity;
                _energy += double.IsFinite(a[i]) ? a[i] * a[i] : 0;
            }
        }
    }
}
