using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Evaluation;
using Lr2vq.Plans;

namespace Lr2vq.Calibration;

/// <summary>Losses by running networks on calibration samples.</summary>
internal sealed class JointLoss : IJointLoss
{
    private const int ScanSamples = 40;
    /// <summary>Forms of a weight that are in memory at the same time.</summary>
    private const int MostOpen = 16;

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
        using EvaluationNetwork network = EvaluationNetwork.Of(_plan, tensors, _workers.Threads, _workers.Cancellation);
        return answers.Compare(network, _workers);
    }

    public (AnswerLoss Base, AnswerLoss[] Each) MeasureEach(IReadOnlyList<EncodedTensor> tensors, IReadOnlyList<(int Weight, EncodedTensor Tensor)> others)
    {
        using EvaluationNetwork network = EvaluationNetwork.Of(_plan, tensors, _workers.Threads, _workers.Cancellation);
        var cancel = new CancelObserver(_workers.Cancellation);
        Answers.Comparison start = _scan.Compare();
        Answers.Comparison[] each = [.. others.Select(_ => _scan.Compare())];
        for (int s = 0; s < _scan.Samples.Count; s++) start.Add(s, network.Run(_scan.Samples[s], cancel));
        // Opening factors is dearer than a run from the start, so the forms of one weight stay open for all samples.
        foreach (int[] forms in Enumerable.Range(0, others.Count).GroupBy(i => others[i].Weight).SelectMany(group => group.Chunk(MostOpen)).Where(forms => network.FirstReader(others[forms[0]].Weight) > 0))
        {
            EvaluationNetwork.OpenedWeight[] opened = [.. forms.Select(i => new EvaluationNetwork.OpenedWeight(others[i].Weight, others[i].Tensor))];
            for (int s = 0; s < _scan.Samples.Count; s++)
            {
                network.RunKept(_scan.Samples[s], cancel);
                for (int f = 0; f < forms.Length; f++) each[forms[f]].Add(s, network.RunWith(opened[f], cancel));
            }
            foreach (EvaluationNetwork.OpenedWeight one in opened) one.Dispose();
        }
        return (Of(start.Result), [.. each.Select(one => Of(one.Result))]);
    }

    /// <summary>Only of a loss that is a cross-entropy.</summary>
    public float[]?[]? Gradients(IReadOnlyList<EncodedTensor>? tensors) =>
        _training.AreClasses ? _gradients?.Invoke(tensors, [.. Enumerable.Range(0, _training.Samples.Count).Select(s => (_training.Samples[s], _training.RightClasses(s)))]) : null;

    private static AnswerLoss Of(AnswerChange change) => new(change.Loss, change.Distance);
}
