using System;
using Lr2vq.Artifacts;
using Lr2vq.Plans;

namespace Lr2vq.Export;

/// <summary>A weight of an artifact as an ONNX payload: decoded, in ONNX order. Decoded when it is read, and again if its values were collected since.</summary>
/// <param name="type">The type that the payload has.</param>
internal sealed class ArtifactTensorPayload(ArtifactReader artifact, PlanWeight weight, ElementType type) : Onnx.TensorPayload
{
    private readonly WeakReference<byte[]?> _values = new(null);

    public override void Read(long offset, Span<byte> destination)
    {
        byte[]? values;
        lock (_values)
        {
            if (!_values.TryGetTarget(out values)) _values.SetTarget(values = Decode());
        }
        values.AsSpan(checked((int)offset), destination.Length).CopyTo(destination);
    }

    private unsafe byte[] Decode()
    {
        long elements = 1;
        foreach (int dimension in weight.Shape) elements = checked(elements * dimension);
        byte[] values = GC.AllocateUninitializedArray<byte>(checked((int)(elements * ElementTypes.ByteLength(type))));
        fixed (byte* destination = values) SkeletonTensors.Decode(artifact, weight, type, destination);
        return values;
    }
}
