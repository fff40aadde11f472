using System;
using System.Collections.Generic;
using Lr2vq.Training.Tuning;
using static TorchSharp.torch;

namespace Lr2vq.Training.FineTuning;

/// <summary>How far outputs are from the original's, as calibration measures it, differentiable: the divergence where an output is a classification, the square of the relative
/// change for any other; the sum over the outputs.</summary>
/// <param name="classes">Classes of each output; 0 where it is no classification.</param>
internal sealed class AnswerLoss(IReadOnlyList<int> classes)
{
    private const double Least = 1e-12;

    public Tensor Of(Batch batch, Tensor[] outputs)
    {
        Tensor? sum = null;
        for (int i = 0; i < outputs.Length; i++)
        {
            Tensor expected = i == 0 ? batch.Teacher : batch.Further[i - 1];
            if (outputs[i].dtype != ScalarType.Float32) continue;
            Tensor loss = classes[i] > 0 ? Divergence(outputs[i].reshape(-1, classes[i]), expected.reshape(-1, classes[i])) : Change(outputs[i], expected);
            sum = sum is null ? loss : sum + loss;
        }
        return sum ?? throw new NotSupportedException("no output is a float");
    }

    private static Tensor Divergence(Tensor actual, Tensor expected)
    {
        // Outputs are probabilities, or what a softmax makes such.
        bool areProbabilities = expected.min().item<float>() >= 0 && (expected.sum(1) - 1).abs().max().item<float>() < 1e-3;
        Tensor p = areProbabilities ? expected.clamp(min: Least).log() : expected.log_softmax(1), q = areProbabilities ? actual.clamp(min: Least).log() : actual.log_softmax(1);
        return (p.exp() * (p - q)).sum() / expected.shape[0];
    }

    private static Tensor Change(Tensor actual, Tensor expected)
    {
        // What masks hold says nothing.
        Tensor known = expected.isfinite(), target = where(known, expected, zeros_like(expected)), given = where(known, actual, zeros_like(actual));
        return (given - target).square().sum() / target.square().sum().clamp(min: Least);
    }
}
