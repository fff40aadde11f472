using System;

namespace Lr2vq.Codecs;

/// <summary>Codes of 1 to 16 bits one after the other, lowest bit first.</summary>
internal static unsafe class PackedBits
{
    /// <summary>⌈log₂ k⌉, at least 1.</summary>
    public static int BitsFor(int k)
    {
        int bits = 1;
        while (1 << bits < k) bits++;
        return bits;
    }

    public static long ByteLength(long count, int bits) => checked(count * bits + 7) / 8;

    public static byte[] Pack(ReadOnlySpan<ushort> codes, int bits)
    {
        byte[] packed = new byte[checked((int)ByteLength(codes.Length, bits))];
        ulong held = 0;
        int heldBits = 0, at = 0;
        foreach (ushort code in codes)
        {
            held |= (ulong)code << heldBits;
            for (heldBits += bits; heldBits >= 8; heldBits -= 8, held >>= 8) packed[at++] = (byte)held;
        }
        if (heldBits > 0) packed[at] = (byte)held;
        return packed;
    }

    /// <summary>Code number <paramref name="index"/> of <paramref name="length"/> packed bytes.</summary>
    public static int Read(byte* packed, long length, long index, int bits)
    {
        long first = index * bits, at = first >> 3;
        uint held = packed[at];
        if (at + 1 < length) held |= (uint)packed[at + 1] << 8;
        if (at + 2 < length) held |= (uint)packed[at + 2] << 16;
        return (int)(held >> (int)(first & 7)) & ((1 << bits) - 1);
    }
}
