namespace Lr2vq.Kernels;

/// <summary>Work that is done in shares, each on any thread. What a share computes must not depend on who does it.</summary>
internal unsafe interface IShared
{
    /// <param name="call">What the caller gave to <see cref="ThreadTeam.Run"/>; on its stack.</param>
    /// <param name="phase">What the caller gave.</param>
    /// <param name="share">Number of the share.</param>
    /// <param name="slot">Number of the thread, below <see cref="ThreadTeam.Threads"/>: which scratch memory is its own.</param>
    void Share(void* call, int phase, int share, int slot);
}
