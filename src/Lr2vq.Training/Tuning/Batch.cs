using System;
using static TorchSharp.torch;

namespace Lr2vq.Training.Tuning;

/// <summary>Inputs of a step, with what the original answers (scores of classes), and labels where they are known.</summary>
internal sealed record Batch(Tensor[] Inputs, Tensor Teacher, Tensor? Labels) : IDisposable
{
    /// <summary>What the original answers at its further outputs; empty where only the first counts.</summary>
    public Tensor[] Further { get; init; } = [];

    /// <summary>Rows of the first input.</summary>
    public int Count => (int)Inputs[0].shape[0];

    public void Dispose()
    {
        foreach (Tensor input in Inputs) input.Dispose();
        Teacher.Dispose();
        foreach (Tensor answer in Further) answer.Dispose();
        Labels?.Dispose();
    }
}

/// <summary>Batches by the number of the step that they are for, the same whatever was asked for before: what makes a run that goes on equal to one that was not interrupted.</summary>
internal interface IBatchSource
{
    Batch At(int step);
}
