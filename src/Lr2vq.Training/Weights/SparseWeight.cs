using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression.Methods;
using Lr2vq.Evaluation;
using Lr2vq.Memory;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>Quantized sparse decomposition: the support stays, coefficients and dictionary are trained, both rounded straight-through, and scales of rows where no BatchNormalization follows.</summary>
internal sealed class SparseWeight : TrainableWeight
{
    /// <summary>How far a coefficient may begin from its level.</summary>
    private const double MostAside = 0.45;

    private readonly int _m, _atoms, _places;
    private readonly float _step;
    private readonly Tensor _support;       // [rows · places, atoms]
    private readonly Parameter _levels;     // the same
    private readonly Parameter _dictionary; // [atoms, m]
    private readonly Tensor _scales;        // [rows, 1]
    private readonly LevelPrice _price;

    /// <param name="tensor">What the search gave.</param>
    /// <param name="canonical">The folded weights that it replaced.</param>
    /// <param name="gain">|gain| of each row that is folded into both; null if no BatchNormalization follows.</param>
    public SparseWeight(EncodedTensor tensor, float[] canonical, float[]? gain) : base(new TensorIdentity(tensor.Name, tensor.Role, tensor.Type, tensor.Shape, tensor.Groups))
    {
        ReadOnlySpan<byte> p = tensor.Parameters;
        (_m, _atoms, _step) = (BinaryPrimitives.ReadUInt16LittleEndian(p), BinaryPrimitives.ReadUInt16LittleEndian(p[2..]), BinaryPrimitives.ReadSingleLittleEndian(p[4..]));
        PanelOrder order = SparseTensor.OrderOf(Identity.Canonical, _m, _atoms);
        _places = order.Inputs;
        float multiplier = BinaryPrimitives.ReadSingleLittleEndian(p[8..]);
        float[] scales = [.. Enumerable.Range(0, Rows).Select(r => multiplier * (float)BinaryPrimitives.ReadHalfLittleEndian(tensor.Dense.AsSpan(RowScales.BytesPerScale * r)))];
        float[] dictionary = new float[_atoms * _m], normalized = (float[])canonical.Clone();
        for (int i = 0; i < dictionary.Length; i++)
            dictionary[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(tensor.Codebook.AsSpan(2 * (i / _m))) * (sbyte)tensor.Codebook[2 * _atoms + i];
        RowNormalization.Divide(normalized, scales);
        using var off = no_grad();
        Tensor levels = Levels(tensor, order), atoms = TensorValues.Of(dictionary, _atoms, _m);
        _support = levels.ne(0).to(ScalarType.Float32);
        // Where the coefficient that leaves least would be, beside its level.
        Tensor rest = nn.functional.pad(TensorValues.Of(normalized, Rows, Columns), [0, _places * _m - Columns]).reshape(-1, _m) - levels.mm(atoms) * _step;
        Tensor aside = rest.mm(atoms.t()) / (atoms.pow(2).sum(1).clamp(min: 1e-30) * _step);
        _levels = new Parameter((levels + aside.clamp(-MostAside, MostAside)) * _support);
        _dictionary = new Parameter(atoms);
        if (gain is not null)
            for (int r = 0; r < scales.Length; r++) scales[r] /= gain[r];
        Tensor rows = TensorValues.Of(scales, Rows, 1);
        _scales = gain is null ? new Parameter(rows) : rows;
        _price = new LevelPrice(_levels);
    }

    public override IEnumerable<(string Name, Parameter Parameter)> Parameters
    {
        get
        {
            yield return ("levels", _levels);
            yield return ("dictionary", _dictionary);
            foreach (var parameter in _price.Parameters) yield return parameter;
            if (_scales is Parameter scales) yield return ("scales", scales);
        }
    }

    public override Tensor Rebuild()
    {
        Tensor dictionary = Straight(_dictionary, x => AtomsOf(x, out Tensor scale) * scale);
        Tensor weight = Rounded().mm(dictionary).reshape(Rows, _places * _m).narrow(1, 0, Columns);
        return weight * ((_scales is Parameter ? Straight(_scales, RoundedScales) : _scales) * _step);
    }

    public override Tensor Bits() => _price.OfRounded(Rounded());

    public override void Constrain()
    {
        using var _ = no_grad();
        _levels.clamp_(-SparseTensor.LargestLevel, SparseTensor.LargestLevel);
        _price.Constrain();
        if (_scales is Parameter) _scales.clamp_(min: 0);
    }

    public override EncodedTensor Export(float[]? gain)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        sbyte[] levels = Array.ConvertAll(TensorValues.Floats(Rounded()), q => (sbyte)q), atoms = Array.ConvertAll(TensorValues.Floats(AtomsOf(_dictionary, out Tensor scale)), q => (sbyte)q);
        var counts = new LevelHistogram[_atoms];
        for (int k = 0; k < _atoms; k++) counts[k] = new LevelHistogram();
        for (int i = 0; i < levels.Length; i++) counts[i % _atoms].Add(levels[i]);
        return SparseTensor.Pack(Identity, new SparseFactors
        {
            M = _m, AtomScales = TensorValues.Floats(scale), Atoms = atoms, RowScales = Scaled(TensorValues.Floats(_scales), gain), Step = _step, Levels = levels,
        }, Array.ConvertAll(counts, histogram => LevelModels.Fit(histogram, SparseTensor.LargestLevel).Model));
    }

    private Tensor Rounded() => StraightRound(_levels) * _support;

    /// <summary>The dictionary in units of the scales of atoms.</summary>
    private static Tensor AtomsOf(Tensor dictionary, out Tensor scale)
    {
        scale = Half(dictionary.abs().amax([1L], keepdim: true) / SparseTensor.LargestLevel);
        return (dictionary / scale.clamp(min: 5.9604645e-8)).round().clamp(-SparseTensor.LargestLevel, SparseTensor.LargestLevel);
    }

    /// <summary>Levels as the file has them [rows · places, atoms].</summary>
    private static unsafe Tensor Levels(EncodedTensor tensor, PanelOrder order)
    {
        using NativeArena memory = new();
        sbyte* levels = (sbyte*)LevelCoder.Open(MemoryWeights.Payload(tensor, memory, memory), order, order.Taps, bytesPerLevel: 1);
        float[] values = new float[order.Rows * order.Inputs * order.Taps];
        int at = 0;
        for (int row = 0; row < order.Rows; row++)
            for (int s = 0; s < order.Inputs; s++)
                for (int k = 0; k < order.Taps; k++) values[at++] = levels[order.IndexOf(row, s, k)];
        return TensorValues.Of(values, (long)order.Rows * order.Inputs, order.Taps);
    }
}
