using System;
using System.Threading;

namespace Lr2vq.Compression;

/// <summary>Progress that never goes back: work that begins again, since a search was not content, stays where it was.</summary>
internal sealed class ForwardProgress(IProgress<CompressionProgress> outer) : IProgress<CompressionProgress>
{
    private readonly Lock _lock = new();
    private double _furthest;

    public void Report(CompressionProgress value)
    {
        lock (_lock) _furthest = Math.Max(_furthest, value.Fraction);
        outer.Report(value with { Fraction = _furthest });
    }
}
