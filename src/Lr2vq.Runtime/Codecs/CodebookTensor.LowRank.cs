using System;
using System.Buffers.Binary;
using Lr2vq.Plans;

namespace Lr2vq.Codecs;

/// <summary>LR²VQ kept apart: <c>W x = codewords (basis x)</c>.</summary>
internal sealed unsafe partial class CodebookTensor
{
    private ProjectedWeight? _projected;

    public override ProjectedWeight? AsProjected() => _projected;

    /// <summary>The same codes over the unexpanded codebook; null where a projection does not fit whole groups.</summary>
    private static ProjectedWeight? Project(in TensorPayload payload, SliceOrder order, Stage stage, float* scales, ReadOnlySpan<byte> entryBytes,
        ReadOnlySpan<byte> basisBytes, int k, int d, EntryEncoding encoding, int slots)
    {
        CanonicalShape shape = payload.Canonical;
        if (payload.Role is not (WeightRole.Conv or WeightRole.Gemm or WeightRole.MatMul)) return null;
        int taps = order.Taps;
        // Along a row of one tap lie input channels.
        bool spatial = order.Axis == SliceAxis.Spatial && taps > 1;
        if (payload.Groups != 1 || order.Axis == SliceAxis.OutputChannel || order.Columns % order.M != 0) return null;
        if (spatial ? order.M % taps != 0 || shape.Rows % PanelOrder.Lanes != 0 : shape.Inputs % order.M != 0) return null;
        int inputs = (spatial ? order.Columns : shape.Inputs) / order.M * d;
        float* basis = payload.Memory.AllocateFloats((long)d * order.M), entries = payload.Memory.AllocateFloats((long)slots * d + 4);
        CodebookEntries.Read(entryBytes, k, d, encoding, new Span<float>(entries, k * d));
        for (int i = 0; i < d * order.M; i++) basis[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(basisBytes[(2 * i)..]);
        TensorPayload narrow = payload;
        narrow.Shape = (int[])payload.Shape.Clone();
        narrow.Shape[payload.Role == WeightRole.MatMul ? 0 : 1] = inputs;
        if (spatial) narrow.Shape = [shape.Rows, inputs, 1, 1];
        SliceOrder places = new(SliceAxis.InputChannel, d, shape.Rows, inputs, spatial ? 1 : taps);
        WeightTensor codewords = new CodebookTensor(narrow, places, [stage with { Entries = entries }], scales, lowRank: false);
        return new ProjectedWeight(spatial ? new GroupBlocks(codewords, d) : codewords, order.M, d, basis, spatial);
    }
}
