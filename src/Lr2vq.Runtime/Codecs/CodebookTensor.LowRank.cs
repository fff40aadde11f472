using System;
using System.Buffers.Binary;
using Lr2vq.Plans;

namespace Lr2vq.Codecs;

/// <summary>LR²VQ along the input channels, kept apart: <c>W x = codewords (basis x)</c>.</summary>
internal sealed unsafe partial class CodebookTensor
{
    private ProjectedWeight? _projected;

    public override ProjectedWeight? AsProjected() => _projected;

    /// <summary>The same codes over the unexpanded codebook; null where a projection does not fit whole groups.</summary>
    private static ProjectedWeight? Project(in TensorPayload payload, SliceOrder order, Stage stage, float* scales, ReadOnlySpan<byte> entryBytes,
        ReadOnlySpan<byte> basisBytes, int k, int d, EntryEncoding encoding, int slots)
    {
        CanonicalShape shape = CanonicalShape.Of(payload.Role, payload.Shape, payload.Groups);
        if (payload.Role is not (WeightRole.Conv or WeightRole.Gemm or WeightRole.MatMul)) return null;
        if (payload.Groups != 1 || order.Axis != SliceAxis.InputChannel || shape.Inputs % order.M != 0) return null;
        int inputs = shape.Inputs / order.M * d;
        float* basis = payload.Memory.AllocateFloats((long)d * order.M), entries = payload.Memory.AllocateFloats((long)slots * d + 4);
        CodebookEntries.Read(entryBytes, k, d, encoding, new Span<float>(entries, k * d));
        for (int i = 0; i < d * order.M; i++) basis[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(basisBytes[(2 * i)..]);
        TensorPayload narrow = payload;
        narrow.Shape = [.. payload.Shape];
        narrow.Shape[payload.Role == WeightRole.MatMul ? 0 : 1] = inputs;
        SliceOrder places = new(SliceAxis.InputChannel, d, shape.Rows, inputs, shape.KernelHeight * shape.KernelWidth);
        return new ProjectedWeight(new CodebookTensor(narrow, places, [stage with { Entries = entries }], scales, lowRank: false), order.M, d, basis);
    }
}
