using System;

namespace Lr2vq.Memory;

/// <summary>Memory that steps compute in, one after the other. It grows, and is zeroed whenever it does: kernels may read (not use) what no step has written.</summary>
internal sealed unsafe class ScratchMemory : IDisposable
{
    private NativeArena? _memory;
    private long _bytes;

    public byte* Start { get; private set; }

    public long AllocatedBytes => _memory?.AllocatedBytes ?? 0;

    /// <summary>Lets there be so many bytes, and <paramref name="spare"/> behind them.</summary>
    public void Reserve(long bytes, int spare)
    {
        if (_memory is not null && bytes <= _bytes) return;
        _memory?.Dispose();
        _memory = new NativeArena();
        Start = null;
        _bytes = -1;
        Start = _memory.Allocate(checked(bytes + spare));
        _bytes = bytes;
    }

    public void Dispose() => _memory?.Dispose();
}
