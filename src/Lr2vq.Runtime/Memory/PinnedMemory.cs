using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lr2vq.Memory;

/// <summary>Managed memory that never moves: kernels use its address, and a span into it keeps it alive, whatever becomes of its owner.</summary>
/// <remarks>Zeroed, 64-byte aligned, and readable up to the next multiple of 64 bytes beyond its end.</remarks>
internal sealed unsafe class PinnedMemory
{
    private const int Alignment = 64;
    private readonly byte[] _bytes = [];
    private readonly NativeArena? _watched;

    public PinnedMemory(long length)
    {
        Length = length;
        if (NativeArena.Guard is not null)
        {
            // Tests watch the ends of native memory.
            _watched = new NativeArena();
            Data = _watched.Allocate(length);
            return;
        }
        _bytes = GC.AllocateArray<byte>(checked((int)(length + 2 * Alignment)), pinned: true);
        byte* start = Start;
        Data = start + (-(nint)start & (Alignment - 1));
    }

    public byte* Data { get; }
    public long Length { get; }

    private byte* Start => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_bytes));

    /// <summary>Elements from an address inside.</summary>
    public ReadOnlySpan<T> View<T>(byte* at, int count) where T : unmanaged
    {
        if (_watched is not null) return new ReadOnlySpan<T>(at, count);
        // The slice checks that all of it is here.
        ReadOnlySpan<byte> bytes = _bytes.AsSpan(checked((int)(at - Start)), checked(count * sizeof(T)));
        return MemoryMarshal.Cast<byte, T>(bytes);
    }
}
