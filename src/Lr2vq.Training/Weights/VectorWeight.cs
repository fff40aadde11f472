using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>Vector quantization, PQ and LR²VQ, through the phases of a recipe (<see cref="VectorCodes"/>): free subvectors in the basis, soft codes, frozen codes. What is trained
/// besides are the scales of rows where no BatchNormalization follows that has scales of its own.</summary>
internal sealed class VectorWeight : TrainableWeight
{
    private readonly VectorCodes _group;
    private readonly SliceLayout _layout;
    private readonly Func<float[]> _original;
    private readonly float[]? _gain;
    private Tensor? _scales;                // [rows, 1]
    private Tensor? _codes;                 // [subvectors], where codes are frozen
    private Parameter? _vectors;            // [subvectors, d], where they are not
    private SoftCodes? _soft;
    private Tensor? _dense;                 // of a layer whose turn has not come

    /// <param name="tensor">What the search of the same format gave.</param>
    /// <param name="original">The folded weights that it replaced, in canonical order.</param>
    /// <param name="gain">|gain| of each row that is folded into both; null if no BatchNormalization follows.</param>
    /// <param name="groups">Codebooks made so far: equal ones are one.</param>
    public VectorWeight(EncodedTensor tensor, Func<float[]> original, float[]? gain, IDictionary<string, VectorCodes> groups)
        : base(new TensorIdentity(tensor.Name, tensor.Role, tensor.Type, tensor.Shape, tensor.Groups))
    {
        CodebookFactors factors = CodebookReader.Read(tensor);
        if (factors.Entries.Length != 1) throw new NotSupportedException("residual codebooks are not trained");
        string key = Convert.ToHexString(tensor.Codebook);
        if (!groups.TryGetValue(key, out VectorCodes? group)) groups[key] = group = new VectorCodes(factors, groups.Count);
        (_group, _original, _gain, IsScaled) = (group, original, gain, factors.RowScales.Length > 0);
        _layout = new SliceLayout(Identity.Canonical, factors.Axis, factors.M);
        float[] scales = factors.RowScales;
        if (gain is not null)
            for (int r = 0; r < scales.Length; r++) scales[r] /= gain[r];
        Freeze(factors.Codes[0], scales);
        group.Add(this);
    }

    /// <summary>Subvectors are divided by the scales of their rows.</summary>
    public bool IsScaled { get; }

    /// <summary>Subvectors in the basis [count, d], where codes are not frozen.</summary>
    public Tensor Vectors => _vectors!;

    public SoftCodes Soft => _soft!;

    public override IEnumerable<(string Name, Parameter Parameter)> Parameters
    {
        get
        {
            if (_vectors is not null) yield return ("vectors", _vectors);
            foreach ((string name, Parameter parameter) in _group.Parameters) yield return (name, parameter);
            if (_scales is Parameter scales) yield return ("scales", scales);
        }
    }

    public override IEnumerable<(string Name, Tensor Values)> Buffers
    {
        get
        {
            if (_codes is not null) yield return ("codes", _codes);
            if (_scales is not (null or Parameter)) yield return ("scales", _scales);
            foreach (var buffer in _group.Buffers) yield return buffer;
            if (_soft is not null)
                foreach (var buffer in _soft.Buffers) yield return buffer;
        }
    }

    public override void Begin(string phase) => _group.Begin(phase);

    public override void Harden(double progress)
    {
        _group.Harden(progress);
        _soft?.Refresh(_vectors!, _group.Entries);
    }

    public override Tensor Rebuild()
    {
        if (_dense is not null && _group.IsWaiting) return _dense;
        Tensor subvectors = _codes is null
            ? InBasis(_soft is null ? _vectors! : _soft.Words(_vectors!, _group.Centres(this), _group.Temperature))
            : _group.Words().index_select(0, _codes);
        return Scaled(_layout.Join(subvectors));
    }

    public override void Constrain()
    {
        if (_scales is not Parameter) return;
        using var _ = no_grad();
        _scales.clamp_(min: 0);
    }

    public override EncodedTensor Export(float[]? gain)
    {
        if (_vectors is not null && _soft is null) return CodebookTensor.Pack(Identity, WithGain(_group.Cluster()[this], gain));
        using var scope = NewDisposeScope();
        using var off = no_grad();
        long[] codes = (_codes ?? SoftCodes.Nearest(_vectors!, _group.Entries)).data<long>().ToArray();
        return CodebookTensor.Pack(Identity, WithGain(_group.Factors(_layout.ToFile(codes), _scales is null ? [] : TensorValues.Floats(_scales)), gain));
    }

    /// <summary>The weights as they are: of the model before a first phase, else what training made of them.</summary>
    public float[] Values(bool original) => original ? DenseWeight.Divided(_original(), Identity, _gain) : TensorValues.Floats(Rebuild());

    /// <summary>Codes that no longer change.</summary>
    /// <param name="codes">In the order of a file.</param>
    public void Freeze(ushort[] codes, float[] scales)
    {
        (_vectors, _soft, _codes) = (null, null, tensor(_layout.FromFile(codes)));
        SetScales(scales, trained: true);
    }

    /// <summary>Freezes the nearest codes; entries and scales stay.</summary>
    public void FreezeNearest()
    {
        using (no_grad()) _codes = SoftCodes.Nearest(_vectors!, _group.Entries);
        (_vectors, _soft) = (null, null);
        if (_scales is not null) SetScales(TensorValues.Floats(_scales), trained: true);
    }

    /// <summary>Subvectors that are free within the basis.</summary>
    public void Free(float[] canonical, bool soft)
    {
        float[] scales = [], values = (float[])canonical.Clone();
        if (IsScaled)
        {
            scales = RowNormalization.RootMeanSquares(values, Rows);
            RowNormalization.Divide(values, scales);
        }
        using var off = no_grad();
        Tensor subvectors = TensorValues.Of(_layout.Cut(values), _layout.Count, _group.M);
        _vectors = new Parameter(_group.Basis is { } basis ? subvectors.mm(basis.t()) : subvectors);
        _codes = null;
        SetScales(scales, trained: false);
        _soft = soft ? new SoftCodes(_layout.Count, _group.K) : null;
    }

    /// <summary>Keeps the weights of the model until the layer's turn comes.</summary>
    public void Wait(bool waits) => _dense = waits ? TensorValues.Of(Values(original: true), Rows, Columns) : null;

    private Tensor InBasis(Tensor vectors) => _group.Basis is { } basis ? vectors.mm(basis) : vectors;

    private Tensor Scaled(Tensor weight) => _scales is null ? weight : weight * (_scales is Parameter ? Straight(_scales, RoundedScales) : _scales);

    private void SetScales(float[] scales, bool trained)
    {
        if (!IsScaled) return;
        Tensor values = TensorValues.Of(scales, Rows, 1);
        _scales = trained && _gain is null ? new Parameter(values) : values;
    }

    private CodebookFactors WithGain(CodebookFactors factors, float[]? gain) => new()
    {
        Axis = factors.Axis, M = factors.M, D = factors.D, Encoding = factors.Encoding, Entries = factors.Entries, Basis = factors.Basis, Codes = factors.Codes,
        RowScales = Scaled(factors.RowScales, gain),
    };
}
