using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Memory;
using Lr2vq.Planning;
using Lr2vq.Plans;

namespace Lr2vq.Evaluation;

/// <summary>Weights that no file has yet: encoded ones, or those of the model as they are. A weight is in memory once, from when a step asks for it.</summary>
internal sealed unsafe class MemoryWeights : WeightStore
{
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly TensorEntry[] _entries;
    private readonly IReadOnlyList<EncodedTensor>? _tensors;
    private readonly PlannedWeight[]? _sources;
    private readonly CancellationToken _cancellation;
    private readonly NativeArena _memory = new();

    private MemoryWeights(Plan plan, IReadOnlyList<EncodedTensor>? tensors, PlannedWeight[]? sources, CancellationToken cancellation)
    {
        (Plan, _tensors, _sources, _cancellation) = (plan, tensors, sources, cancellation);
        _entries = [.. plan.Weights.Select((weight, i) => new TensorEntry
        {
            Name = weight.Name, Role = weight.Role, Type = weight.Type, Shape = [.. weight.Shape], Groups = weight.Groups,
            Format = tensors?[i].Format ?? TensorFormat.Dense,
            RelativeError = 0, Parameters = default, Codes = default, Codebook = default, Dense = default, SharedBytes = 0,
        })];
        for (int i = 0; i < _entries.Length; i++) _indices.Add(_entries[i].Name, i);
        Length = _entries.Select((entry, i) => tensors is null ? entry.Elements * ElementTypes.ByteLength(entry.Type) : TensorLengths.Of(tensors[i]).Payload).Sum();
    }

    public override string Name => Plan.ModelName;

    public override long Length { get; }

    public override Plan Plan { get; }

    public override IReadOnlyList<StepForms> Forms => [];

    /// <param name="plan">The Plan.</param>
    /// <param name="tensors">In the order of its weights.</param>
    /// <param name="cancellation">Looked at whenever a weight is asked for.</param>
    public static MemoryWeights Of(Plan plan, IReadOnlyList<EncodedTensor> tensors, CancellationToken cancellation = default) => new(plan, tensors, null, cancellation);

    /// <summary>The weights of a model as they are; it must stay open.</summary>
    public static MemoryWeights Of(PlannedNetwork network, CancellationToken cancellation = default) =>
        new(network.Plan, null, [.. network.Plan.Weights.Zip(network.Constants, (weight, constant) => new PlannedWeight(weight, constant, cancellation))], cancellation);

    public override TensorEntry? Find(string name) => _indices.TryGetValue(name, out int index) ? _entries[index] : null;

    public override TensorPayload Payload(TensorEntry entry, NativeArena arena)
    {
        _cancellation.ThrowIfCancellationRequested();
        int index = _indices[entry.Name];
        return _sources is null ? Payload(_tensors![index], _memory, arena) : Original(_sources[index], arena);
    }

    /// <summary>An encoded tensor where codecs can read it.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="memory">Where its bytes go: readers of vectors look beyond the end.</param>
    /// <param name="arena">Where the codec puts what it expands.</param>
    public static TensorPayload Payload(EncodedTensor tensor, NativeArena memory, NativeArena arena) => new()
    {
        Name = tensor.Name, Role = tensor.Role, Type = tensor.Type, Shape = tensor.Shape, Groups = tensor.Groups, Format = tensor.Format, Memory = arena,
        ParametersData = Copy(tensor.Parameters, memory), ParametersLength = tensor.Parameters.Length,
        CodesData = Copy(tensor.Codes, memory), CodesLength = tensor.Codes.Length,
        CodebookData = Copy(tensor.Codebook, memory), CodebookLength = tensor.Codebook.Length,
        DenseData = Copy(tensor.Dense, memory), DenseLength = tensor.Dense.Length,
    };

    public override void Dispose() => _memory.Dispose();

    private TensorPayload Original(PlannedWeight weight, NativeArena arena)
    {
        TensorIdentity identity = weight.Identity;
        var payload = new TensorPayload
        {
            Name = identity.Name, Role = identity.Role, Type = identity.Type, Shape = identity.Shape, Groups = identity.Groups,
            Format = TensorFormat.Dense, Memory = arena, CodesData = _memory.Allocate(0), CodebookData = _memory.Allocate(0),
        };
        if (identity.Type == ElementType.Float32)
        {
            payload.ParametersData = Copy([(byte)DenseEncoding.Fp32], _memory);
            payload.ParametersLength = 1;
            payload.DenseLength = sizeof(float) * weight.Length;
            float* values = _memory.AllocateFloats(checked(weight.Length + ArtifactFormat.ReadableBeyond / sizeof(float)));
            weight.ReadCanonical(new Span<float>(values, checked((int)weight.Length)));
            payload.DenseData = (byte*)values;
        }
        else
        {
            payload.ParametersData = _memory.Allocate(0);
            byte[] values = weight.ReadRaw();
            payload.DenseData = Copy(values, _memory);
            payload.DenseLength = values.Length;
        }
        return payload;
    }

    private static byte* Copy(byte[] bytes, NativeArena memory)
    {
        byte* data = memory.Allocate(bytes.Length + ArtifactFormat.ReadableBeyond);
        bytes.CopyTo(new Span<byte>(data, bytes.Length));
        return data;
    }
}
