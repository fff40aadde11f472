using System;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Artifacts;

/// <summary>What the length of an artifact depends on, for one tensor: an <see cref="EncodedTensor"/> without its bytes.</summary>
/// <param name="CodebookIdentity">Tensors whose identities are equal share one stored codebook; null shares with none.</param>
internal sealed record TensorLengths(string Name, WeightRole Role, ElementType Type, int[] Shape, int Groups, TensorFormat Format,
    int Parameters, long Codes, long Codebook, long Dense, object? CodebookIdentity = null);
