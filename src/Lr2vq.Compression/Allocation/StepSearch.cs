using System;
using System.Collections.Generic;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Allocation;

/// <summary>The global step that meets an aim, estimated from samples.</summary>
internal static class StepSearch
{
    /// <summary>Range of steps, in units of a row's root mean square.</summary>
    public const double Finest = 1e-4, Coarsest = 64;

    /// <summary>Largest step whose Σ(w − ŵ)² over all samples is at most <paramref name="error"/>.</summary>
    public static double ForError(IReadOnlyList<TransformSample> samples, double error) =>
        Bisect(step => Total(samples, step).Error <= error);

    /// <summary>Smallest step whose samples need at most <paramref name="bytes"/>; <see cref="Coarsest"/> if none does.</summary>
    /// <param name="factors">Of the step, for each sample; null for 1.</param>
    public static double ForBytes(IReadOnlyList<TransformSample> samples, double bytes, IReadOnlyList<double>? factors = null)
    {
        double below = Bisect(step => Total(samples, step, factors).Bytes > bytes);
        return Math.Min(Coarsest, below * 1.0005);
    }

    /// <summary>The largest step for which <paramref name="fine"/> still holds (it holds for small steps).</summary>
    private static double Bisect(Func<double, bool> fine)
    {
        double low = ExactMath.Log2(Finest), high = ExactMath.Log2(Coarsest);
        for (int i = 0; i < 18; i++)
        {
            double middle = (low + high) / 2;
            if (fine(ExactMath.Exp2(middle))) low = middle;
            else high = middle;
        }
        return ExactMath.Exp2(low);
    }

    private static (double Bytes, double Error) Total(IReadOnlyList<TransformSample> samples, double step, IReadOnlyList<double>? factors = null)
    {
        double bytes = 0, error = 0;
        for (int i = 0; i < samples.Count; i++)
        {
            (double own, double ownError) = samples[i].At(factors is null ? step : Math.Clamp(step * factors[i], Finest, Coarsest));
            bytes += own;
            error += ownError;
        }
        return (bytes, error);
    }
}
