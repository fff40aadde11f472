using System.Collections.Generic;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>Plain weights; a file holds them as <paramref name="spec"/> says.</summary>
internal sealed class DenseWeight(TensorIdentity identity, float[] canonical, float[]? gain, TensorSpec spec) : TrainableWeight(identity)
{
    private readonly Parameter _values = new(TensorValues.Of(Divided(canonical, identity, gain), identity.Canonical.Rows, canonical.Length / System.Math.Max(1, identity.Canonical.Rows)));

    public override IEnumerable<(string Name, Parameter Parameter)> Parameters => [("weight", _values)];

    public override Tensor Rebuild() => _values;

    public override EncodedTensor Export(float[]? gain)
    {
        float[] values = TensorValues.Floats(_values);
        if (gain is not null)
            for (int i = 0; i < values.Length; i++) values[i] *= gain[i / Columns];
        return TensorEncoder.Encode(new ArrayWeight(Identity, values), spec, spec.Step ?? 0, null, null, 0, CancellationToken.None).Tensor;
    }

    /// <summary>Folded rows ÷ their gain.</summary>
    internal static float[] Divided(float[] canonical, TensorIdentity identity, float[]? gain)
    {
        if (gain is null) return canonical;
        int columns = canonical.Length / identity.Canonical.Rows;
        float[] values = new float[canonical.Length];
        for (int i = 0; i < values.Length; i++) values[i] = canonical[i] / gain[i / columns];
        return values;
    }
}
