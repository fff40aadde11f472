using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>The weights of <see cref="BytePlanes"/>, some at a time: the four planes are read side by side, so that nothing but the weights
/// is ever held as a whole.</summary>
internal sealed unsafe class BytePlaneReader : IDisposable
{
    private const int Planes = 4, PlaneHeader = BytePlanes.PlaneHeader;

    /// <summary>Weights of one round: their bytes stay in the first-level cache.</summary>
    private const int Round = 2048;

    private readonly TensorPayload _payload;
    private readonly Plane[] _planes = new Plane[Planes];
    private readonly uint _lowest;
    private byte* _memory;

    private struct Plane
    {
        /// <summary>What is not read yet of a plane that is stored as it is; else null.</summary>
        public byte* Bytes;
        public RansDecoder Decoder;
        public uint* Table;
        public byte* Symbols;
    }

    public BytePlaneReader(in TensorPayload payload, long count)
    {
        _payload = payload;
        _memory = (byte*)NativeMemory.Alloc(Planes * (RansDecoder.TableBytes + Round));
        try
        {
            byte* symbols = _memory + Planes * RansDecoder.TableBytes;
            long at = 0;
            for (int p = 0; p < Planes; p++)
            {
                if (payload.CodesLength - at < PlaneHeader) throw payload.Invalid("has codes that end inside a plane");
                byte* header = payload.CodesData + at;
                long length = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(header, 4));
                at += PlaneHeader;
                if (length > payload.CodesLength - at || header[4] > 1) throw payload.Invalid("has a plane that does not fit its codes");
                byte* data = payload.CodesData + at;
                at += length;
                ref Plane plane = ref _planes[p];
                if (header[4] == 0)
                {
                    if (length != count) throw payload.Invalid($"has a plane of {length} bytes for {count} weights");
                    plane.Bytes = data;
                    continue;
                }
                SymbolModel model = ByteCoding.TryReadModel(ref data, ref length) ?? throw payload.Invalid("has a plane with a damaged table");
                plane.Table = (uint*)_memory + p * SymbolModel.Total;
                plane.Symbols = symbols + p * Round;
                RansDecoder.BuildTable(model, plane.Table);
                plane.Decoder = new RansDecoder(data, length);
                _lowest |= (uint)model.Low << (8 * p);
            }
            if (at != payload.CodesLength && payload.CodesLength != BytePlanes.LeastLength(count)) throw payload.Invalid("has bytes after its last plane");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The next weights, as bits.</summary>
    public void Read(uint* values, long count)
    {
        byte** from = stackalloc byte*[Planes];
        for (; count > 0; count -= Round, values += Round)
        {
            int part = (int)Math.Min(Round, count);
            for (int p = 0; p < Planes; p++)
            {
                ref Plane plane = ref _planes[p];
                if (plane.Bytes == null)
                {
                    plane.Decoder.Decode(plane.Table, from[p] = plane.Symbols, part);
                    continue;
                }
                from[p] = plane.Bytes;
                plane.Bytes += part;
            }
            Join(from[0], from[1], from[2], from[3], values, part);
        }
    }

    /// <summary>Says whether the planes ended with the last weight.</summary>
    public void End()
    {
        foreach (ref Plane plane in _planes.AsSpan())
            if (plane.Bytes == null && !plane.Decoder.EndsCleanly) throw _payload.Invalid("has a damaged plane");
    }

    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }

    [MethodImpl(Compile.Loop)]
    private void Join(byte* p0, byte* p1, byte* p2, byte* p3, uint* values, int count)
    {
        // A symbol and the least of its plane are a byte together: nothing is carried.
        Vector128<uint> lowest = Vector128.Create(_lowest);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            (Vector128<ushort> a0, Vector128<ushort> a1) = Pairs(p0 + i, p1 + i);
            (Vector128<ushort> b0, Vector128<ushort> b1) = Pairs(p2 + i, p3 + i);
            Store(a0, b0, lowest, values + i);
            Store(a1, b1, lowest, values + i + 8);
        }
        for (; i < count; i++) values[i] = _lowest + (p0[i] | (uint)p1[i] << 8 | (uint)p2[i] << 16 | (uint)p3[i] << 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<ushort> Low, Vector128<ushort> High) Pairs(byte* low, byte* high)
    {
        Vector128<byte> l = Vector128.Load(low), h = Vector128.Load(high);
        return (Vector128.WidenLower(l) | Vector128.ShiftLeft(Vector128.WidenLower(h), 8), Vector128.WidenUpper(l) | Vector128.ShiftLeft(Vector128.WidenUpper(h), 8));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<ushort> low, Vector128<ushort> high, Vector128<uint> lowest, uint* values)
    {
        (lowest + (Vector128.WidenLower(low) | Vector128.ShiftLeft(Vector128.WidenLower(high), 16))).Store(values);
        (lowest + (Vector128.WidenUpper(low) | Vector128.ShiftLeft(Vector128.WidenUpper(high), 16))).Store(values + 4);
    }
}
