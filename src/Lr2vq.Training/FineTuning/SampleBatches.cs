using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Compression.Methods;
using Lr2vq.Data;
using Lr2vq.Evaluation;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Tuning;
using static TorchSharp.torch;

namespace Lr2vq.Training.FineTuning;

/// <summary>Batches of calibration samples in an order that is new in each pass, with the original's answers. Pictures of classes are moved and mirrored by chance. All of it follows
/// from the seed and the number of the step.</summary>
internal sealed class SampleBatches : IBatchSource, IDisposable
{
    /// <summary>Floats of the inputs of a batch: what a network computes with takes some hundred times as much.</summary>
    private const int MostFloats = 2_500_000, MostSamples = 64, LeastSamples = 8;

    /// <summary>Steps of a pass: few samples in large batches make too few steps.</summary>
    private const int StepsOfPass = 10;


    /// <summary>Pictures are moved by up to this part of their size.</summary>
    private const int ShiftPart = 8, LeastMoved = 16;

    private readonly IReadOnlyList<InputSample> _samples;
    private readonly EvaluationNetwork _original;
    private readonly int _seed;
    private readonly bool _varies;
    private readonly NpyFile[]?[] _known;
    private int[] _order = [];
    private int _pass = -1;

    /// <param name="network">The original; its model stays open.</param>
    /// <param name="varies">Whether pictures may be moved and mirrored: their class stays the same.</param>
    public SampleBatches(PlannedNetwork network, IReadOnlyList<InputSample> samples, int seed, bool varies, int threads)
    {
        (_samples, _seed) = (samples, seed);
        _original = EvaluationNetwork.Original(network, threads);
        IReadOnlyList<PlanPort> ports = network.Plan.Inputs;
        _varies = varies && ports is [{ Type: ElementType.Float32, Shape: { Count: 4 } shape }] && samples[0].Values[0].Shape is [_, 1 or 3, >= LeastMoved, >= LeastMoved];
        int floats = Math.Max(1, samples[0].Values.Sum(v => v.Bytes.Length / 4));
        Size = Stacks(ports, samples) ? Math.Clamp(MostFloats / floats, 1, Math.Clamp(samples.Count / StepsOfPass, LeastSamples, MostSamples)) : 1;
        _known = new NpyFile[samples.Count][];
    }

    /// <summary>Samples of a batch.</summary>
    public int Size { get; }

    public Batch At(int step)
    {
        InputSample[] chosen = new InputSample[Size];
        int[] places = new int[Size];
        SeededRandom random = SeededRandom.For(_seed, string.Create(CultureInfo.InvariantCulture, $"samples {step}"));
        for (int i = 0; i < Size; i++)
        {
            places[i] = PlaceOf((long)step * Size + i);
            chosen[i] = _varies ? Moved(_samples[places[i]], random) : _samples[places[i]];
        }
        InputSample batch = Size == 1 ? chosen[0] : Stacked(chosen);
        NpyFile[] answers = _varies || Size > 1 ? _original.Run(batch) : _known[places[0]] ??= _original.Run(batch);
        Tensor[] targets = [.. answers.Select(TensorValues.Of)];
        return new Batch([.. batch.Values.Select(TensorValues.Of)], targets[0], null) { Further = targets[1..] };
    }

    public void Dispose() => _original.Dispose();

    /// <summary>Whether samples can be put together along the first axis: it is a symbol, the same of all inputs, and all samples have one shape.</summary>
    public static bool Stacks(IReadOnlyList<PlanPort> ports, IReadOnlyList<InputSample> samples)
    {
        if (ports.Any(p => p.Shape.Count == 0 || p.Shape[0].IsConstant) || ports.Select(p => p.Shape[0].ToString()).Distinct().Count() > 1) return false;
        // No other axis may be of the same symbol: a batch would change it too.
        if (ports.Any(p => p.Shape.Skip(1).Any(d => !d.IsConstant && d.ToString() == p.Shape[0].ToString()))) return false;
        InputSample first = samples[0];
        return first.Values.All(v => v.Shape[0] == 1) && samples.All(s => s.Values.Zip(first.Values).All(pair => pair.First.Shape.AsSpan().SequenceEqual(pair.Second.Shape)));
    }

    /// <summary>Samples of one shape along the first axis.</summary>
    public static InputSample Stacked(InputSample[] samples) => new([.. samples[0].Values.Select((value, i) =>
        new NpyFile(value.Type, [samples.Length, .. value.Shape[1..]], [.. samples.SelectMany(s => s.Values[i].Bytes)]))]);

    private static InputSample Moved(InputSample sample, SeededRandom random)
    {
        NpyFile picture = sample.Values[0];
        int height = picture.Shape[2], width = picture.Shape[3];
        int dy = random.Below(2 * (height / ShiftPart) + 1) - height / ShiftPart, dx = random.Below(2 * (width / ShiftPart) + 1) - width / ShiftPart;
        bool mirrored = random.Below(2) == 1;
        ReadOnlySpan<float> from = MemoryMarshal.Cast<byte, float>(picture.Bytes);
        byte[] bytes = new byte[picture.Bytes.Length];
        Span<float> to = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        int planes = from.Length / (height * width);
        for (int plane = 0; plane < planes; plane++)
            for (int y = 0; y < height; y++)
            {
                // The edge goes on.
                ReadOnlySpan<float> row = from.Slice((plane * height + Math.Clamp(y + dy, 0, height - 1)) * width, width);
                Span<float> target = to.Slice((plane * height + y) * width, width);
                for (int x = 0; x < width; x++) target[x] = row[Math.Clamp((mirrored ? width - 1 - x : x) + dx, 0, width - 1)];
            }
        return new InputSample([new NpyFile(picture.Type, picture.Shape, bytes)]);
    }

    private int PlaceOf(long number)
    {
        (int pass, int place) = ((int)(number / _samples.Count), (int)(number % _samples.Count));
        if (pass != _pass)
        {
            _order = SeededRandom.For(_seed, string.Create(CultureInfo.InvariantCulture, $"pass {pass}")).Permutation(_samples.Count);
            _pass = pass;
        }
        return _order[place];
    }
}
