using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>A few bits a weight with scales of groups: uniform levels, whose numbers are trained straight through, or a table of values behind frozen codes. Scales are trained.</summary>
internal sealed class GroupScalarWeight : TrainableWeight
{
    /// <summary>How far a number may begin from its level.</summary>
    private const double MostAside = 0.45;

    private readonly int _bits, _group, _groups;
    private readonly Parameter _scales;     // [rows, groups, 1]
    private readonly Parameter? _levels;    // [rows, groups, group], padded with 0; null with a table
    private readonly Parameter? _table;     // [entries]
    private readonly Tensor? _codes;        // [rows · groups · group], with a table

    /// <param name="tensor">What the search gave.</param>
    /// <param name="canonical">The folded weights that it replaced.</param>
    /// <param name="gain">|gain| of each row that is folded into both; null if no BatchNormalization follows.</param>
    public GroupScalarWeight(EncodedTensor tensor, float[] canonical, float[]? gain) : base(new TensorIdentity(tensor.Name, tensor.Role, tensor.Type, tensor.Shape, tensor.Groups))
    {
        ReadOnlySpan<byte> p = tensor.Parameters;
        (_bits, _group) = (p[0], Math.Min(Columns, BinaryPrimitives.ReadInt32LittleEndian(p[3..])));
        _groups = (Columns + _group - 1) / _group;
        float multiplier = BinaryPrimitives.ReadSingleLittleEndian(p[7..]);
        float[] stored = [.. Enumerable.Range(0, Rows * _groups).Select(i => multiplier * (float)BinaryPrimitives.ReadHalfLittleEndian(tensor.Dense.AsSpan(RowScales.BytesPerScale * i)))];
        using var off = no_grad();
        Tensor scales = TensorValues.Of(stored, Rows, _groups, 1), file = Grouped(FixedWeight.Decoded(tensor)) / scales.clamp(min: 1e-30);
        if (tensor.Codebook.Length == 0)
        {
            Tensor level = Rounded(file), aside = Grouped(TensorValues.Of(canonical, Rows, Columns)) / scales.clamp(min: 1e-30) - level;
            _levels = new Parameter(level + aside.clamp(-MostAside, MostAside));
        }
        else
        {
            float[] table = [.. Enumerable.Range(0, tensor.Codebook.Length / 2).Select(i => (float)BinaryPrimitives.ReadHalfLittleEndian(tensor.Codebook.AsSpan(2 * i)))];
            _table = new Parameter(TensorValues.Of(table, table.Length));
            Tensor values = file.reshape(-1, 1);
            // Of weights a block at a time: a number for each value.
            _codes = cat([.. values.split(1 << 16).Select(some => (some - _table).abs().argmin(1))]);
        }
        _scales = new Parameter(gain is null ? scales : scales / TensorValues.Of(gain, Rows, 1, 1));
    }

    public override IEnumerable<(string Name, Parameter Parameter)> Parameters
    {
        get
        {
            yield return ("scales", _scales);
            if (_levels is not null) yield return ("levels", _levels);
            if (_table is not null) yield return ("table", _table);
        }
    }

    public override IEnumerable<(string Name, Tensor Values)> Buffers => _codes is null ? [] : [("codes", _codes)];

    public override Tensor Rebuild()
    {
        Tensor values = _levels is not null ? Straight(_levels, Rounded) : Straight(_table!, Half).index_select(0, _codes!).reshape(Rows, _groups, _group);
        Tensor gain = Gain?.Invoke().unsqueeze(-1) ?? ones(1);
        Tensor scales = Straight(_scales, x => where(gain > 0, RoundedScales(x * gain) / gain, x));
        return (values * scales).reshape(Rows, _groups * _group).narrow(1, 0, Columns);
    }

    public override void Constrain()
    {
        using var _ = no_grad();
        _scales.clamp_(min: 0);
    }

    public override EncodedTensor Export(float[]? gain)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Tensor codes = (_levels is not null ? Rounded(_levels) - ScalarTensor.Offset(_bits) : _codes!.to(ScalarType.Float32)).reshape(Rows, _groups * _group).narrow(1, 0, Columns);
        float[] scales = TensorValues.Floats(_scales);
        if (gain is not null)
            for (int i = 0; i < scales.Length; i++) scales[i] *= gain[i / _groups];
        return ScalarTensor.Pack(Identity, new ScalarFactors
        {
            Bits = _bits, Table = _table is null ? [] : TensorValues.Floats(_table), Group = _group, Scales = scales, Codes = Array.ConvertAll(TensorValues.Floats(codes), c => (byte)c),
        });
    }

    private Tensor Grouped(Tensor weight) => nn.functional.pad(weight, [0, _groups * _group - Columns]).reshape(Rows, _groups, _group);

    private Tensor Rounded(Tensor levels)
    {
        float offset = ScalarTensor.Offset(_bits);
        return (levels - offset).round().clamp(0, (1 << _bits) - 1) + offset;
    }
}
