using System;
using System.Collections.Generic;
using Lr2vq.Codecs;
using Lr2vq.Evaluation;
using Lr2vq.Memory;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>A weight that stays as the file has it, and the BatchNormalization behind it with it: its format is not trained.</summary>
/// <param name="gain">|gain| of each row that is folded into it; null if no BatchNormalization follows.</param>
internal sealed class FixedWeight(EncodedTensor tensor, float[]? gain) : TrainableWeight(new TensorIdentity(tensor.Name, tensor.Role, tensor.Type, tensor.Shape, tensor.Groups))
{
    private readonly Tensor _values = gain is null ? Decoded(tensor) : Decoded(tensor) / TensorValues.Of(gain, gain.Length, 1);

    public override IEnumerable<(string Name, Parameter Parameter)> Parameters => [];

    public override Tensor Rebuild() => _values;

    public override EncodedTensor Export(float[]? gain) => tensor;

    /// <summary>What a reader of the file sees [rows, columns].</summary>
    public static unsafe Tensor Decoded(EncodedTensor tensor)
    {
        using NativeArena memory = new();
        WeightTensor weight = CodecTable.Open(MemoryWeights.Payload(tensor, memory, memory));
        float* values = memory.AllocateFloats(checked((long)weight.Rows * weight.Columns + 64));
        weight.DecodeRows(0, weight.Rows, values, weight.Columns);
        return TensorValues.Of(new ReadOnlySpan<float>(values, checked(weight.Rows * weight.Columns)), weight.Rows, weight.Columns);
    }
}
