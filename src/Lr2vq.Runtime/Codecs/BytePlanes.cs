using System;
using System.Buffers.Binary;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Codecs;

/// <summary>fp32 without loss: byte 0 of all weights, byte 1, byte 2, byte 3, each plane entropy-coded if that is shorter.</summary>
/// <remarks>Codes: for each plane its length u32, coded u8 (0 or 1), then either the plane's bytes, or a symbol model and a rANS stream.
/// Zeros follow if that is less than a byte for 64 weights. The planes of sign, exponent and leading mantissa bits shrink; the last two hardly ever do.</remarks>
internal static class BytePlanes
{
    /// <summary>Length and kind of a plane.</summary>
    public const int PlaneHeader = 5;

    // A tensor has at least a byte for so many weights, so that a short file cannot ask for much memory.
    private const int MaxWeightsPerByte = 64;

    public static byte[] Pack(ReadOnlySpan<float> values)
    {
        byte[][] planes = new byte[4][];
        byte[] plane = new byte[values.Length];
        long length = 0;
        bool[] coded = new bool[4];
        for (int p = 0; p < 4; p++)
        {
            for (int i = 0; i < values.Length; i++) plane[i] = (byte)(BitConverter.SingleToUInt32Bits(values[i]) >> (8 * p));
            byte[] packed = ByteCoding.Pack(plane);
            coded[p] = packed.Length < plane.Length;
            planes[p] = coded[p] ? packed : (byte[])plane.Clone();
            length += PlaneHeader + planes[p].Length;
        }
        byte[] all = new byte[checked((int)Math.Max(length, LeastLength(values.Length)))];
        int at = 0;
        for (int p = 0; p < 4; p++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(all.AsSpan(at), planes[p].Length);
            all[at + 4] = coded[p] ? (byte)1 : (byte)0;
            planes[p].CopyTo(all.AsSpan(at + PlaneHeader));
            at += PlaneHeader + planes[p].Length;
        }
        return all;
    }

    /// <summary>Begins to read <paramref name="count"/> weights.</summary>
    public static BytePlaneReader Open(in TensorPayload payload, long count) => LeastLength(count) > payload.CodesLength
        ? throw payload.Invalid($"has {payload.CodesLength} bytes of codes, too few for {count} weights")
        : new BytePlaneReader(payload, count);

    /// <summary>Fewest bytes of so many weights.</summary>
    public static long LeastLength(long count) => (count + MaxWeightsPerByte - 1) / MaxWeightsPerByte;
}
