using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Evaluation;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Training.Data;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Tuning;
using static TorchSharp.torch;

namespace Lr2vq.Training.FineTuning;

/// <summary>Batches of calibration samples with the original's answers. Pictures of classes are moved and mirrored by chance.</summary>
internal sealed class SampleBatches : IBatchSource, IDisposable
{
    /// <summary>Floats of the inputs of a batch: what a network computes with takes some hundred times as much.</summary>
    private const int MostFloats = 2_500_000, MostSamples = 64, LeastSamples = 8;

    /// <summary>Steps of a pass: few samples in large batches make too few steps.</summary>
    private const int StepsOfPass = 10;

    /// <summary>Pictures are moved by up to this part of their size.</summary>
    private const int ShiftPart = 8, LeastMoved = 16;

    private readonly EvaluationNetwork _original;
    private readonly SampleDraw _draw;
    private readonly bool _varies;
    private readonly NpyFile[]?[] _known;

    /// <param name="network">The original; its model stays open.</param>
    /// <param name="varies">Whether pictures may be moved and mirrored: their class stays the same.</param>
    public SampleBatches(PlannedNetwork network, IReadOnlyList<InputSample> samples, int seed, bool varies, int threads)
    {
        _original = EvaluationNetwork.Original(network, threads);
        IReadOnlyList<PlanPort> ports = network.Plan.Inputs;
        InputSample first = samples[0];
        _varies = varies && SampleDraw.ArePictures(ports, first, LeastMoved);
        int floats = Math.Max(1, first.Values.Sum(v => v.Bytes.Length / 4));
        Size = SampleDraw.Stacks(ports, samples) ? Math.Clamp(MostFloats / floats, 1, Math.Clamp(samples.Count / StepsOfPass, LeastSamples, MostSamples)) : 1;
        _draw = new SampleDraw(samples, Size, seed, _varies ? (first.Values[0].Shape[2] / ShiftPart, first.Values[0].Shape[3] / ShiftPart) : (0, 0), _varies);
        _known = new NpyFile[samples.Count][];
    }

    /// <summary>Samples of a batch.</summary>
    public int Size { get; }

    public Batch At(int step)
    {
        int[] places = new int[Size];
        InputSample batch = _draw.At(step, places);
        NpyFile[] answers = _varies || Size > 1 ? _original.Run(batch) : _known[places[0]] ??= _original.Run(batch);
        Tensor[] targets = [.. answers.Select(TensorValues.Of)];
        return new Batch([.. batch.Values.Select(TensorValues.Of)], targets[0], null) { Further = targets[1..] };
    }

    public void Dispose() => _original.Dispose();
}
