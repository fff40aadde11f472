using System;

namespace Lr2vq.Memory;

/// <summary>More memory was asked for than an arena may give.</summary>
internal sealed class MemoryLimitException(long needed, long limit) : OutOfMemoryException
{
    public long Needed { get; } = needed;
    public long Limit { get; } = limit;
}
