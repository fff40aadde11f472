using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>Residual vector quantization behind frozen codes: the entries of all stages are trained, rounded straight-through, and scales of rows where no BatchNormalization follows.</summary>
internal sealed class ResidualWeight : TrainableWeight
{
    private readonly CodebookFactors _factors;
    private readonly SliceLayout _layout;
    private readonly Parameter[] _entries;  // [k, m] of each stage
    private readonly Tensor[] _codes;       // [subvectors] of each stage
    private readonly Tensor? _scales;       // [rows, 1]

    /// <param name="tensor">What the search gave.</param>
    /// <param name="gain">|gain| of each row that is folded into it; null if no BatchNormalization follows.</param>
    public ResidualWeight(EncodedTensor tensor, float[]? gain) : base(new TensorIdentity(tensor.Name, tensor.Role, tensor.Type, tensor.Shape, tensor.Groups))
    {
        _factors = CodebookReader.Read(tensor);
        _layout = new SliceLayout(Identity.Canonical, _factors.Axis, _factors.M);
        _entries = Array.ConvertAll(_factors.Entries, entries => new Parameter(TensorValues.Of(entries, entries.Length / _factors.M, _factors.M)));
        _codes = Array.ConvertAll(_factors.Codes, codes => torch.tensor(_layout.FromFile(codes)));
        float[] scales = (float[])_factors.RowScales.Clone();
        if (scales.Length == 0) return;
        if (gain is not null)
            for (int r = 0; r < scales.Length; r++) scales[r] /= gain[r];
        Tensor rows = TensorValues.Of(scales, Rows, 1);
        _scales = gain is null ? new Parameter(rows) : rows;
    }

    public override IEnumerable<(string Name, Parameter Parameter)> Parameters
    {
        get
        {
            for (int t = 0; t < _entries.Length; t++) yield return (t == 0 ? "entries" : $"entries{t}", _entries[t]);
            if (_scales is Parameter scales) yield return ("scales", scales);
        }
    }

    public override Tensor Rebuild()
    {
        Tensor sum = _entries.Zip(_codes, (entries, codes) => VectorCodes.Rounded(entries, _factors.Encoding).index_select(0, codes)).Aggregate((a, b) => a + b);
        Tensor weight = _layout.Join(sum);
        return _scales is null ? weight : weight * (_scales is Parameter ? Straight(_scales, RoundedScales) : _scales);
    }

    public override void Constrain()
    {
        if (_scales is not Parameter) return;
        using var _ = no_grad();
        _scales.clamp_(min: 0);
    }

    public override EncodedTensor Export(float[]? gain) => CodebookTensor.Pack(Identity, new CodebookFactors
    {
        Axis = _factors.Axis, M = _factors.M, D = _factors.D, Encoding = _factors.Encoding, Codes = _factors.Codes,
        Entries = Array.ConvertAll(_entries, TensorValues.Floats), RowScales = _scales is null ? [] : Scaled(TensorValues.Floats(_scales), gain),
    });
}
