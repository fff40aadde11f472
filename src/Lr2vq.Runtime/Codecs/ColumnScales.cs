using System;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Codecs;

/// <summary>Scales of input channels beside those of rows: weights whose inputs differ in scale differ inversely, and so may their noise.</summary>
/// <remarks>scale = 2^(n/2), n in [−<see cref="Limit"/>, <see cref="Limit"/>]: half an octave more or less changes next to nothing, and takes two
/// or three bits where fp16 takes sixteen. Rows fall into sets of equal length, each with scales of its own: the groups of a convolution.
/// Bits: order u3, then n of each channel of each set as a signed Golomb code of this order.</remarks>
internal static unsafe class ColumnScales
{
    /// <summary>Largest |n|.</summary>
    public const int Limit = 80;

    private const int OrderBits = 3;
    private const float HalfOctave = 1.41421356f;

    /// <summary>2^(n/2), the same bits on every machine.</summary>
    public static float Of(int n) => MathF.ScaleB((n & 1) == 0 ? 1f : HalfOctave, n >> 1);

    public static byte[] Pack(ReadOnlySpan<int> halfOctaves)
    {
        byte[]? shortest = null;
        for (int order = 0; order < 1 << OrderBits; order++)
        {
            var bits = new BitWriter();
            bits.Bits((uint)order, OrderBits);
            foreach (int n in halfOctaves) bits.SignedGolomb(n, order);
            byte[] packed = bits.ToArray();
            if (shortest is null || packed.Length < shortest.Length) shortest = packed;
        }
        return shortest!;
    }

    /// <summary>Expands all of <paramref name="length"/> bytes into <paramref name="count"/> scales in the tensor's memory.</summary>
    public static float* Open(in TensorPayload payload, byte* packed, long length, long count)
    {
        // A channel takes at least a bit.
        if (count > 8 * length) throw payload.Invalid("has too few bytes for the scales of its input channels");
        float* scales = payload.Memory.AllocateFloats((count + PanelOrder.Lanes - 1) / PanelOrder.Lanes * PanelOrder.Lanes);
        var bits = new BitReader(packed, length);
        int order = (int)bits.Bits(OrderBits);
        for (long i = 0; i < count; i++)
        {
            int n = bits.SignedGolomb(order);
            if (bits.Overrun || n is < -Limit or > Limit) throw payload.Invalid("has damaged scales of its input channels");
            scales[i] = Of(n);
        }
        if (bits.BytesRead != length) throw payload.Invalid("has bytes behind the scales of its input channels");
        return scales;
    }
}
