namespace Lr2vq.Memory;

/// <summary>Gives memory to a <see cref="NativeArena"/> in place of the system.</summary>
internal unsafe interface IBlockSource
{
    /// <summary>Memory, 64-byte aligned.</summary>
    /// <param name="bytes">A multiple of 64.</param>
    byte* Allocate(nuint bytes);

    void Free(byte* block);
}
