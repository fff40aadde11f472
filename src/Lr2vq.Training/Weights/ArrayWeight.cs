using System;
using Lr2vq.Codecs;
using Lr2vq.Compression;

namespace Lr2vq.Training.Weights;

/// <summary>A weight whose values training made, for encoders.</summary>
internal sealed class ArrayWeight(TensorIdentity identity, float[] values) : WeightSource(identity)
{
    public override void ReadCanonical(Span<float> destination) => values.CopyTo(destination);

    public override byte[] ReadRaw() => throw new InvalidOperationException("Only f32 is trained");
}
