using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Evaluation;
using Lr2vq.Planning;

namespace Lr2vq.Calibration;

/// <summary>Distances of softened answers on samples, to two digits.</summary>
/// <param name="network">The network; its model stays open.</param>
/// <param name="samples">What it will meet.</param>
internal sealed class AnswerDistance(PlannedNetwork network, IReadOnlyList<InputSample> samples, Workers workers) : IAnswerDistance
{
    /// <summary>Samples that each tensor alone is measured with.</summary>
    private const int MostOfOne = 32;

    private Answers? _answers;

    public double Of(IReadOnlyList<EncodedTensor> tensors)
    {
        if (_answers is null)
        {
            using EvaluationNetwork original = EvaluationNetwork.Original(network, workers.Threads, workers.Cancellation);
            _answers = Answers.Of(original, samples, workers, _ => { });
        }
        using EvaluationNetwork compressed = EvaluationNetwork.Of(network.Plan, tensors, workers.Threads, workers.Cancellation);
        return OutputGate.Rounded(_answers.Compare(compressed, workers).Softened);
    }

    public double[] Alone(IReadOnlyList<int[]> readers, IReadOnlyList<EncodedTensor> encoded)
    {
        int[] weights = [.. readers.SelectMany(of => of)];
        using EvaluationNetwork original = EvaluationNetwork.Original(network, workers.Threads, workers.Cancellation);
        Answers few = Answers.Of(original, SampleSplit.First(samples, MostOfOne), workers, _ => { });
        double[] distances = SensitivityScan.Run(original, few, weights, [.. weights.Select(w => encoded[w])], change => change.Softened, workers, _ => { });
        return [.. readers.Select(of => OutputGate.Rounded(of.Sum(w => distances[Array.IndexOf(weights, w)])))];
    }
}
