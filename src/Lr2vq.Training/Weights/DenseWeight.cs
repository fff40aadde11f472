using System;
using System.Collections.Generic;
using Lr2vq.Codecs;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>Weights one by one, rounded to what the file holds of each; gradients pass.</summary>
/// <param name="canonical">Folded weights in canonical order.</param>
/// <param name="gain">|gain| of each row that is folded into them; null if no BatchNormalization follows.</param>
/// <param name="encoding">What a file holds; planes where they are shorter than fp32.</param>
internal sealed class DenseWeight(TensorIdentity identity, float[] canonical, float[]? gain, DenseEncoding encoding) : TrainableWeight(identity)
{
    private readonly Parameter _values = new(TensorValues.Of(Divided(canonical, identity, gain), identity.Canonical.Rows, canonical.Length / Math.Max(1, identity.Canonical.Rows)));

    public override IEnumerable<(string Name, Parameter Parameter)> Parameters => [("weight", _values)];

    public override Tensor Rebuild() => StraightDense(_values, encoding, Gain?.Invoke());

    public override EncodedTensor Export(float[]? gain)
    {
        float[] values = TensorValues.Floats(_values);
        if (gain is not null)
            for (int i = 0; i < values.Length; i++) values[i] *= gain[i / Columns];
        EncodedTensor packed = DenseTensor.Pack(Identity, values, encoding);
        if (encoding != DenseEncoding.Planes) return packed;
        EncodedTensor plain = DenseTensor.Pack(Identity, values, DenseEncoding.Fp32);
        return TensorLengths.Of(packed).Payload < TensorLengths.Of(plain).Payload ? packed : plain;
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
