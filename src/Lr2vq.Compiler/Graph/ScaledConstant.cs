using System;
using System.Runtime.InteropServices;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>A weight with each output channel multiplied by a gain (BatchNormalization folded into it), as it is read.</summary>
/// <remarks>Both are read lazily: planning a network touches neither. The gain is computed in double precision.</remarks>
internal sealed class ScaledConstant : ConstantTensor
{
    private readonly Lazy<double[]> _gain;
    private readonly int _channels, _groupLength;
    private readonly long _inner;

    /// <param name="source">The weight, f32.</param>
    /// <param name="role">How <paramref name="source"/> is laid out.</param>
    /// <param name="groups">Groups of the convolution.</param>
    /// <param name="gain">One number for each output channel.</param>
    public ScaledConstant(ConstantTensor source, WeightRole role, int groups, Func<double[]> gain) : base(source.Type, source.Shape, source)
    {
        (Source, _gain) = (source, new Lazy<double[]>(gain));
        int axis = role switch { WeightRole.ConvTranspose => 1, WeightRole.MatMul => source.Shape.Length - 1, _ => 0 };
        _channels = source.Shape[axis];
        _inner = 1;
        for (int i = axis + 1; i < source.Shape.Length; i++) _inner *= source.Shape[i];
        // Rows of ConvTranspose [I, O/g, …] that belong to one group, one after the other.
        _groupLength = role == WeightRole.ConvTranspose ? Math.Max(1, source.Shape[0] / groups) : int.MaxValue;
    }

    /// <summary>The weight without the gain.</summary>
    public ConstantTensor Source { get; }

    public override void ReadRaw(Span<byte> destination, long first = 0)
    {
        Source.ReadRaw(destination, first);
        Span<float> values = MemoryMarshal.Cast<byte, float>(destination);
        double[] gain = _gain.Value;
        for (int i = 0; i < values.Length;)
        {
            long at = first + i, row = at / _inner;
            int channel = (int)(row % _channels), group = (int)(row / _channels / _groupLength);
            double factor = gain[group * _channels + channel];
            int run = (int)Math.Min(values.Length - i, _inner - at % _inner);
            for (int end = i + run; i < end; i++) values[i] = (float)(values[i] * factor);
        }
    }
}
