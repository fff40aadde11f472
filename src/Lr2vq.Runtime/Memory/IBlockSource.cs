using System.Collections.Generic;

namespace Lr2vq.Memory;

/// <summary>Gives memory to a <see cref="NativeArena"/> in place of the system.</summary>
internal unsafe interface IBlockSource
{
    /// <summary>Memory, 64-byte aligned.</summary>
    /// <param name="bytes">A multiple of 64.</param>
    byte* Allocate(nuint bytes);

    /// <summary>Takes back what an arena had.</summary>
    void Free(IReadOnlyCollection<nint> blocks);
}
