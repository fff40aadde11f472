using System.Collections.Generic;
using Lr2vq.Memory;

namespace Lr2vq.Sessions;

/// <summary>Gives each value of a workspace a block of its own, which <see cref="NativeArena.Guard"/> then watches.</summary>
internal sealed unsafe class SeparateValues
{
    private readonly NativeArena _memory = new();
    private readonly Dictionary<(int Value, long Bytes), nint> _blocks = [];

    /// <summary>The block of a value; the same one each time for as many bytes.</summary>
    public byte* BlockOf(int value, long bytes)
    {
        if (!_blocks.TryGetValue((value, bytes), out nint block)) _blocks.Add((value, bytes), block = (nint)_memory.Allocate(bytes));
        return (byte*)block;
    }
}
