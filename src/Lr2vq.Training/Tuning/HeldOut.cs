using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Data;
using Lr2vq.Evaluation;
using Lr2vq.Plans;

namespace Lr2vq.Training.Tuning;

/// <summary>Inputs that nothing is trained on.</summary>
/// <param name="Inputs">One call of the network.</param>
/// <param name="Answers">The first output that the original gives: rows of scores.</param>
/// <param name="Labels">The right classes; null where they are not known.</param>
internal sealed record HeldOutPart(InputSample Inputs, float[] Answers, int[]? Labels = null);

/// <summary>How near the answers of weights are to the original's on a held-out part, run as an app runs them.</summary>
/// <param name="plan">The network.</param>
/// <param name="parts">What it is run on.</param>
/// <param name="labelShare">Share of the cross-entropy in the measure where there are labels, as in the loss of the training.</param>
/// <param name="threads">Threads of a run.</param>
internal sealed class HeldOut(Plan plan, IReadOnlyList<HeldOutPart> parts, double labelShare, int threads)
{
    public Quality Measure(IReadOnlyList<EncodedTensor> tensors)
    {
        using EvaluationNetwork network = EvaluationNetwork.Of(plan, tensors, threads);
        double loss = 0;
        int same = 0, rows = 0;
        foreach ((InputSample inputs, float[] answers, int[]? labels) in parts)
        {
            NpyFile output = network.Run(inputs)[0];
            ReadOnlySpan<float> given = MemoryMarshal.Cast<byte, float>(output.Bytes);
            int classes = output.Shape[^1];
            for (int row = 0; row < given.Length / classes; row++, rows++)
            {
                ReadOnlySpan<float> ours = given.Slice(row * classes, classes), theirs = answers.AsSpan(row * classes, classes);
                double divergence = Divergence(ours, theirs);
                loss += labels is null ? divergence : (1 - labelShare) * divergence + labelShare * (LogSum(ours) - ours[labels[row]]);
                if (Largest(ours) == Largest(theirs)) same++;
            }
        }
        return new Quality(loss / rows, (double)same / rows);
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
