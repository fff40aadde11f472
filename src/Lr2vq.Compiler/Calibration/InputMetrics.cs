using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Planning;

namespace Lr2vq.Calibration;

/// <summary>Gives weights the metric of their inputs, where a method asks for it: what calibration data shows of the original network.</summary>
internal static class InputMetrics
{
    /// <summary>Most columns of a Gram; larger ones are cut into blocks.</summary>
    private const int MostColumns = 2304;

    /// <summary>Bytes of all Grams of vector quantization at most, so far as cutting them helps.</summary>
    private const long MostBytes = 1L << 30;

    private const int FewestColumns = 64;

    /// <summary>Subvectors of these options are chosen by what samples show of the inputs, where there are samples.</summary>
    public static bool Helps(CompressionOptions options) => options.Overrides.Select(o => o.Method).Prepend(options.Method).Any(method => method == CompressionMethod.Lr2vq)
        || options is { Preset: Preset.Lr2vq, Method: CompressionMethod.Auto };

    /// <summary>The methods of these options that measure errors by inputs, and need samples.</summary>
    public static IEnumerable<CompressionMethod> MethodsOf(CompressionOptions options) =>
        options.Overrides.Select(o => o.Method ?? CompressionMethod.Auto).Prepend(options.Method).Where(m => m is CompressionMethod.Bgd or CompressionMethod.SvdGram or CompressionMethod.Joint or CompressionMethod.JointCompact).Distinct();

    /// <summary>Samples change what these options give by their inputs.</summary>
    public static bool Serves(CompressionOptions options) => Helps(options) || MethodsOf(options).Any();

    /// <param name="network">The network; its model stays open.</param>
    /// <param name="weights">Its weights, in the order of its Plan.</param>
    /// <param name="samples">What the network will meet.</param>
    public static void Attach(PlannedNetwork network, IReadOnlyList<WeightSource> weights, CompressionOptions options, IReadOnlyList<InputSample> samples, IProgress<CompressionProgress>? progress,
        CancellationToken cancellation)
    {
        TensorSpec[] specs = PresetRules.Decide(options, weights);
        EqualWeight[] equal = EqualWeights.Find(weights, options);
        // Equal weights are encoded once, for all that they read.
        WeightInput[] inputs = [.. WeightInput.Of(network.Plan).Select(input => equal[input.Weight] is { IsTurned: false, First: var first } ? input with { Weight = first } : input)];
        int vectorColumns = MostColumns;
        int ColumnsOf(int weight) => specs[weight] switch
        {
            { Vector: { ByInputs: true } vector } => InputMetric.ColumnsFor(weights[weight].Identity, SliceOrder.Of(weights[weight].Identity.Canonical, vector.Axis, vector.M)),
            { Method: CompressionMethod.Lr2vq, Vector: { } vector } => InputMetric.ColumnsFor(weights[weight].Identity, SliceOrder.Of(weights[weight].Identity.Canonical, vector.Axis, vector.M), vectorColumns),
            { LowRank.ByInputs: true } => MostColumns,
            _ => 0,
        };
        int[] asked = [.. inputs.Select(input => input.Weight).Distinct().Where(weight => ColumnsOf(weight) > 0)];
        if (asked.Length == 0) return;
        while (vectorColumns > FewestColumns && asked.Sum(weight => GramShape.Of(weights[weight].Identity, ColumnsOf(weight)).Bytes) > MostBytes) vectorColumns /= 2;
        using EvaluationNetwork original = EvaluationNetwork.Original(network, new Workers(options.Threads, cancellation).Threads, cancellation);
        var workers = new Workers(options.Threads, cancellation);
        double done = 0;
        InputStatistics statistics = InputStatistics.Of(original, inputs, samples, ColumnsOf, options.Seed, workers, share => progress?.Report(new CompressionProgress(0.2 * Math.Min(1, done += share), "watching the inputs")));
        foreach (int weight in asked)
            if (statistics.Gram(weight) is { } gram) weights[weight].Inputs = new InputMetric(gram);
    }

    /// <summary>Warns where answers on samples that were not attached are far from the original's.</summary>
    public static void Tell(PlannedNetwork network, CompressionResult result, IReadOnlyList<InputSample> heldOut, CompressionOptions options, DiagnosticBag bag, CancellationToken cancellation)
    {
        var workers = new Workers(options.Threads, cancellation);
        using EvaluationNetwork original = EvaluationNetwork.Original(network, workers.Threads, cancellation), compressed = EvaluationNetwork.Of(network.Plan, result.Tensors, workers.Threads, cancellation);
        Answers answers = Answers.Of(original, heldOut, workers, _ => { });
        CalibratedCompression.TellIfFar(answers.Compare(compressed, workers), answers.AreClasses, bag);
    }
}
