using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Evaluation;
using Lr2vq.Plans;

namespace Lr2vq.Calibration;

/// <summary>Losses by running networks on calibration samples.</summary>
internal sealed class JointLoss : IJointLoss
{
    private const int ScanSamples = 40;

    private readonly Plan _plan;
    private readonly Workers _workers;
    private readonly Answers _training, _scan;
    private readonly Func<IReadOnlyList<EncodedTensor>?, IReadOnlyList<(InputSample, int[][])>, float[]?[]?>? _gradients;

    /// <param name="original">The original.</param>
    /// <param name="samples">Samples that are fitted to, and samples that judge.</param>
    /// <param name="labels">The right class of each of all samples; null for what the original answers.</param>
    /// <param name="gradients">Computes gradients of the loss for weights and samples; null if nothing does.</param>
    public JointLoss(EvaluationNetwork original, SampleSplit samples, IReadOnlyList<int>? labels, Workers workers, Action<double> progress,
        Func<IReadOnlyList<EncodedTensor>?, IReadOnlyList<(InputSample, int[][])>, float[]?[]?>? gradients)
    {
        (_plan, _workers, _gradients) = (original.Plan, workers, gradients);
        HashSet<int> judging = [.. samples.HeldOutPlaces];
        int[] fitting = labels is null ? [] : [.. Enumerable.Range(0, labels.Count).Where(i => !judging.Contains(i))];
        // A single sample does both.
        if (labels is not null && fitting.Length == 0) fitting = [.. samples.HeldOutPlaces];
        _training = Answers.Of(original, samples.Training, workers, progress, labels is null ? null : [.. fitting.Select(i => labels[i])]);
        HeldOut = Answers.Of(original, samples.HeldOut, workers, progress, labels is null ? null : [.. samples.HeldOutPlaces.Select(i => labels[i])]);
        _scan = _training.First(ScanSamples);
        (Original, OriginalHeldOut) = (Of(_training.Compare(original, workers)), Of(HeldOut.Compare(original, workers)));
    }

    public Answers HeldOut { get; }

    public AnswerLoss Original { get; }

    public AnswerLoss OriginalHeldOut { get; }

    public AnswerLoss Measure(IReadOnlyList<EncodedTensor> tensors) => Of(Compare(_training, tensors));

    public AnswerLoss MeasureHeldOut(IReadOnlyList<EncodedTensor> tensors) => Of(Compare(HeldOut, tensors));

    /// <summary>How the answers of a network changed.</summary>
    public AnswerChange Compare(Answers answers, IReadOnlyList<EncodedTensor> tensors)
    {
        using EvaluationNetwork network = EvaluationNetwork.Of(_plan, tensors, _workers.Threads);
        return answers.Compare(network, _workers);
    }

    public (AnswerLoss Base, AnswerLoss[] Each) MeasureEach(IReadOnlyList<EncodedTensor> tensors, IReadOnlyList<(int Weight, EncodedTensor Tensor)> others)
    {
        using EvaluationNetwork network = EvaluationNetwork.Of(_plan, tensors, _workers.Threads);
        var cancel = new CancelObserver(_workers.Cancellation);
        Answers.Comparison start = _scan.Compare();
        Answers.Comparison[] each = [.. others.Select(_ => _scan.Compare())];
        for (int s = 0; s < _scan.Samples.Count; s++)
        {
            NpyFile[] outputs = network.RunKept(_scan.Samples[s], cancel);
            start.Add(s, outputs);
            foreach ((int i, NpyFile[] changed) in network.RunWithEach(others, cancel)) each[i].Add(s, changed);
        }
        return (Of(start.Result), [.. each.Select(one => Of(one.Result))]);
    }

    /// <summary>Only of a loss that is a cross-entropy.</summary>
    public float[]?[]? Gradients(IReadOnlyList<EncodedTensor>? tensors) =>
        _training.AreClasses ? _gradients?.Invoke(tensors, [.. Enumerable.Range(0, _training.Samples.Count).Select(s => (_training.Samples[s], _training.RightClasses(s)))]) : null;

    private static AnswerLoss Of(AnswerChange change) => new(change.Loss, change.Distance);
}
