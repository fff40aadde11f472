using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Lr2vq.Codecs;
using Lr2vq.Plans;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>Two factors (SVD), their numbers rounded straight-through: both are trained.</summary>
internal sealed class FactorWeight : TrainableWeight
{
    private readonly Unfolding _unfolding;
    private readonly int _rank, _width;
    private readonly DenseEncoding _encoding;
    private readonly Parameter _left, _right;       // [rank, rows of the unfolding], [rank, columns of it]

    /// <param name="tensor">What the search gave; its factors are numbers of fixed length (<see cref="Serves"/>).</param>
    /// <param name="gain">|gain| of each row that is folded into it; null if no BatchNormalization follows.</param>
    public FactorWeight(EncodedTensor tensor, float[]? gain) : base(new TensorIdentity(tensor.Name, tensor.Role, tensor.Type, tensor.Shape, tensor.Groups))
    {
        (EncodedTensor left, EncodedTensor right) = Parts(tensor);
        (_unfolding, _rank) = ((Unfolding)tensor.Parameters[0], left.Shape[0]);
        _width = _unfolding == Unfolding.Axes ? Identity.Canonical.KernelWidth : 1;
        _encoding = (DenseEncoding)left.Parameters[0];
        Tensor rows = FixedWeight.Decoded(left);
        if (gain is not null) rows = rows / Wide(TensorValues.Of(gain, gain.Length, 1));
        (_left, _right) = (new Parameter(rows), new Parameter(FixedWeight.Decoded(right)));
    }

    /// <summary>True if both factors are numbers of fixed length: levels with an entropy code stay.</summary>
    public static bool Serves(EncodedTensor tensor) => Parts(tensor) is var (left, right) && left.Format == TensorFormat.Dense && right.Format == TensorFormat.Dense
        && left.Parameters[0] == right.Parameters[0] && (DenseEncoding)left.Parameters[0] is DenseEncoding.Int8 or DenseEncoding.Fp16;

    public override IEnumerable<(string Name, Parameter Parameter)> Parameters => [("left", _left), ("right", _right)];

    public override Tensor Rebuild()
    {
        Tensor left = StraightDense(_left, _encoding, Gain is null ? null : Wide(Gain())), right = StraightDense(_right, _encoding, null);
        Tensor matrix = left.t().mm(right);
        // [rows · width, inputs · height] has the width innermost.
        return _width == 1 ? matrix : matrix.reshape(Rows, _width, -1).transpose(1, 2).reshape(Rows, Columns);
    }

    public override EncodedTensor Export(float[]? gain)
    {
        float[] left = TensorValues.Floats(_left), right = TensorValues.Floats(_right);
        int length = left.Length / _rank;
        if (gain is not null)
            for (int i = 0; i < left.Length; i++) left[i] *= gain[i % length / _width];
        return LowRankTensor.Pack(Identity, _unfolding, DenseTensor.Pack(Factor(length), left, _encoding), DenseTensor.Pack(Factor(right.Length / _rank), right, _encoding));
    }

    /// <summary>A gain of rows [rows, 1] along the columns of the left factor [1, rows · width].</summary>
    private Tensor Wide(Tensor gain) => gain.expand(gain.shape[0], _width).reshape(1, -1);

    private TensorIdentity Factor(int length) => new("factor", WeightRole.Gemm, ElementType.Float32, [_rank, length], 1);

    /// <summary>Both factors as tensors of their own: the inverse of <see cref="LowRankTensor.Pack"/>.</summary>
    private static (EncodedTensor Left, EncodedTensor Right) Parts(EncodedTensor tensor)
    {
        ReadOnlySpan<byte> p = tensor.Parameters;
        int rank = BinaryPrimitives.ReadInt32LittleEndian(p[1..]), parameters = p[7], codes = BinaryPrimitives.ReadInt32LittleEndian(p[8..]),
            codebook = BinaryPrimitives.ReadInt32LittleEndian(p[12..]), dense = BinaryPrimitives.ReadInt32LittleEndian(p[16..]);
        (int rows, int columns) = ((Unfolding)p[0]).SidesOf(CanonicalShape.Of(tensor.Role, tensor.Shape, tensor.Groups));
        EncodedTensor Part(int length, byte format, Range parameters, Range codes, Range codebook, Range dense) =>
            new("factor", WeightRole.Gemm, ElementType.Float32, [rank, length], 1, (TensorFormat)format, tensor.Parameters[parameters], tensor.Codes[codes], tensor.Codebook[codebook], tensor.Dense[dense]);
        int first = LowRankTensor.ParameterBytes + parameters;
        return (Part(rows, p[5], LowRankTensor.ParameterBytes..first, ..codes, ..codebook, ..dense), Part(columns, p[6], first.., codes.., codebook.., dense..));
    }
}
