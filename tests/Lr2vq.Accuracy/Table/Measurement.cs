using System;
using System.Collections.Generic;
using System.Linq;

namespace Lr2vq.Accuracy;

/// <summary>What a network answers.</summary>
/// <param name="rows">Its distributions.</param>
/// <param name="answers">Its answers.</param>
/// <param name="right">The right ones; null where those of the original are.</param>
internal sealed class Measurement(Distributions rows, IReadOnlyList<string> answers, IReadOnlyList<string>? right)
{
    public int Count => answers.Count;

    /// <summary>Right answers.</summary>
    public int Correct(Measurement original) => right is null ? Agreement(original) : answers.Zip(right).Count(pair => pair.First == pair.Second);

    /// <summary>The same answers.</summary>
    public int Agreement(Measurement other) => answers.Zip(other.Answers).Count(pair => pair.First == pair.Second);

    /// <summary>The same answers but for spaces.</summary>
    public int AgreementOfLetters(Measurement other) => answers.Zip(other.Answers).Count(pair => Letters(pair.First) == Letters(pair.Second));

    /// <summary>Mean of KL(original ‖ this), in nats.</summary>
    public double DivergenceFrom(Measurement original) => rows.DivergenceFrom(original.Rows);

    private static string Letters(string line) => line.Replace(" ", "", StringComparison.Ordinal);

    private IReadOnlyList<string> Answers => answers;

    private Distributions Rows => rows;
}

/// <summary>Rows of logits or of logarithms of shares.</summary>
internal sealed class Distributions(float[] logits, int classes)
{
    private int Count => logits.Length / classes;

    /// <summary>The class of the largest value.</summary>
    public int Best(int row)
    {
        ReadOnlySpan<float> values = Row(row);
        int best = 0;
        for (int c = 1; c < values.Length; c++)
            if (values[c] > values[best]) best = c;
        return best;
    }

    /// <summary>Mean over the rows of KL(original ‖ this), in nats.</summary>
    public double DivergenceFrom(Distributions original)
    {
        double sum = 0;
        double[] p = new double[classes], q = new double[classes];
        for (int i = 0; i < Count; i++)
        {
            original.LogSoftmax(i, p);
            LogSoftmax(i, q);
            for (int c = 0; c < classes; c++) sum += Math.Exp(p[c]) * (p[c] - q[c]);
        }
        return sum / Count;
    }

    private ReadOnlySpan<float> Row(int row) => logits.AsSpan(row * classes, classes);

    private void LogSoftmax(int row, double[] to)
    {
        ReadOnlySpan<float> values = Row(row);
        double top = values[Best(row)], sum = 0;
        foreach (float value in values) sum += Math.Exp(value - top);
        double log = Math.Log(sum);
        for (int c = 0; c < values.Length; c++) to[c] = values[c] - top - log;
    }
}
