using System;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;

namespace Lr2vq.Artifacts;

/// <summary>SHA-256 (FIPS 180-4) in managed code: loading a model needs no cryptographic library of the system, which some containers
/// lack and which takes longer to load than a small model takes to hash.</summary>
internal sealed class Sha256
{
    private static ReadOnlySpan<uint> K =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    private readonly byte[] _pending = new byte[64];
    private long _length;
    private uint _a = 0x6a09e667, _b = 0xbb67ae85, _c = 0x3c6ef372, _d = 0xa54ff53a, _e = 0x510e527f, _f = 0x9b05688c, _g = 0x1f83d9ab,
        _h = 0x5be0cd19;

    /// <summary>The first 16 bytes of the hash.</summary>
    public static unsafe UInt128 Short(byte* data, long length)
    {
        Sha256 hash = new();
        hash.Append(data, length);
        return hash.FinishShort();
    }

    /// <summary>The first 16 bytes of the hash.</summary>
    public static UInt128 Short(ReadOnlySpan<byte> data)
    {
        Sha256 hash = new();
        hash.Append(data);
        return hash.FinishShort();
    }

    public unsafe void Append(ReadOnlySpan<byte> data)
    {
        fixed (byte* p = data) Append(p, data.Length);
    }

    public unsafe void Append(byte* data, long length)
    {
        int pending = (int)(_length % 64);
        _length += length;
        if (pending > 0)
        {
            int taken = (int)Math.Min(64 - pending, length);
            new ReadOnlySpan<byte>(data, taken).CopyTo(_pending.AsSpan(pending));
            data += taken;
            length -= taken;
            if (pending + taken < 64) return;
            AddPending();
        }
        long blocks = length / 64;
        Add(data, blocks);
        new ReadOnlySpan<byte>(data + blocks * 64, (int)(length - blocks * 64)).CopyTo(_pending);
    }

    /// <summary>Ends the message and gives the hash, 32 bytes.</summary>
    public void Finish(Span<byte> hash)
    {
        // A one bit, zeros, the length in bits.
        int pending = (int)(_length % 64);
        _pending[pending++] = 0x80;
        if (pending > 56)
        {
            Array.Clear(_pending, pending, 64 - pending);
            AddPending();
            pending = 0;
        }
        Array.Clear(_pending, pending, 56 - pending);
        BinaryPrimitives.WriteInt64BigEndian(_pending.AsSpan(56), unchecked(_length * 8));
        AddPending();
        ReadOnlySpan<uint> words = [_a, _b, _c, _d, _e, _f, _g, _h];
        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(hash[(4 * i)..], words[i]);
    }

    /// <summary>Ends the message and gives the first 16 bytes of the hash.</summary>
    public UInt128 FinishShort()
    {
        Span<byte> hash = stackalloc byte[32];
        Finish(hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private unsafe void AddPending()
    {
        fixed (byte* p = _pending) Add(p, 1);
    }

    [MethodImpl(Compile.Loop)]
    private unsafe void Add(byte* data, long blocks)
    {
        uint* w = stackalloc uint[64];
        fixed (uint* k = K)
        {
            for (; blocks > 0; blocks--, data += 64)
            {
                for (int i = 0; i < 16; i++)
                    w[i] = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(data + 4 * i));
                for (int i = 16; i < 64; i++)
                {
                    uint x = w[i - 15], y = w[i - 2];
                    w[i] = w[i - 16] + w[i - 7]
                        + (BitOperations.RotateRight(x, 7) ^ BitOperations.RotateRight(x, 18) ^ x >> 3)
                        + (BitOperations.RotateRight(y, 17) ^ BitOperations.RotateRight(y, 19) ^ y >> 10);
                }
                uint a = _a, b = _b, c = _c, d = _d, e = _e, f = _f, g = _g, h = _h;
                // Eight rounds at a time, each with the roles of the variables moved by one, so that none is copied.
                for (int i = 0; i < 64; i += 8)
                {
                    Round(a, b, c, ref d, e, f, g, ref h, k[i] + w[i]);
                    Round(h, a, b, ref c, d, e, f, ref g, k[i + 1] + w[i + 1]);
                    Round(g, h, a, ref b, c, d, e, ref f, k[i + 2] + w[i + 2]);
                    Round(f, g, h, ref a, b, c, d, ref e, k[i + 3] + w[i + 3]);
                    Round(e, f, g, ref h, a, b, c, ref d, k[i + 4] + w[i + 4]);
                    Round(d, e, f, ref g, h, a, b, ref c, k[i + 5] + w[i + 5]);
                    Round(c, d, e, ref f, g, h, a, ref b, k[i + 6] + w[i + 6]);
                    Round(b, c, d, ref e, f, g, h, ref a, k[i + 7] + w[i + 7]);
                }
                _a += a;
                _b += b;
                _c += c;
                _d += d;
                _e += e;
                _f += f;
                _g += g;
                _h += h;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(uint a, uint b, uint c, ref uint d, uint e, uint f, uint g, ref uint h, uint kw)
    {
        uint t = h + kw + (e & f ^ ~e & g)
            + (BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25));
        d += t;
        h = t + (a & b ^ a & c ^ b & c)
            + (BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22));
    }
}
