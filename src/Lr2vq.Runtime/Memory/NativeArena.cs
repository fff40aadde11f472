using System;
using System.Collections.Generic;
using System.Runtime.ConstrainedExecution;
using System.Runtime.InteropServices;

namespace Lr2vq.Memory;

/// <summary>Native memory that lives and dies together: all that a model or a session owns.</summary>
/// <remarks>Blocks are zeroed, 64-byte aligned, and readable up to the next multiple of 64 bytes beyond their end. Large blocks are pages of their
/// own (<see cref="MappedMemory"/>), of 2 MiB where the system has them. Freed by <see cref="Dispose"/>, or by the finalizer of a model that nobody disposed.</remarks>
internal sealed unsafe class NativeArena : CriticalFinalizerObject, IDisposable
{
    /// <summary>From here on the C library would map a block too, until one is freed: then it keeps such blocks.</summary>
    private const nuint LargeBlock = 128 << 10;
    private const nuint ChunkBytes = 64 << 10;
    private readonly List<Block> _blocks = [];
    private readonly IBlockSource? _source = Guard;
    private byte* _chunk;
    private nuint _chunkLeft;
    private bool _disposed;

    /// <summary>Most bytes that it gives.</summary>
    public long Limit { get; init; } = long.MaxValue;

    ~NativeArena() => Free();

    /// <summary>For tests: where new arenas get their blocks, each by itself, so that an access outside of one is noticed. Null: the system's
    /// memory.</summary>
    public static IBlockSource? Guard { get; set; }

    /// <summary>All bytes asked for so far, rounded up to 64 each.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Zeroed memory, 64-byte aligned; at least 64 bytes even for a length of 0.</summary>
    /// <exception cref="OutOfMemoryException">The system has no such memory.</exception>
    /// <exception cref="MemoryLimitException">There would be more than <see cref="Limit"/>.</exception>
    public byte* Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        nuint rounded = checked((nuint)(Math.Max(bytes, 1) + 63)) & ~(nuint)63;
        lock (_blocks)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if ((long)rounded > Limit - AllocatedBytes) throw new MemoryLimitException((long)rounded + AllocatedBytes, Limit);
            AllocatedBytes += (long)rounded;
            if (_source is not null || rounded > ChunkBytes / 4) return NewBlock(rounded);
            if (rounded > _chunkLeft)
            {
                _chunk = NewBlock(ChunkBytes);
                _chunkLeft = ChunkBytes;
            }
            byte* taken = _chunk;
            _chunk += rounded;
            _chunkLeft -= rounded;
            return taken;
        }
    }

    /// <summary>Zeroed memory for <paramref name="count"/> floats, 64-byte aligned.</summary>
    public float* AllocateFloats(long count) => (float*)Allocate(checked(count * sizeof(float)));

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private byte* NewBlock(nuint bytes)
    {
        // In the list first, so that a block is never lost.
        Block added = new();
        _blocks.Add(added);
        if (_source is null && bytes >= LargeBlock && MappedMemory.IsSupported)
        {
            added.Start = MappedMemory.Allocate(bytes);
            added.MappedBytes = bytes;
            return added.Start;
        }
        added.Start = _source is null ? (byte*)NativeMemory.AlignedAlloc(bytes, 64) : _source.Allocate(bytes);
        NativeMemory.Clear(added.Start, bytes);
        return added.Start;
    }

    private void Free()
    {
        lock (_blocks)
        {
            _disposed = true;
            if (_source is not null) _source.Free(Starts());
            else
                foreach (Block block in _blocks)
                    if (block.MappedBytes > 0) MappedMemory.Free(block.Start, block.MappedBytes);
                    else NativeMemory.AlignedFree(block.Start);
            _blocks.Clear();
            _chunk = null;
            _chunkLeft = 0;
        }
    }

    private List<nint> Starts()
    {
        List<nint> starts = [];
        foreach (Block block in _blocks)
            if (block.Start != null) starts.Add((nint)block.Start);
        return starts;
    }

    /// <summary>A class: collections of structs are compiled for each of them.</summary>
    private sealed class Block
    {
        /// <summary>Null until there is memory.</summary>
        public byte* Start;
        /// <summary>Its length if it is pages of its own; else 0.</summary>
        public nuint MappedBytes;
    }
}
