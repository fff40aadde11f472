using System;
using System.Collections.Generic;
using System.Threading;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Planning;

namespace Lr2vq.FineTuning;

/// <summary>What trains. It is another assembly, with libraries of its own, which a build has only where it asks for it.</summary>
internal interface IFineTuner
{
    /// <summary>Whether a network can be tuned; what stands against it goes to the bag. Asked before minutes are spent on the compression.</summary>
    bool CanTune(PlannedNetwork network, string file, DiagnosticBag bag);

    /// <summary>Gradients of a loss, which choose ranks before anything is tuned.</summary>
    ILossGradients Gradients { get; }

    /// <summary>Tunes the weights of a task.</summary>
    /// <returns>What the held-out part liked best, what came included; null if the bag got an error.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    IReadOnlyList<EncodedTensor>? Tune(FineTuneTask task, IProgress<CompressionProgress>? progress, DiagnosticBag bag, CancellationToken cancellation);

    /// <summary>Trains a network's own weights with labels and writes it.</summary>
    /// <param name="cancellation">Ends the training after the step at hand; the best so far is written.</param>
    /// <returns>Null if the bag got an error; then there is no file.</returns>
    TrainedNetwork? Train(NetworkTraining training, IProgress<CompressionProgress>? progress, DiagnosticBag bag, CancellationToken cancellation);
}

/// <summary>What is tuned, by what, and how far it may go.</summary>
/// <param name="Network">The original; its model stays open.</param>
/// <param name="Weights">Its weights, in the order of its Plan.</param>
/// <param name="Start">What compression made of them.</param>
/// <param name="Training">Samples that may be fitted to.</param>
/// <param name="HeldOut">The original's answers on samples that judge.</param>
internal sealed record FineTuneTask(PlannedNetwork Network, IReadOnlyList<WeightSource> Weights, CompressionResult Start, IReadOnlyList<InputSample> Training, Answers HeldOut)
{
    public required FineTuneMode Mode { get; init; }

    /// <summary>The option as the user wrote it, for messages.</summary>
    public required string Title { get; init; }

    /// <summary>When it has to be over, counted from the call.</summary>
    public required TimeSpan TimeLimit { get; init; }

    /// <summary>Bytes that the artifact may have.</summary>
    public required long MostBytes { get; init; }

    /// <summary>Exact length of the artifact for tensors of these lengths.</summary>
    public required Func<IReadOnlyList<TensorLengths>, long> FileLength { get; init; }

    public int Seed { get; init; }

    /// <summary>Threads; 0 for all processors.</summary>
    public int Threads { get; init; }

    /// <summary>How far weights are from the original's answers on the held-out samples, by running them as an app will.</summary>
    public AnswerChange Judge(IReadOnlyList<EncodedTensor> tensors, CancellationToken cancellation)
    {
        using EvaluationNetwork network = EvaluationNetwork.Of(Network.Plan, tensors, Threads, cancellation);
        return HeldOut.Compare(network, new Workers(Threads, cancellation));
    }
}
