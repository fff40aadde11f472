using System;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Memory;

namespace Lr2vq.Export;

/// <summary>A weight of an artifact as an ONNX payload: decoded, in ONNX order. Decoded when it is read, and again if its values were collected since.</summary>
internal sealed class ArtifactTensorPayload(ArtifactReader artifact, TensorEntry entry) : Onnx.TensorPayload
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
        using var memory = new NativeArena();
        TensorPayload payload = artifact.Payload(entry, memory);
        if (entry.Type != ElementType.Float32)
        {
            byte* expanded = memory.Allocate(CodecTable.ExpandedLength(payload));
            CodecTable.Expand(payload, expanded);
            return new ReadOnlySpan<byte>(expanded, checked((int)CodecTable.ExpandedLength(payload))).ToArray();
        }
        byte[] values = GC.AllocateUninitializedArray<byte>(checked((int)(entry.Elements * sizeof(float))));
        WeightTensor weight = CodecTable.Open(in payload);
        fixed (byte* destination = values) DenseOrder.Decode(weight, (float*)destination);
        return values;
    }
}
