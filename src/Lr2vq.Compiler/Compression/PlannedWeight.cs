using System;
using System.Buffers;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>A weight of a planned network, read from the ONNX file (and with folded BatchNormalization) whenever it is asked for.</summary>
/// <param name="cancellation">Looked at before each block that is read.</param>
internal sealed class PlannedWeight(PlanWeight weight, ConstantTensor constant, CancellationToken cancellation = default)
    : WeightSource(TensorIdentity.Of(weight))
{
    /// <summary>Floats that are read at once.</summary>
    private const int Block = 1 << 18;

    public ConstantTensor Constant => constant;

    public override void ReadCanonical(Span<float> destination)
    {
        switch (Identity.Role)
        {
            case WeightRole.MatMul: ReadTransposed(destination, 1, Identity.Shape[0], Identity.Shape[1], 1); break;
            case WeightRole.ConvTranspose:
                CanonicalShape shape = Identity.Canonical;
                ReadTransposed(destination, Identity.Groups, shape.Inputs, Identity.Shape[1], shape.KernelHeight * shape.KernelWidth);
                break;
            default:
                for (int first = 0; first < destination.Length; first += Block)
                {
                    cancellation.ThrowIfCancellationRequested();
                    constant.ReadFloats(destination.Slice(first, Math.Min(Block, destination.Length - first)), first);
                }
                break;
        }
    }

    public override byte[] ReadRaw()
    {
        cancellation.ThrowIfCancellationRequested();
        return constant.ToBytes();
    }

    /// <summary>[groups, inputs, outputs, taps] as stored becomes [groups, outputs, inputs, taps].</summary>
    private void ReadTransposed(Span<float> destination, int groups, int inputs, int outputs, int taps)
    {
        long rowLength = (long)outputs * taps;
        if (rowLength == 0 || destination.Length == 0) return;
        // Whole rows where they fit, so that the source is read once from front to back.
        int rows = (int)Math.Max(1, Block / rowLength);
        float[] buffer = ArrayPool<float>.Shared.Rent(checked((int)(rows * rowLength)));
        for (int group = 0; group < groups; group++)
            for (int first = 0; first < inputs; first += rows)
            {
                cancellation.ThrowIfCancellationRequested();
                int count = Math.Min(rows, inputs - first);
                Span<float> source = buffer.AsSpan(0, checked((int)(count * rowLength)));
                constant.ReadFloats(source, ((long)group * inputs + first) * rowLength);
                for (int o = 0; o < outputs; o++)
                {
                    Span<float> target = destination.Slice(checked((int)((((long)group * outputs + o) * inputs + first) * taps)), count * taps);
                    for (int i = 0; i < count; i++) source.Slice((int)(i * rowLength) + o * taps, taps).CopyTo(target[(i * taps)..]);
                }
            }
        ArrayPool<float>.Shared.Return(buffer);
    }
}
