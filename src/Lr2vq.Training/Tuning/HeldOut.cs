using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Data;
using Lr2vq.Evaluation;
using Lr2vq.Plans;

namespace Lr2vq.Training.Tuning;

/// <summary>Inputs that nothing is trained on, with the original's answers: how near the answers of weights are, run as an app runs them.</summary>
/// <param name="plan">The network.</param>
/// <param name="parts">Inputs, and the first output that the original gives for them: rows of scores.</param>
/// <param name="threads">Threads of a run.</param>
internal sealed class HeldOut(Plan plan, IReadOnlyList<(InputSample Inputs, float[] Answers)> parts, int threads)
{
    /// <summary>Mean KL of the answers in nats, and how many are the same.</summary>
    public Quality Measure(IReadOnlyList<EncodedTensor> tensors)
    {
        using EvaluationNetwork network = EvaluationNetwork.Of(plan, tensors, threads);
        double divergence = 0;
        int same = 0, rows = 0;
        foreach ((InputSample inputs, float[] answers) in parts)
        {
            NpyFile output = network.Run(inputs)[0];
            ReadOnlySpan<float> given = MemoryMarshal.Cast<byte, float>(output.Bytes);
            int classes = output.Shape[^1];
            for (int row = 0; row < given.Length / classes; row++, rows++)
            {
                ReadOnlySpan<float> ours = given.Slice(row * classes, classes), theirs = answers.AsSpan(row * classes, classes);
                divergence += Divergence(ours, theirs);
                if (Largest(ours) == Largest(theirs)) same++;
            }
        }
        return new Quality(divergence / rows, (double)same / rows);
    }

    private static double Divergence(ReadOnlySpan<float> ours, ReadOnlySpan<float> theirs)
    {
        double a = LogSum(ours), b = LogSum(theirs), sum = 0;
        for (int c = 0; c < ours.Length; c++) sum += Math.Exp(theirs[c] - b) * (theirs[c] - b - (ours[c] - a));
        return sum;
    }

    private static double LogSum(ReadOnlySpan<float> scores)
    {
        double top = scores[Largest(scores)], sum = 0;
        foreach (float score in scores) sum += Math.Exp(score - top);
        return top + Math.Log(sum);
    }

    private static int Largest(ReadOnlySpan<float> scores)
    {
        int largest = 0;
        for (int c = 1; c < scores.Length; c++)
            if (scores[c] > scores[largest]) largest = c;
        return largest;
    }
}
