using System;

namespace Lr2vq.Import;

/// <summary>A weight says how long a symbolic dimension is; the import starts again with that.</summary>
internal sealed class DimensionKnownException(string symbol, long length) : Exception
{
    public string Symbol { get; } = symbol;
    public long Length { get; } = length;
}
