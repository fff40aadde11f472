using System;
using System.Collections.Generic;
using System.Numerics;

namespace Lr2vq.Codecs.Entropy;

/// <summary>Bits, lowest first, into a growing list of bytes.</summary>
internal sealed class BitWriter
{
    private readonly List<byte> _bytes = [];
    private ulong _held;
    private int _heldBits;

    /// <summary>Bits written so far.</summary>
    public long Length => 8L * _bytes.Count + _heldBits;

    /// <summary>The lowest <paramref name="count"/> ≤ 32 bits of <paramref name="value"/>.</summary>
    public void Bits(uint value, int count)
    {
        _held |= ((ulong)value & ((1UL << count) - 1)) << _heldBits;
        _heldBits += count;
        while (_heldBits >= 8)
        {
            _bytes.Add((byte)_held);
            _held >>= 8;
            _heldBits -= 8;
        }
    }

    /// <summary>Exponential Golomb code of order <paramref name="order"/>: short for small numbers.</summary>
    public void Golomb(uint value, int order)
    {
        ulong shifted = (ulong)value + (1UL << order);
        int length = BitOperations.Log2(shifted);
        for (int i = order; i < length; i++) Bits(0, 1);
        Bits(1, 1);
        ulong rest = shifted - (1UL << length);
        if (length > 16)
        {
            Bits((uint)(rest & 0xFFFF), 16);
            Bits((uint)(rest >> 16), length - 16);
        }
        else
        {
            Bits((uint)rest, length);
        }
    }

    /// <summary>Golomb code of a number of either sign.</summary>
    public void SignedGolomb(int value, int order) => Golomb((uint)((value << 1) ^ (value >> 31)), order);

    /// <summary>All bytes; the last is filled with zero bits.</summary>
    public byte[] ToArray()
    {
        if (_heldBits == 0) return [.. _bytes];
        return [.. _bytes, (byte)_held];
    }
}
