using System;
using System.Collections.Generic;
using Lr2vq.Graphs;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Networks;

/// <summary>The BatchNormalization behind a product, which the compiler folded into its weight and bias, taken apart again.</summary>
/// <remarks>A folded row is W·g, g = γ/√(σ² + ε). Trained is W·sign(g) with |γ|: the same function, and what is folded at the end has a positive
/// gain, so that scales of rows stay positive. Rows whose gain is 0 keep their weights as they are.</remarks>
internal sealed class UnfoldedNorm
{
    private readonly double _epsilon;
    private readonly double _momentum;

    private UnfoldedNorm(float[] gain, Parameter scale, Parameter shift, Tensor mean, Tensor variance, double epsilon, double momentum) =>
        (Gain, Scale, Shift, Mean, Variance, _epsilon, _momentum) = (gain, scale, shift, mean, variance, epsilon, momentum);

    /// <summary>|g| of each row at the start: folded weights ÷ this are what is trained.</summary>
    public float[] Gain { get; }

    public Parameter Scale { get; }

    public Parameter Shift { get; }

    /// <summary>Running statistics.</summary>
    public Tensor Mean { get; }

    public Tensor Variance { get; }

    /// <param name="norm">What was folded.</param>
    /// <param name="bias">The folded bias.</param>
    /// <param name="momentum">Share of a batch in the running statistics.</param>
    public static UnfoldedNorm Of(BatchNormStatistics norm, ReadOnlySpan<float> bias, double momentum = 0.1)
    {
        double[] folded = norm.Gain();
        float[] shift = norm.Shift.ToFloats(), variance = norm.Variance.ToFloats();
        int rows = folded.Length;
        float[] gain = new float[rows], scale = new float[rows], mean = new float[rows];
        for (int i = 0; i < rows; i++)
        {
            double g = Math.Abs(folded[i]);
            if (g == 0) g = 1;
            gain[i] = (float)g;
            scale[i] = (float)(g * Math.Sqrt((double)variance[i] + norm.Epsilon));
            // The bias is β − μ·g, whatever stood in front.
            mean[i] = (float)((shift[i] - (double)bias[i]) / g);
        }
        return new UnfoldedNorm(gain, new Parameter(TensorValues.Of(scale, rows)), new Parameter(TensorValues.Of(shift, rows)),
            TensorValues.Of(mean, rows), TensorValues.Of(variance, rows), norm.Epsilon, momentum);
    }

    /// <summary>Scale and statistics stay; the shift is trained.</summary>
    public bool IsFixed { get; set; }

    /// <summary>The shift stays too.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>Begins with the very numbers of the file, where rows whose gain is 0 have their weights.</summary>
    /// <returns>The sign of each row's gain, which belongs to its weights.</returns>
    public float[] Restart(BatchNormStatistics norm)
    {
        using var off = no_grad();
        float[] scale = norm.Scale.ToFloats(), signs = Array.ConvertAll(scale, s => s < 0 ? -1f : 1f), mean = norm.Mean.ToFloats(), bias = norm.Bias?.ToFloats() ?? new float[mean.Length];
        for (int i = 0; i < scale.Length; i++) (scale[i], mean[i]) = (Math.Abs(scale[i]), signs[i] * (mean[i] - bias[i]));
        Scale.copy_(TensorValues.Of(scale, scale.Length));
        Mean.copy_(TensorValues.Of(mean, mean.Length));
        return signs;
    }

    /// <param name="x">What the product gave.</param>
    /// <param name="training">Statistics of the batch, which move the running ones; else the running ones.</param>
    public Tensor Apply(Tensor x, bool training) => nn.functional.batch_norm(x, Mean, Variance, Scale, Shift, training && !IsFixed, _momentum, _epsilon);

    /// <summary>γ stays positive: a row that training turns off is off.</summary>
    public void Constrain()
    {
        using var _ = no_grad();
        Scale.clamp_(min: 0);
    }

    /// <summary>The gain that would be folded into the weights now [rows, 1].</summary>
    public Tensor Folding() => (Scale.detach() / (Variance + _epsilon).sqrt()).reshape(-1, 1);

    /// <summary>Gain and bias that are folded into the weights again.</summary>
    public (float[] Gain, float[] Bias) Fold()
    {
        float[] scale = TensorValues.Floats(Scale), shift = TensorValues.Floats(Shift), mean = TensorValues.Floats(Mean), variance = TensorValues.Floats(Variance);
        float[] gain = new float[scale.Length], bias = new float[scale.Length];
        for (int i = 0; i < gain.Length; i++)
        {
            double g = scale[i] / Math.Sqrt(variance[i] + _epsilon);
            (gain[i], bias[i]) = ((float)g, (float)(shift[i] - mean[i] * g));
        }
        return (gain, bias);
    }
}
