using System;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>What each multiple of the step costs in bits, in even and in odd states, and what it decodes to.</summary>
internal sealed class TrellisCosts
{
    // Bits that no level exceeds: as many as the rarest symbol of a coder has, and an escape.
    private const double MostBits = 24;

    // Share of the counts that a smooth curve has beside them, so that what a sample lacks is dear, not impossible.
    private const double Smooth = 0.001;

    /// <param name="counts">Levels in even and in odd states.</param>
    /// <param name="largest">Largest |multiple| that may be asked for.</param>
    /// <param name="shift">How far multiples other than 0 decode nearer to 0, in steps.</param>
    public TrellisCosts(LevelHistogram[] counts, int largest, double shift)
    {
        (Largest, Shift) = (largest, (float)shift);
        Bits = [.. BitsOf(counts[0], 0), .. BitsOf(counts[1], 1)];
    }

    public int Largest { get; }

    /// <summary>How far multiples other than 0 decode nearer to 0, in steps.</summary>
    public float Shift { get; }

    /// <summary>Multiples of a quantizer.</summary>
    public int Length => 2 * Largest + 1;

    /// <summary>Bits of a multiple at value + <see cref="Largest"/>, those of odd states <see cref="Length"/> further on; of no meaning where a
    /// quantizer has no such value.</summary>
    public float[] Bits { get; }

    /// <summary>Where nothing is known yet: levels as a scalar quantizer of twice the step would give them.</summary>
    public static LevelHistogram[] Guess(ReadOnlySpan<float> targets)
    {
        var counts = new LevelHistogram();
        foreach (float x in targets) counts.Add((int)MathF.Round(x / 2));
        return [counts, counts];
    }

    private float[] BitsOf(LevelHistogram counts, int quantizer)
    {
        double sum = 0;
        for (int level = counts.Low; level <= counts.High; level++) sum += counts[level] * (double)Math.Abs(level);
        double total = Math.Max(1, counts.Total), mean = Math.Max(sum / total, 0.02), ratio = mean / (1 + mean), logTotal = ExactMath.Log2(total * (1 + Smooth) + 1);
        // A two-sided geometric distribution of the same mean.
        double peak = (1 - ratio) / (1 + ratio), logRatio = ExactMath.Log2(ratio);
        int levels = (Largest + 1) / 2;
        double[] bits = new double[2 * levels + 1];
        for (int level = -levels; level <= levels; level++)
        {
            double smooth = peak * ExactMath.Exp2(Math.Abs(level) * logRatio) * (total * Smooth + 1);
            bits[level + levels] = Math.Min(MostBits, logTotal - ExactMath.Log2(counts[level] + smooth + 1e-9));
        }
        float[] byValue = new float[Length];
        for (int value = -Largest; value <= Largest; value++)
            byValue[value + Largest] = (float)bits[Math.Clamp(TrellisMachine.LevelOf(value, quantizer), -levels, levels) + levels];
        return byValue;
    }
}
