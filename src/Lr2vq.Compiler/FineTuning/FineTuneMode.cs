using System;

namespace Lr2vq.FineTuning;

/// <summary>Training after compression.</summary>
internal enum FineTuneMode
{
    None,
    /// <summary>Each residual or attention block is fitted to what the original's block makes of the same samples.</summary>
    Blocks,
    /// <summary>The whole network is fitted to the original's answers.</summary>
    EndToEnd,
}

/// <summary>Time and samples that fine-tuning is used with.</summary>
internal static class FineTuneLimits
{
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(10), Longest = TimeSpan.FromDays(7), Usual = TimeSpan.FromMinutes(10);

    /// <summary>Fewer are learnt by heart.</summary>
    public const int LeastSamples = 32;
}
