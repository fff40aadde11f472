using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>Entropy-coded scalars in the basis of the kernel taps, trained with their bits: weight = scale · step · round(φ) · B.</summary>
/// <remarks>Rounding is straight-through, with uniform noise of one step in its place in the phase "noise". Bits are −log₂ of the probability
/// of a level under a mixture of two Laplace distributions for each coefficient, whose parameters are trained along. The step is fixed; φ is in steps.
/// After EPR and LilNetX (Oktay et al. 2019; Girish et al. 2022), in the form that the file has.</remarks>
internal sealed class ScalarWeight : TrainableWeight
{
    private readonly TransformCoding.Form _form;
    private readonly float _step;
    private readonly Tensor _scales;        // [rows, 1]
    private readonly Tensor? _basis;        // [taps, taps]
    private readonly Parameter _levels;     // φ [rows·inputs, contexts], or [rows·inputs·taps, 1]
    private readonly Parameter _widths;     // log of the two scales of each context [2, contexts]
    private readonly Parameter _mixture;    // logit of the first [contexts]
    private readonly bool _trainsScales;
    private bool _noisy;

    /// <param name="canonical">Folded weights in canonical order.</param>
    /// <param name="gain">|gain| of each row that is folded into them; null if no BatchNormalization follows.</param>
    /// <param name="step">Step in units of the root mean square of a row.</param>
    /// <param name="basis">Whether there is a basis; null for what takes fewer bytes.</param>
    public ScalarWeight(TensorIdentity identity, float[] canonical, float[]? gain, double step, bool? basis = null) : base(identity)
    {
        float[] values = (float[])canonical.Clone(), scales = RowNormalization.RootMeanSquares(values, Rows);
        RowNormalization.Divide(values, scales);
        _form = TransformCoding.Choose(values, PanelOrder.Of(identity.Canonical), step, basis);
        TransformCoding.Rotate(values, _form, Taps);
        _step = (float)step;
        for (int i = 0; i < values.Length; i++) values[i] /= _step;
        _levels = new Parameter(TensorValues.Of(values, values.Length / _form.Contexts, _form.Contexts));
        if (_form.Basis is { } directions) _basis = TensorValues.Of(Array.ConvertAll(directions, b => (float)b), Taps, Taps);
        if (gain is not null)
            for (int r = 0; r < scales.Length; r++) scales[r] /= gain[r];
        _trainsScales = gain is null;
        Tensor rowScales = TensorValues.Of(scales, Rows, 1);
        _scales = _trainsScales ? new Parameter(rowScales) : rowScales;
        using Tensor spread = _levels.detach().abs().mean([0], keepdim: true).clamp(min: 0.05);
        _widths = new Parameter(cat([(spread * 0.4).log(), (spread * 1.6).log()], 0).detach());
        _mixture = new Parameter(zeros(_form.Contexts));
    }

    public override IEnumerable<(string Name, Parameter Parameter)> Parameters
    {
        get
        {
            yield return ("levels", _levels);
            yield return ("widths", _widths);
            yield return ("mixture", _mixture);
            if (_trainsScales) yield return ("scales", (Parameter)_scales);
        }
    }

    public override Tensor Rebuild()
    {
        Tensor levels = _noisy && is_grad_enabled() ? _levels + (rand_like(_levels) - 0.5) : StraightRound(_levels);
        Tensor coefficients = levels.reshape(-1, Taps);
        if (_basis is not null) coefficients = coefficients.mm(_basis);
        return coefficients.reshape(Rows, Columns) * ((_trainsScales ? Straight(_scales, RoundedScales) : _scales) * _step);
    }

    /// <summary>Of levels, or of what noise makes of them: a density over one step is a probability.</summary>
    public override Tensor Bits()
    {
        Tensor q = (_noisy ? _levels + (rand_like(_levels) - 0.5) : StraightRound(_levels)).abs(), widths = _widths.exp();
        Tensor share = _mixture.sigmoid();
        Tensor p = Probability(q, widths[0]) * share + Probability(q, widths[1]) * (1 - share);
        return -p.clamp(min: 1e-9).log2().sum();
    }

    public override void Begin(string phase) => _noisy = phase == "noise";

    public override void Constrain()
    {
        using var _ = no_grad();
        if (_trainsScales) _scales.clamp_(min: 0);
        _widths.clamp_(-5, 8);
    }

    public override EncodedTensor Export(float[]? gain)
    {
        float[] coefficients = TensorValues.Floats(_levels);
        for (int i = 0; i < coefficients.Length; i++) coefficients[i] = MathF.Round(coefficients[i]) * _step;
        var scales = new WeightScales(Scaled(TensorValues.Floats(_scales), gain), [], Identity.Canonical.Inputs);
        return TransformCoding.Encode(Identity, coefficients, scales, _form, _step).Tensor;
    }

    /// <summary>∫ of a Laplace density over one step around |q|.</summary>
    private static Tensor Probability(Tensor q, Tensor width)
    {
        // Around zero the step has both signs; beyond it F(q + ½) − F(q − ½) = e^(−q/b)·sinh(1/2b).
        Tensor inner = 1 - (-(0.5 - q).clamp(min: 0) / width).exp() * 0.5 - (-(q + 0.5) / width).exp() * 0.5;
        Tensor outer = (((0.5 - q) / width).clamp(max: 0).exp() - (-(q + 0.5) / width).exp()) * 0.5;
        return where(q < 0.5, inner, outer);
    }
}
