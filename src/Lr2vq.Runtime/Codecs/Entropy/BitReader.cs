using System.Runtime.CompilerServices;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs.Entropy;

/// <summary>Reads what <see cref="BitWriter"/> wrote. Beyond the end it gives zeros and says so in <see cref="Overrun"/>.</summary>
internal unsafe struct BitReader(byte* data, long length)
{
    private readonly byte* _data = data;
    private readonly long _bits = 8 * length;
    private long _position;

    /// <summary>More was read than there was, or a number was out of range.</summary>
    public bool Overrun { get; private set; }

    /// <summary>Bytes touched so far.</summary>
    public readonly long BytesRead => (_position + 7) >> 3;

    [MethodImpl(Compile.Loop)]
    public uint Bits(int count)
    {
        uint value = 0;
        for (int i = 0; i < count; i++) value |= Bit() << i;
        return value;
    }

    /// <summary>An exponential Golomb code of order <paramref name="order"/>.</summary>
    [MethodImpl(Compile.Loop)]
    public uint Golomb(int order)
    {
        int length = order;
        while (Bit() == 0)
        {
            if (++length > 32 || Overrun)
            {
                Overrun = true;
                return 0;
            }
        }
        ulong rest = length > 16 ? Bits(16) | ((ulong)Bits(length - 16) << 16) : Bits(length);
        return (uint)(rest + (1UL << length) - (1UL << order));
    }

    public int SignedGolomb(int order)
    {
        uint value = Golomb(order);
        return (int)(value >> 1) ^ -(int)(value & 1);
    }

    private uint Bit()
    {
        if (_position >= _bits)
        {
            Overrun = true;
            return 0;
        }
        uint bit = ((uint)_data[_position >> 3] >> (int)(_position & 7)) & 1;
        _position++;
        return bit;
    }
}
