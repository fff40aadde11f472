using System;
using System.Buffers;

namespace Lr2vq.Onnx;

/// <summary>Elements of 4 bits, one in a byte, as files have them: two in a byte, the first in the low half.</summary>
/// <param name="elements">A byte for each element.</param>
/// <param name="count">How many there are; an odd one has a byte to itself.</param>
internal sealed class NibblePayload(TensorPayload elements, long count) : TensorPayload
{
    private const int Block = 4096;

    public override void Read(long offset, Span<byte> destination)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(2 * Block);
        for (int at = 0; at < destination.Length; at += Block)
        {
            Span<byte> pairs = destination.Slice(at, Math.Min(Block, destination.Length - at));
            long first = 2 * (offset + at);
            Span<byte> single = buffer.AsSpan(0, (int)Math.Min(2L * pairs.Length, count - first));
            elements.Read(first, single);
            for (int i = 0; i < pairs.Length; i++)
            {
                int high = 2 * i + 1 < single.Length ? single[2 * i + 1] : 0;
                pairs[i] = (byte)(single[2 * i] & 0xF | high << 4);
            }
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>A payload in the form in which files have elements of a type.</summary>
    public static TensorPayload Of(ElementType type, TensorPayload elements, long count) => Plans.ElementTypes.IsNibble(type) ? new NibblePayload(elements, count) : elements;
}
