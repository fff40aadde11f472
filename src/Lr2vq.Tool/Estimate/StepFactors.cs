using System;
using System.Collections.Generic;
using System.Linq;

namespace Lr2vq.Tool.Estimate;

/// <summary>Steps of tensors by what they do: every byte buys as much if the step is in proportion to √(weights ÷ (change² of the outputs)).</summary>
internal static class StepFactors
{
    /// <summary>No tensor's step is more than this many times finer or coarser than the common one.</summary>
    public const double Limit = 4;

    /// <summary>Changes below are noise.</summary>
    private const double Least = 1e-7;

    /// <summary>Factors with a weighted geometric mean of 1, on a grid of eighths of an octave.</summary>
    /// <param name="changes">Change of the outputs by each tensor alone, at a common step.</param>
    /// <param name="weights">How many weights each has.</param>
    public static double[] Of(IReadOnlyList<double> changes, IReadOnlyList<long> weights)
    {
        double[] logs = [.. changes.Select((c, i) => 0.5 * Math.Log2(weights[i]) - Math.Log2(Math.Max(Least, c)))];
        double mean = logs.Select((log, i) => log * weights[i]).Sum() / weights.Sum();
        return [.. logs.Select(log => Math.Pow(2, Math.Round(8 * Math.Clamp(log - mean, -Math.Log2(Limit), Math.Log2(Limit))) / 8))];
    }
}
