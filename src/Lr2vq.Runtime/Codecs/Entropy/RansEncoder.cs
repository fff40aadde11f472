using System;
using System.Buffers.Binary;

namespace Lr2vq.Codecs.Entropy;

/// <summary>Static rANS, encoding side. Symbols are put last first; see <see cref="RansDecoder"/> for the stream.</summary>
internal struct RansEncoder
{
    private readonly uint[] _states;
    private byte[] _words;      // filled from the end
    private int _start;

    public RansEncoder(int expectedBytes)
    {
        _states = [RansDecoder.LowerBound, RansDecoder.LowerBound, RansDecoder.LowerBound, RansDecoder.LowerBound];
        _words = new byte[Math.Max(64, expectedBytes)];
        _start = _words.Length;
    }

    /// <summary>Puts the symbol that the decoder will see as number <paramref name="index"/>. Call with falling indices.</summary>
    public void Put(long index, int frequency, int start)
    {
        ref uint state = ref _states[(int)(index & 3)];
        uint x = state;
        if (x >= ((ulong)frequency << 20))
        {
            if (_start < 2) Grow();
            _start -= 2;
            BinaryPrimitives.WriteUInt16LittleEndian(_words.AsSpan(_start), (ushort)x);
            x >>= 16;
        }
        uint quotient = x / (uint)frequency;
        state = (quotient << SymbolModel.PrecisionBits) + (x - quotient * (uint)frequency) + (uint)start;
    }

    /// <summary>The whole stream.</summary>
    public readonly byte[] Finish()
    {
        byte[] stream = new byte[16 + _words.Length - _start];
        for (int i = 0; i < 4; i++) BinaryPrimitives.WriteUInt32LittleEndian(stream.AsSpan(4 * i), _states[i]);
        _words.AsSpan(_start).CopyTo(stream.AsSpan(16));
        return stream;
    }

    private void Grow()
    {
        byte[] larger = new byte[checked(2 * _words.Length)];
        _words.AsSpan(_start).CopyTo(larger.AsSpan(larger.Length - (_words.Length - _start)));
        _start += larger.Length - _words.Length;
        _words = larger;
    }
}
