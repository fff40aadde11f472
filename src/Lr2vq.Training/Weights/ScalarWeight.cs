using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
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
    /// <summary>How far a level of a file may begin from the file's.</summary>
    private const float MostAside = 0.49f;

    private readonly TransformCoding.Form _form;
    private readonly float _step;
    private readonly Tensor _scales;        // [rows, 1]
    private readonly int[] _halfOctaves;    // of input channels; empty for none
    private readonly Tensor? _columns;      // their scales [rows, columns]
    private readonly Tensor? _basis;        // [taps, taps]
    private readonly Parameter _levels;     // φ [rows·inputs, contexts], or [rows·inputs·taps, 1]
    private readonly LevelPrice _price;
    private bool _noisy;

    /// <param name="canonical">Folded weights in canonical order.</param>
    /// <param name="gain">|gain| of each row that is folded into them; null if no BatchNormalization follows.</param>
    /// <param name="step">Step in units of the root mean square of a row.</param>
    /// <param name="basis">Whether there is a basis; null for what takes fewer bytes.</param>
    public ScalarWeight(TensorIdentity identity, float[] canonical, float[]? gain, double step, bool? basis = null)
        : this(identity, canonical, WeightScales.Of(canonical, identity), normalized => TransformCoding.Choose(normalized, PanelOrder.Of(identity.Canonical), step, new TensorSpec(TensorTreatment.Transform, CompressionMethod.TcEcsq) { Basis = basis }, null), gain, step, null)
    {
    }

    /// <param name="tensor">What the search gave: scales, basis, and levels, which feedback may have put elsewhere than where the weights alone would.</param>
    /// <param name="canonical">The folded weights that it replaced.</param>
    /// <param name="step">Of uniform levels that have the same error, for levels of a trellis: the weight is trained without.</param>
    public ScalarWeight(EncodedTensor tensor, float[] canonical, float[]? gain, double step)
        : this(new TensorIdentity(tensor.Name, tensor.Role, tensor.Type, tensor.Shape, tensor.Groups), canonical, TransformReader.Scales(tensor), _ => TransformReader.Form(tensor), gain,
            TransformTensor.IsTrellis(tensor.Format) ? step : TransformReader.Step(tensor), TransformTensor.IsTrellis(tensor.Format) ? null : TensorValues.Floats(FixedWeight.Decoded(tensor)))
    {
    }

    private ScalarWeight(TensorIdentity identity, float[] canonical, WeightScales scales, Func<float[], TransformCoding.Form> formOf, float[]? gain, double step, float[]? decoded) : base(identity)
    {
        (_halfOctaves, _step) = (scales.Columns, (float)step);
        float[] values = (float[])canonical.Clone();
        scales.Divide(values);
        _form = formOf(values);
        TransformCoding.Rotate(values, _form, Taps);
        if (decoded is not null)
        {
            scales.Divide(decoded);
            TransformCoding.Rotate(decoded, _form, Taps);
        }
        for (int i = 0; i < values.Length; i++)
        {
            values[i] /= _step;
            if (decoded is null) continue;
            // Levels that lie nearer to zero are at most half a step away.
            float level = MathF.Round(decoded[i] / _step + MathF.CopySign(0.25f, decoded[i]) * (MathF.Abs(decoded[i]) > 0.25f * _step ? 1 : 0));
            values[i] = Math.Clamp(values[i], level - MostAside, level + MostAside);
        }
        _levels = new Parameter(TensorValues.Of(values, values.Length / _form.Contexts, _form.Contexts));
        if (_form.Basis is { } directions) _basis = TensorValues.Of(Array.ConvertAll(directions, b => (float)b), Taps, Taps);
        float[] rows = (float[])scales.Rows.Clone();
        if (gain is not null)
            for (int r = 0; r < rows.Length; r++) rows[r] /= gain[r];
        Tensor rowScales = TensorValues.Of(rows, Rows, 1);
        _scales = gain is null ? new Parameter(rowScales) : rowScales;
        if (_halfOctaves.Length > 0)
        {
            int inputs = identity.Canonical.Inputs, rowsOfSet = Rows / (_halfOctaves.Length / inputs);
            float[] columns = [.. Enumerable.Range(0, Rows * Columns).Select(i => ColumnScales.Of(_halfOctaves[i / Columns / rowsOfSet * inputs + i % Columns / Taps]))];
            _columns = TensorValues.Of(columns, Rows, Columns);
        }
        _price = new LevelPrice(_levels);
    }

    public override IEnumerable<(string Name, Parameter Parameter)> Parameters
    {
        get
        {
            yield return ("levels", _levels);
            foreach (var parameter in _price.Parameters) yield return parameter;
            if (_scales is Parameter scales) yield return ("scales", scales);
        }
    }

    public override Tensor Rebuild()
    {
        Tensor coefficients = Moved(is_grad_enabled()).reshape(-1, Taps);
        if (_basis is not null) coefficients = coefficients.mm(_basis);
        Tensor weight = coefficients.reshape(Rows, Columns) * (Straight(_scales, FoldedScales) * _step);
        return _columns is null ? weight : weight * _columns;
    }

    public override Tensor Bits() => _noisy ? _price.OfMoved(Moved(true)) : _price.OfRounded(Moved(false));

    public override void Begin(string phase) => _noisy = phase == "noise";

    public override void Constrain()
    {
        using var _ = no_grad();
        if (_scales is Parameter) _scales.clamp_(min: 0);
        _price.Constrain();
    }

    public override EncodedTensor Export(float[]? gain)
    {
        float[] coefficients = TensorValues.Floats(_levels);
        for (int i = 0; i < coefficients.Length; i++) coefficients[i] = MathF.Round(coefficients[i]) * _step;
        float[] rows = Array.ConvertAll(Scaled(TensorValues.Floats(_scales), gain), scale => RowScales.Snap(scale, RowScales.Usual));
        var scales = new WeightScales(rows, _halfOctaves, Identity.Canonical.Inputs);
        return TransformCoding.Encode(Identity, coefficients, scales, _form, _step).Tensor;
    }

    /// <summary>Scales as the file will have them once the BatchNormalization is folded, without it again.</summary>
    private Tensor FoldedScales(Tensor scales)
    {
        if (Gain is null) return Snapped(scales);
        Tensor gain = Gain().detach();
        return where(gain > 0, Snapped(scales * gain) / gain, scales);
    }

    /// <summary>As <see cref="RowScales.Snap"/>.</summary>
    private static Tensor Snapped(Tensor scales)
    {
        const double grid = 1 << RowScales.Usual;
        Tensor places = (scales.clamp(min: 1e-30f).to(ScalarType.Float64).log2() * grid).round();
        return where(scales > 0, (places / grid).exp2().to(ScalarType.Float32), scales);
    }

    private Tensor Moved(bool mayBeNoisy) => _noisy && mayBeNoisy ? _levels + (rand_like(_levels) - 0.5) : StraightRound(_levels);
}
