using System;
using System.Collections.Generic;

namespace Lr2vq;

/// <summary>One class of a classification, and how likely the network says it is.</summary>
public readonly struct ClassScore
{
    private ClassScore(int index, float score, string? label) => (Index, Score, Label) = (index, score, label ?? "");

    /// <summary>Number of the class: where it stands in the output.</summary>
    public int Index { get; }

    /// <summary>Share of 0 to 1: the output's value if the output is a distribution already, else its softmax.</summary>
    public float Score { get; }

    /// <summary>Name of the class; empty where there are no labels.</summary>
    public string Label { get; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{(string.IsNullOrEmpty(Label) ? Index.ToString(System.Globalization.CultureInfo.InvariantCulture) : Label)}: {Score:0.000}");

    /// <summary>Finds the likeliest classes. Allocates nothing.</summary>
    /// <param name="values">One value for each class: logits, or a distribution.</param>
    /// <param name="best">Receives the likeliest classes, likeliest first; of equal ones the lower number first.</param>
    /// <param name="labels">Names of the classes; null for none.</param>
    /// <returns>How many were written: the length of <paramref name="best"/>, or the number of classes if that is less.</returns>
    public static int Top(ReadOnlySpan<float> values, Span<ClassScore> best, IReadOnlyList<string>? labels = null)
    {
        int count = 0;
        float largest = float.NegativeInfinity, sum = 0;
        bool isDistribution = true;
        for (int i = 0; i < values.Length; i++)
        {
            float value = values[i];
            largest = MathF.Max(largest, value);
            sum += value;
            isDistribution &= value >= 0;
            int place = count;
            // What is no number stands last.
            while (place > 0 && !(best[place - 1].Score >= value) && !float.IsNaN(value)) place--;
            if (place >= best.Length) continue;
            if (count < best.Length) count++;
            for (int k = count - 1; k > place; k--) best[k] = best[k - 1];
            best[place] = new ClassScore(i, value, labels is not null && i < labels.Count ? labels[i] : null);
        }
        if (isDistribution && MathF.Abs(sum - 1) < Tolerance) return count;
        float powers = 0;
        foreach (float value in values) powers += MathF.Exp(value - largest);
        for (int k = 0; k < count; k++) best[k] = new ClassScore(best[k].Index, MathF.Exp(best[k].Score - largest) / powers, best[k].Label);
        return count;
    }

    /// <summary>How far the sum of a distribution may be from 1.</summary>
    internal const float Tolerance = 1e-3f;
}
