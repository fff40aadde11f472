using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Allocation;
using Lr2vq.Compression.Estimation;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Tool.Report;

namespace Lr2vq.Tool.Estimate;

/// <summary>A network as it would be.</summary>
/// <param name="Path">The model.</param>
/// <param name="OriginalBytes">Its bytes.</param>
/// <param name="Bytes">Bytes of the artifact.</param>
/// <param name="Step">The global step.</param>
/// <param name="Samples">Samples that the outputs were compared on.</param>
internal readonly record struct EstimatedNetwork(string Path, long OriginalBytes, double Bytes, double Step, int Samples);

/// <summary>A tensor as it would be.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">As ONNX has it.</param>
/// <param name="Method">For example <c>tc-ecsq</c>.</param>
/// <param name="Bytes">Of its payload.</param>
/// <param name="RelativeError">Σ(w − ŵ)² / Σw².</param>
/// <param name="Spectrum">Of its subvectors; null for what is never cut.</param>
/// <param name="Effect">Change of the outputs by this tensor alone; null where that was not measured.</param>
/// <param name="Step">The step that it should have; null where steps do not decide.</param>
internal sealed record EstimatedTensor(string Name, IReadOnlyList<int> Shape, string Method, double Bytes, double RelativeError, Spectrum? Spectrum, double? Effect, double? Step)
{
    /// <summary>Components of two factors; null where there are none.</summary>
    public int? Rank { get; init; }
}

/// <summary>Estimates a network.</summary>
internal static class EstimateRun
{
    /// <summary>No tensor's step is further than this from the common one.</summary>
    private const int MostOctaves = 2;

    /// <summary>Changes of the outputs below are noise.</summary>
    private const double LeastEffect = 1e-7;

    /// <returns>Null if the bag got an error.</returns>
    public static IReadOnlyList<EstimatedTensor>? Of(string path, ModelOptions options, DiagnosticBag bag, CancellationToken cancellation, out EstimatedNetwork result)
    {
        result = default;
        using OnnxModel? model = ModelCompressor.Open(path, options.Fixed, bag);
        PlannedNetwork? network = model is null ? null : Planner.Plan(model, ModelInterface.NameOf(model.Graph.Name), path, options.Fixed, bag, keepsIntegers: options.KeepsIntegers, cancellation: cancellation);
        if (network is null) return null;
        CalibrationSet? data = DataUse.Open(options, network.Plan, bag);
        if (bag.HasErrors) return null;
        WeightSource[] weights = ModelCompressor.Sources(network, cancellation);
        string plan = PlanText.Write(network.Plan);
        long other = ArtifactWriter.LengthOf(ArtifactMeta.Empty with { RelativeError = 0 }, plan, weights.Select(NoBytes).ToArray());
        NetworkEstimate estimate = NetworkEstimate.Of(weights, options.Compression, model!.OriginalBytes, other, cancellation);
        IReadOnlyDictionary<string, double> effects = data is null || estimate.Step == 0 ? new Dictionary<string, double>() : Effects(network, weights, options.Compression, estimate.Step, data, cancellation);
        int[] measured = [.. Enumerable.Range(0, weights.Length).Where(i => estimate.Tensors[i].HasStep && effects.ContainsKey(weights[i].Identity.Name))];
        double[] factors = measured.Length == 0 ? [] : SensitivityScan.Factors([.. measured.Select(i => Math.Pow(Math.Max(LeastEffect, effects[weights[i].Identity.Name]), 2))],
            [.. measured.Select(i => weights[i].Length)], [.. measured.Select(_ => 1.0)], -MostOctaves, MostOctaves);
        double common = CommonStep(estimate, measured, factors);
        Dictionary<int, double> steps = Enumerable.Range(0, measured.Length).ToDictionary(i => measured[i], i => common * factors[i]);
        result = new EstimatedNetwork(path, model.OriginalBytes, other + estimate.Tensors.Sum(t => t.Bytes), estimate.Step, effects.Count == 0 ? 0 : Math.Min(data!.Count, TensorEffects.MostSamples));
        return [.. estimate.Tensors.Select((t, i) => new EstimatedTensor(t.Identity.Name, t.Identity.Shape, OptionValues.WordOf(OptionValues.Methods, t.Method), t.Bytes, t.RelativeError, t.Spectrum,
            effects.TryGetValue(t.Identity.Name, out double effect) ? effect : null, steps.TryGetValue(i, out double step) ? step : t.HasStep ? estimate.Step : null) { Rank = t.Rank > 0 ? t.Rank : null })];
    }

    /// <summary>The step that, with the factors, gives as many bytes as the global step without them.</summary>
    private static double CommonStep(NetworkEstimate estimate, int[] measured, double[] factors)
    {
        if (measured.Length == 0) return estimate.Step;
        TransformSample[] samples = [.. measured.Select(i => estimate.Tensors[i].Sample!)];
        // Predictions are right to a percent or so; better too small than too large.
        double wanted = 0.99 * samples.Sum(s => s.At(estimate.Step).Bytes), low = estimate.Step / (1 << MostOctaves), high = estimate.Step * (1 << MostOctaves);
        for (int i = 0; i < 16; i++)
        {
            double middle = Math.Sqrt(low * high);
            if (samples.Select((s, j) => s.At(middle * factors[j]).Bytes).Sum() > wanted) low = middle;
            else high = middle;
        }
        return high;
    }

    /// <summary>What each tensor does to the outputs at one common step.</summary>
    private static IReadOnlyDictionary<string, double> Effects(PlannedNetwork network, WeightSource[] weights, CompressionOptions options, double step, CalibrationSet data, CancellationToken cancellation)
    {
        CompressionOptions common = new() { Preset = options.Preset, Method = options.Method, Step = step, Threads = options.Threads };
        CompressionResult made = Compressor.Compress(weights, common, _ => 0, long.MaxValue, null, new DiagnosticBag(), cancellation);
        return TensorEffects.Measure(network, made.Tensors, data.Read, data.Count, options.Threads, cancellation);
    }

    private static TensorLengths NoBytes(WeightSource weight) =>
        TensorLengths.Of(new EncodedTensor(weight.Identity.Name, weight.Identity.Role, weight.Identity.Type, weight.Identity.Shape, weight.Identity.Groups, TensorFormat.Dense, [], [], [], []));
}
