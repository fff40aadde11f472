using System;
using Lr2vq.Codecs;
using Lr2vq.Compression;

namespace Lr2vq.Calibration;

/// <summary>A weight with values of its own.</summary>
internal sealed class GivenWeight(TensorIdentity identity, float[] values) : WeightSource(identity)
{
    public override void ReadCanonical(Span<float> destination) => values.CopyTo(destination);

    public override byte[] ReadRaw() => throw new NotSupportedException();
}
