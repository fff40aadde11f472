using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Lr2vq.Compression.Metrics;

/// <summary>Which tensors take the bytes that an output wants beyond those of the weights alone.</summary>
internal static class LayersThatHold
{
    private const int Most = 3;

    /// <param name="tensors">Name, weights and bytes of each.</param>
    /// <param name="bytes">Of the artifact.</param>
    /// <param name="without">Of the artifact that heeds the weights alone.</param>
    /// <returns>For people, with shares of the bytes beyond; empty if none stands out.</returns>
    public static string Of(IReadOnlyCollection<(string Name, long Weights, long Bytes)> tensors, double bytes, double without)
    {
        // Without its limit a weight would take as much as it does in the mean.
        double ofWeight = Math.Max(0, without - (bytes - tensors.Sum(t => t.Bytes))) / Math.Max(1, tensors.Sum(t => t.Weights));
        double beyond = tensors.Sum(t => Math.Max(0, t.Bytes - ofWeight * t.Weights));
        return beyond <= 0 ? "" : string.Join(", ", tensors.Select(t => (t.Name, Share: (t.Bytes - ofWeight * t.Weights) / beyond)).Where(t => t.Share >= 0.01).OrderByDescending(t => t.Share)
            .Take(Most).Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Name} ({100 * t.Share:0} % of it)")));
    }
}
