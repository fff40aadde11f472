using Lr2vq.Codecs;

namespace Lr2vq.Compression.Allocation;

/// <summary>What a weight may become.</summary>
internal sealed record TensorChoice(TensorSpec Spec, EncodedWeight Encoded)
{
    /// <summary>Bytes of its ranges.</summary>
    public long Bytes { get; } = TensorLengths.Of(Encoded.Tensor).Payload;
}

/// <summary>All that a weight may become.</summary>
/// <param name="Tensor">Index of the weight.</param>
/// <param name="Choices">From most bytes to fewest.</param>
internal sealed record TensorMenu(int Tensor, TensorChoice[] Choices);
