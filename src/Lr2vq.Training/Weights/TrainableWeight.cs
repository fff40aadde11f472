using System;
using System.Collections.Generic;
using Lr2vq.Codecs;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>A weight as training sees it: parameters, how they make the weight, how they harden, and the factors that a file holds of them.</summary>
/// <param name="identity">What the weight is.</param>
internal abstract class TrainableWeight(TensorIdentity identity)
{
    public TensorIdentity Identity => identity;

    protected int Rows => identity.Canonical.Rows;

    protected int Columns => identity.Canonical.Inputs * Taps;

    protected int Taps => identity.Canonical.KernelHeight * identity.Canonical.KernelWidth;

    /// <summary>What each row is multiplied by when the BatchNormalization behind it is folded, as it is now [rows, 1]; null where none is.</summary>
    public Func<Tensor>? Gain { get; set; }

    /// <summary>What the optimizer moves, each with a name that is unique in the weight.</summary>
    public abstract IEnumerable<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>The weight [rows, columns] in canonical order, differentiable in the parameters.</summary>
    public abstract Tensor Rebuild();

    /// <summary>Bits that the weight takes, differentiable; null where they do not depend on the parameters.</summary>
    public virtual Tensor? Bits() => null;

    /// <summary>Told when a phase of the recipe begins, before an optimizer is made for it: parameters may become others. What they become has shapes that
    /// do not depend on their values, so that a checkpoint fits.</summary>
    public virtual void Begin(string phase)
    {
    }

    /// <summary>Told before each step how far the phase is, 0 to 1.</summary>
    public virtual void Harden(double progress)
    {
    }

    /// <summary>What changes besides the parameters, codes say: a checkpoint holds it. Names are unique in the weight.</summary>
    public virtual IEnumerable<(string Name, Tensor Values)> Buffers => [];

    /// <summary>Puts parameters back that a step took out of what a file can hold.</summary>
    public virtual void Constrain()
    {
    }

    /// <summary>The weight as a file holds it.</summary>
    /// <param name="gain">What each row is multiplied by: a BatchNormalization that is folded again. Null for ones.</param>
    public abstract EncodedTensor Export(float[]? gain);

    protected static float[] Scaled(ReadOnlySpan<float> scales, float[]? gain)
    {
        float[] result = scales.ToArray();
        if (gain is not null)
            for (int r = 0; r < result.Length; r++) result[r] *= gain[r];
        return result;
    }

    /// <summary>Scales as <see cref="RowScales"/> writes them.</summary>
    protected static Tensor RoundedScales(Tensor scales)
    {
        Tensor largest = scales.max().clamp(min: 1e-30);
        return Half(scales / largest) * largest;
    }

    /// <summary>Rows rounded to what <see cref="DenseTensor"/> holds of them; gradients pass.</summary>
    /// <param name="gain">What is folded before that [rows, 1] or [1, columns]; null for nothing.</param>
    protected static Tensor StraightDense(Tensor values, DenseEncoding encoding, Tensor? gain)
    {
        return encoding switch
        {
            DenseEncoding.Fp16 => Straight(values, x => Folded(x, Half)),
            DenseEncoding.BFloat16 => Straight(values, x => Folded(x, y => y.to(ScalarType.BFloat16).to(ScalarType.Float32))),
            DenseEncoding.Int8 => Straight(values, x => Folded(x, y =>
            {
                Tensor scale = RoundedScales(y.abs().amax([1L], keepdim: true) / 127f).clamp(min: 1e-30);
                return (y / scale).round().clamp(-127, 127) * scale;
            })),
            _ => values,
        };

        Tensor Folded(Tensor x, Func<Tensor, Tensor> round) => gain is null ? round(x) : where(gain > 0, round(x * gain) / gain, x);
    }

    /// <summary>Values as f16 holds them.</summary>
    internal static Tensor Half(Tensor x) => x.to(ScalarType.Float16).to(ScalarType.Float32);

    /// <summary>Rounds, and passes gradients on as if it did not.</summary>
    protected static Tensor StraightRound(Tensor x) => Straight(x, y => y.round());

    /// <summary>Changes values, and passes gradients on as if it did not.</summary>
    internal static Tensor Straight(Tensor x, Func<Tensor, Tensor> change)
    {
        Tensor plain = x.detach();
        return x + (change(plain) - plain);
    }
}
