using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>Signs with scales of groups, of one stage or several: each weight is the nearest of the sums that its scales make. Trained are the scales and, straight through, the numbers behind
/// the signs.</summary>
/// <remarks>Gradients pass to a number as long as it is not further out than the largest sum, after XNOR-Net; numbers beyond would not come back.</remarks>
internal sealed class BinaryWeight : TrainableWeight
{
    private readonly int _stages, _group, _groups;
    private readonly Parameter _values;     // [rows, groups, group], padded with 0
    private readonly Parameter _scales;     // [rows, groups, stages]

    /// <param name="tensor">What the search gave.</param>
    /// <param name="canonical">The folded weights that it replaced.</param>
    /// <param name="gain">|gain| of each row that is folded into both; null if no BatchNormalization follows.</param>
    public BinaryWeight(EncodedTensor tensor, float[] canonical, float[]? gain) : base(new TensorIdentity(tensor.Name, tensor.Role, tensor.Type, tensor.Shape, tensor.Groups))
    {
        (_stages, _group) = (tensor.Parameters[0], Math.Min(Columns, BinaryPrimitives.ReadInt32LittleEndian(tensor.Parameters.AsSpan(1))));
        _groups = (Columns + _group - 1) / _group;
        float multiplier = BinaryPrimitives.ReadSingleLittleEndian(tensor.Parameters.AsSpan(5));
        float[] scales = [.. Enumerable.Range(0, tensor.Dense.Length / RowScales.BytesPerScale).Select(i => multiplier * (float)BinaryPrimitives.ReadHalfLittleEndian(tensor.Dense.AsSpan(RowScales.BytesPerScale * i)))];
        if (gain is not null)
            for (int i = 0; i < scales.Length; i++) scales[i] /= gain[i / (_groups * _stages)];
        _scales = new Parameter(TensorValues.Of(scales, Rows, _groups, _stages));
        Tensor values = TensorValues.Of(DenseWeight.Divided(canonical, Identity, gain), Rows, Columns);
        _values = new Parameter(nn.functional.pad(values, [0, _groups * _group - Columns]).reshape(Rows, _groups, _group));
    }

    public override IEnumerable<(string Name, Parameter Parameter)> Parameters => [("values", _values), ("scales", _scales)];

    public override Tensor Rebuild()
    {
        Tensor signs = Signs(), sums = (signs * _scales.unsqueeze(2)).sum(-1), bound = _scales.detach().sum(-1, keepdim: true);
        Tensor within = _values.clamp(-bound, bound);
        return (sums + (within - within.detach())).reshape(Rows, _groups * _group).narrow(1, 0, Columns);
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
        float[] signs = TensorValues.Floats(Signs().reshape(Rows, _groups * _group, _stages).narrow(1, 0, Columns)), scales = TensorValues.Floats(_scales);
        byte[] packed = new byte[Rows * Columns];
        for (int i = 0; i < signs.Length; i++)
            if (signs[i] < 0) packed[i / _stages] |= (byte)(1 << i % _stages);
        if (gain is not null)
            for (int i = 0; i < scales.Length; i++) scales[i] *= gain[i / (_groups * _stages)];
        return BinaryTensor.Pack(Identity, new BinaryFactors { Stages = _stages, Group = _group, Scales = scales, Signs = packed });
    }

    /// <summary>±1 of each weight and stage [rows, groups, group, stages]: of the sum that is nearest.</summary>
    private Tensor Signs()
    {
        using var off = no_grad();
        Tensor? best = null, least = null;
        for (int code = 0; code < 1 << _stages; code++)
        {
            Tensor signs = tensor([.. Enumerable.Range(0, _stages).Select(t => (code >> t & 1) != 0 ? -1f : 1f)]);
            Tensor distance = (_values - (signs * _scales).sum(-1, keepdim: true)).abs(), all = signs.expand(Rows, _groups, _group, _stages);
            if (best is null) (best, least) = (all, distance);
            else
            {
                Tensor nearer = distance < least!;
                (best, least) = (where(nearer.unsqueeze(-1), all, best), minimum(distance, least!));
            }
        }
        return best!.detach();
    }
}
