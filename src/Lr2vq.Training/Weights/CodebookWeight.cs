using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>Entries and basis that one tensor, or several, read.</summary>
/// <param name="Entries">[k, d].</param>
/// <param name="Basis">[d, m]; null if d = m.</param>
internal sealed record TrainableCodebook(Parameter Entries, Parameter? Basis, int M, int D, EntryEncoding Encoding);

/// <summary>Vector quantization with frozen codes: PQ, and LR²VQ with a basis. Trained are entries, basis, and the scales of rows where no
/// BatchNormalization follows that has scales of its own.</summary>
internal sealed class CodebookWeight : TrainableWeight
{
    private readonly TrainableCodebook _codebook;
    private readonly CodebookFactors _factors;
    private readonly Tensor _codes;         // [subvectors], in the order of the weight
    private readonly Tensor? _places;       // where each weight lies among the elements of the subvectors; null if they follow each other
    private readonly Tensor? _scales;
    private readonly bool _trainsScales;

    /// <param name="tensor">What the search of the same format gave.</param>
    /// <param name="gain">|gain| of each row that is folded into it; null if no BatchNormalization follows.</param>
    /// <param name="codebooks">Codebooks made so far: equal ones are one.</param>
    public CodebookWeight(EncodedTensor tensor, float[]? gain, Dictionary<string, TrainableCodebook> codebooks)
        : base(new TensorIdentity(tensor.Name, tensor.Role, tensor.Type, tensor.Shape, tensor.Groups))
    {
        _factors = CodebookReader.Read(tensor);
        if (_factors.Entries.Length != 1) throw new NotSupportedException("residual codebooks are not trained");
        string key = Convert.ToHexString(tensor.Codebook);
        if (!codebooks.TryGetValue(key, out TrainableCodebook? codebook))
        {
            int k = _factors.Entries[0].Length / _factors.D;
            codebooks[key] = codebook = new TrainableCodebook(new Parameter(TensorValues.Of(_factors.Entries[0], k, _factors.D)),
                _factors.Basis.Length == 0 ? null : new Parameter(TensorValues.Of(_factors.Basis, _factors.D, _factors.M)), _factors.M, _factors.D, _factors.Encoding);
        }
        _codebook = codebook;
        (_codes, _places) = Order(SliceOrder.Of(Identity.Canonical, _factors.Axis, _factors.M));
        if (_factors.RowScales.Length == 0) return;
        float[] scales = (float[])_factors.RowScales.Clone();
        if (gain is not null)
            for (int r = 0; r < scales.Length; r++) scales[r] /= gain[r];
        Tensor values = TensorValues.Of(scales, Rows, 1);
        _trainsScales = gain is null;
        _scales = _trainsScales ? new Parameter(values) : values;
    }

    public override IEnumerable<(string Name, Parameter Parameter)> Parameters
    {
        get
        {
            yield return ("entries", _codebook.Entries);
            if (_codebook.Basis is { } basis) yield return ("basis", basis);
            if (_trainsScales) yield return ("scales", (Parameter)_scales!);
        }
    }

    public override Tensor Rebuild()
    {
        Tensor entries = Straight(_codebook.Entries, x => Rounded(x, _codebook.Encoding));
        Tensor words = _codebook.Basis is { } basis ? entries.mm(Straight(basis, Half)) : entries;
        Tensor subvectors = words.index_select(0, _codes);
        Tensor weight = (_places is null ? subvectors : subvectors.reshape(-1).index_select(0, _places)).reshape(Rows, Columns);
        return _scales is null ? weight : weight * (_trainsScales ? Straight(_scales, RoundedScales) : _scales);
    }

    public override void Constrain()
    {
        if (!_trainsScales) return;
        using var _ = no_grad();
        _scales!.clamp_(min: 0);
    }

    public override EncodedTensor Export(float[]? gain) => CodebookTensor.Pack(Identity, new CodebookFactors
    {
        Axis = _factors.Axis, M = _factors.M, D = _factors.D, Encoding = _factors.Encoding, Codes = _factors.Codes,
        Entries = [TensorValues.Floats(_codebook.Entries)], Basis = _codebook.Basis is { } basis ? TensorValues.Floats(basis) : [],
        RowScales = _scales is null ? [] : Scaled(TensorValues.Floats(_scales), gain),
    });

    /// <summary>Entries [k, d] as <see cref="CodebookEntries"/> writes them.</summary>
    private static Tensor Rounded(Tensor entries, EntryEncoding encoding)
    {
        if (encoding == EntryEncoding.Fp32) return entries;
        if (encoding == EntryEncoding.Fp16) return Half(entries);
        Tensor scale = Half(entries.abs().amax([0L], keepdim: true) / 127f).clamp(min: 5.9604645e-8);
        return (entries / scale).round().clamp(-127, 127) * scale;
    }

    /// <summary>Codes and places in the order in which the weight is rebuilt.</summary>
    private (Tensor Codes, Tensor? Places) Order(SliceOrder order)
    {
        ushort[] codes = _factors.Codes[0];
        int m = order.M;
        if (order.Axis == SliceAxis.Spatial && Columns % m == 0)
        {
            long[] plain = new long[codes.Length];
            for (int row = 0; row < Rows; row++)
                for (int place = 0; place < order.Places; place++) plain[(long)row * order.Places + place] = codes[order.IndexOf(row, place)];
            return (tensor(plain), null);
        }
        long[] places = new long[(long)Rows * Columns];
        for (int row = 0; row < Rows; row++)
        {
            if (order.Axis == SliceAxis.OutputChannel && row % m != 0) continue;
            for (int place = 0; place < order.Places; place++)
            {
                long at = order.IndexOf(row, place) * m;
                (int length, int first, int column, int rowStep, int columnStep) = order.ElementsOf(row, place);
                for (int t = 0; t < length; t++) places[(long)(first + t * rowStep) * Columns + column + (long)t * columnStep] = at + t;
            }
        }
        return (tensor([.. codes.Select(code => (long)code)]), tensor(places));
    }
}

/// <summary>The factors of a packed codebook tensor: the inverse of <see cref="CodebookTensor.Pack"/>.</summary>
internal static class CodebookReader
{
    public static unsafe CodebookFactors Read(EncodedTensor tensor)
    {
        ReadOnlySpan<byte> p = tensor.Parameters;
        var axis = (SliceAxis)p[0];
        var encoding = (EntryEncoding)p[1];
        bool scaled = p[2] == 1;
        int m = BinaryPrimitives.ReadUInt16LittleEndian(p[4..]), d = BinaryPrimitives.ReadUInt16LittleEndian(p[6..]);
        CanonicalShape shape = CanonicalShape.Of(tensor.Role, tensor.Shape, tensor.Groups);
        int count = (int)SliceOrder.Of(shape, axis, m).Count, codesAt = 0, codebookAt = 0;
        float[][] entries = new float[p[3]][];
        ushort[][] codes = new ushort[entries.Length][];
        for (int t = 0; t < entries.Length; t++)
        {
            int k = BinaryPrimitives.ReadUInt16LittleEndian(p[(8 + 2 * t)..]) + 1, bits = PackedBits.BitsFor(k);
            entries[t] = new float[k * d];
            CodebookEntries.Read(tensor.Codebook.AsSpan(codebookAt), k, d, encoding, entries[t]);
            codebookAt += (int)CodebookEntries.ByteLength(encoding, k, d);
            codes[t] = new ushort[count];
            int length = (int)PackedBits.ByteLength(count, bits);
            fixed (byte* packed = tensor.Codes.AsSpan(codesAt, length))
                for (int i = 0; i < count; i++) codes[t][i] = (ushort)PackedBits.Read(packed, length, i, bits);
            codesAt += length;
        }
        float[] basis = new float[d == m ? 0 : d * m];
        for (int i = 0; i < basis.Length; i++) basis[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(tensor.Codebook.AsSpan(codebookAt + 2 * i));
        float[] scales = new float[scaled ? shape.Rows : 0];
        float multiplier = scaled ? BinaryPrimitives.ReadSingleLittleEndian(p[(8 + 2 * entries.Length)..]) : 1f;
        for (int r = 0; r < scales.Length; r++) scales[r] = multiplier * (float)BinaryPrimitives.ReadHalfLittleEndian(tensor.Dense.AsSpan(2 * r));
        return new CodebookFactors { Axis = axis, M = m, D = d, Encoding = encoding, Entries = entries, Basis = basis, Codes = codes, RowScales = scales };
    }
}
