using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Memory;

namespace Lr2vq.Evaluation;

/// <summary>The weights of an artifact as <see cref="EvaluationNetwork"/> takes them.</summary>
internal static class ArtifactTensors
{
    /// <summary>Copies, in the order of the Plan.</summary>
    public static EncodedTensor[] Of(ArtifactReader artifact)
    {
        using NativeArena arena = new();
        return [.. artifact.Plan.Weights.Select(weight => Copy(artifact, artifact.Find(weight.Name) ?? throw new InvalidDataException($"the artifact has no tensor '{weight.Name}'"), arena))];
    }

    private static unsafe EncodedTensor Copy(ArtifactReader artifact, TensorEntry entry, NativeArena arena)
    {
        TensorPayload payload = artifact.Payload(entry, arena);
        return new EncodedTensor(entry.Name, entry.Role, entry.Type, entry.Shape, entry.Groups, entry.Format, Bytes(payload.ParametersData, payload.ParametersLength),
            Bytes(payload.CodesData, payload.CodesLength), Bytes(payload.CodebookData, payload.CodebookLength), Bytes(payload.DenseData, payload.DenseLength)) { RelativeError = entry.RelativeError };
    }

    private static unsafe byte[] Bytes(byte* data, long length) => new ReadOnlySpan<byte>(data, checked((int)length)).ToArray();
}
