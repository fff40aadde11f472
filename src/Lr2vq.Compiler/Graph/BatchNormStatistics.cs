using System;

namespace Lr2vq.Graphs;

/// <summary>Scale γ, shift β, mean μ and variance σ² of a BatchNormalization: y = (x − μ)·γ/√(σ² + ε) + β for each channel.</summary>
internal sealed record BatchNormStatistics(ConstantTensor Scale, ConstantTensor Shift, ConstantTensor Mean, ConstantTensor Variance, float Epsilon)
{
    /// <summary>The bias of the product in front; null if it has none.</summary>
    public ConstantTensor? Bias { get; init; }

    /// <summary>γ/√(σ² + ε).</summary>
    public double[] Gain()
    {
        float[] scale = Scale.ToFloats(), variance = Variance.ToFloats();
        var gain = new double[scale.Length];
        for (int i = 0; i < gain.Length; i++) gain[i] = scale[i] / Math.Sqrt((double)variance[i] + Epsilon);
        return gain;
    }

    /// <summary>(b − μ)·gain + β, where b is the bias in front (null for none).</summary>
    public float[] Offset(float[]? bias)
    {
        double[] gain = Gain();
        float[] shift = Shift.ToFloats(), mean = Mean.ToFloats(), offset = new float[gain.Length];
        for (int i = 0; i < offset.Length; i++) offset[i] = (float)(((bias is null ? 0.0 : bias[i]) - mean[i]) * gain[i] + shift[i]);
        return offset;
    }
}
