using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Data;
using Lr2vq.Evaluation;
using Lr2vq.FineTuning;
using Lr2vq.Plans;
using static TorchSharp.torch;

namespace Lr2vq.Training.Labelled;

/// <summary>The output of a network that has scores of classes, or probabilities.</summary>
/// <param name="Output">Its number.</param>
/// <param name="Classes">How many there are.</param>
/// <param name="AreProbabilities">Whether rows add up to 1.</param>
internal sealed record ClassScores(int Output, int Classes, bool AreProbabilities)
{
    private const double Least = 1e-12;

    /// <summary>Finds the output in answers of the network.</summary>
    /// <returns>Null if no output is one.</returns>
    public static ClassScores? Find(Plan plan, NpyFile[] answers, int samples)
    {
        for (int i = 0; i < answers.Length; i++)
        {
            if (answers[i] is not { Type: ElementType.Float32, Shape: [var rows, var classes] } || rows != samples || classes < 2 || plan.Outputs[i].Shape.Count != 2) continue;
            float[] values = Floats(answers[i]);
            bool areProbabilities = values.All(v => v >= 0) && Enumerable.Range(0, rows).All(r => Math.Abs(values.AsSpan(r * classes, classes).ToArray().Sum(v => (double)v) - 1) < 1e-3);
            return new ClassScores(i, classes, areProbabilities);
        }
        return null;
    }

    /// <summary>Cross-entropy, mean over the rows.</summary>
    public Tensor Loss(Tensor[] outputs, Tensor labels)
    {
        Tensor scores = outputs[Output];
        return AreProbabilities ? nn.functional.nll_loss(scores.clamp(min: Least).log(), labels) : nn.functional.cross_entropy(scores, labels);
    }

    /// <summary>Cross-entropy and right answers of a network of ours.</summary>
    /// <param name="batches">Samples and their classes.</param>
    public LabelledQuality Measure(EvaluationNetwork network, IEnumerable<(InputSample Inputs, int[] Labels)> batches)
    {
        double loss = 0;
        int right = 0, rows = 0;
        foreach ((InputSample inputs, int[] labels) in batches)
        {
            float[] values = Floats(network.Run(inputs)[Output]);
            for (int r = 0; r < labels.Length; r++, rows++)
            {
                ReadOnlySpan<float> row = values.AsSpan(r * Classes, Classes);
                double top = row[0], sum = 0;
                foreach (float value in row) top = Math.Max(top, value);
                foreach (float value in row) sum += Math.Exp(value - top);
                loss += AreProbabilities ? -Math.Log(Math.Max(Least, row[labels[r]])) : top + Math.Log(sum) - row[labels[r]];
                if (OutputComparison.Best(row) == labels[r]) right++;
            }
        }
        return new LabelledQuality(loss / rows, (double)right / rows);
    }

    public static float[] Floats(NpyFile output) => MemoryMarshal.Cast<byte, float>(output.Bytes).ToArray();
}
