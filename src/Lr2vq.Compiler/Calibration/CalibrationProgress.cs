using System;
using System.Threading;
using Lr2vq.Compression;

namespace Lr2vq.Calibration;

/// <summary>Adds the parts of a calibration up to one fraction.</summary>
internal sealed class CalibrationProgress(IProgress<CompressionProgress>? outer)
{
    private readonly Lock _lock = new();
    private double _done;

    /// <summary>What a part of the work, which is <paramref name="share"/> of all, tells when a fraction of it is done.</summary>
    public Action<double> Part(double share, string stage) => fraction =>
    {
        double done;
        lock (_lock) done = _done = Math.Min(1, _done + share * fraction);
        outer?.Report(new CompressionProgress(done, stage));
    };
}
