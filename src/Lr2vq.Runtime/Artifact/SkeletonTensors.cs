using System;
using System.Threading.Tasks;
using Lr2vq.Codecs;
using Lr2vq.Diagnostics;
using Lr2vq.Memory;
using Lr2vq.Plans;

namespace Lr2vq.Artifacts;

/// <summary>Tensors of an artifact as an ONNX model has them: decoded, in ONNX order, in the type of the model.</summary>
internal static unsafe class SkeletonTensors
{
    private const float LargestHalf = 65504;

    /// <summary>Decodes all tensors that are handed over to their places, on all cores.</summary>
    /// <param name="artifact">The artifact.</param>
    /// <param name="skeleton">Its skeleton.</param>
    /// <param name="memory">Owns the memory.</param>
    /// <returns><see cref="ArtifactSkeleton.Length"/> bytes, and one more: an empty file is none.</returns>
    /// <exception cref="InvalidArtifactException">A tensor is damaged, or they are larger than the memory may be.</exception>
    public static byte* DecodeAll(ArtifactReader artifact, ArtifactSkeleton skeleton, NativeArena memory)
    {
        byte* data;
        try
        {
            data = memory.Allocate(skeleton.Length + 1);
        }
        catch (MemoryLimitException problem)
        {
            throw new InvalidArtifactException(DiagnosticCatalogue.WeightMemory.At(new(File: artifact.Name), problem.Needed, problem.Limit), problem);
        }
        try
        {
            Parallel.For(0, artifact.Plan.Weights.Count, i =>
            {
                if (skeleton.Types[i] != ElementType.Undefined) Decode(artifact, artifact.Plan.Weights[i], skeleton.Types[i], data + skeleton.Offsets[i]);
            });
            return data;
        }
        catch (AggregateException several)
        {
            throw several.InnerExceptions[0] as InvalidArtifactException ?? several.InnerExceptions[0];
        }
    }

    /// <param name="artifact">The artifact.</param>
    /// <param name="weight">A weight of its Plan.</param>
    /// <param name="type">Its type in the model.</param>
    /// <param name="destination">Room for the elements in <paramref name="type"/>, aligned to 64 bytes.</param>
    /// <exception cref="InvalidArtifactException">The tensor is damaged, or not the Plan's.</exception>
    public static void Decode(ArtifactReader artifact, PlanWeight weight, ElementType type, byte* destination)
    {
        TensorEntry? entry = artifact.Find(weight.Name);
        if (entry is null || entry.Type != weight.Type || !entry.Shape.AsSpan().SequenceEqual([.. weight.Shape]))
            throw new InvalidArtifactException(DiagnosticCatalogue.MissingTensor.At(new(File: artifact.Name, Tensor: weight.Name), weight.Name, "it is another"));
        using NativeArena memory = new();
        TensorPayload payload = artifact.Payload(entry, memory);
        try
        {
            if (type == ElementType.Float32) DenseOrder.Decode(CodecTable.Open(in payload), (float*)destination);
            else if (type == entry.Type) Expand(payload, destination);
            else Narrow(payload, memory, type, (ushort*)destination);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException or InvalidOperationException or IndexOutOfRangeException or NotSupportedException)
        {
            throw payload.Invalid("cannot be decoded: " + e.Message, e);
        }
    }

    private static void Expand(in TensorPayload payload, byte* destination)
    {
        if (CodecTable.ExpandedLength(payload) != payload.Elements * ElementTypes.ByteLength(payload.Type)) throw payload.Invalid("has another length than its shape says");
        CodecTable.Expand(payload, destination);
    }

    /// <summary>Rounds to the 16-bit floats of the model. Exact for weights that are stored without loss.</summary>
    private static void Narrow(in TensorPayload payload, NativeArena memory, ElementType type, ushort* destination)
    {
        long count = payload.Elements;
        float* decoded = memory.AllocateFloats(count);
        DenseOrder.Decode(CodecTable.Open(in payload), decoded);
        for (long i = 0; i < count; i++)
        {
            float value = decoded[i];
            // What is a little too large after coding is not infinite; an infinite constant is.
            if (type == ElementType.Float16 && float.IsFinite(value)) value = Math.Clamp(value, -LargestHalf, LargestHalf);
            destination[i] = type == ElementType.Float16 ? BitConverter.HalfToUInt16Bits((Half)value) : DenseTensor.ToBFloat16(value);
        }
    }
}
