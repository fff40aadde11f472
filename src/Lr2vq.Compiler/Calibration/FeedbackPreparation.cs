using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Compression.Allocation;
using Lr2vq.Compression.Methods;
using Lr2vq.Evaluation;

namespace Lr2vq.Calibration;

/// <summary>Weights made ready to be rounded with feedback: which, and by what their inputs are.</summary>
internal static class FeedbackPreparation
{
    /// <summary>Weights below which a tensor stays as it is: its tables would cost more than its levels save.</summary>
    private const int FewestWeights = 128;

    /// <summary>As the preset decides; tensors that it spares without data take part, and the global step is ours.</summary>
    public static TensorSpec[] Specs(CompressionOptions options, IReadOnlyList<WeightSource> weights, CalibrationParts parts)
    {
        bool trellis = parts.HasFlag(CalibrationParts.Trellis) && options.Trellis != TrellisUse.Off;
        TensorSpec[] specs = PresetRules.Decide(options with { Step = null, Trellis = trellis ? options.Trellis : TrellisUse.Off }, weights);
        for (int i = 0; i < specs.Length && parts.HasFlag(CalibrationParts.Spared) && options.Method == CompressionMethod.Auto; i++)
            if (specs[i].Treatment == TensorTreatment.Int8 && weights[i].Length >= FewestWeights && PresetRules.Match(options, weights[i].Identity.Name)?.Method is null)
                specs[i] = new TensorSpec(TensorTreatment.Transform, CompressionMethod.TcEcsq) { Trellis = trellis };
        return specs;
    }

    /// <param name="original">The network whose inputs are watched.</param>
    /// <param name="run">Its tensors with the global step are prepared.</param>
    /// <param name="weights">In the order of the Plan.</param>
    /// <param name="samples">What shows the inputs; null for no feedback.</param>
    /// <param name="step">A guess of the step.</param>
    public static CalibratedTensors Of(EvaluationNetwork original, CompressionRun run, IReadOnlyList<WeightSource> weights, IReadOnlyList<InputSample>? samples, double step,
        Workers workers, CalibrationProgress progress)
    {
        int[] indices = [.. run.StepTensors];
        // Steps that read a weight which is equal to another, as if they read that.
        WeightInput[] inputs = [.. WeightInput.Of(original.Plan).Select(input => run.EqualTo(input.Weight) is { IsTurned: false, First: var first } ? input with { Weight = first } : input)];
        var tensors = new FeedbackTensor[indices.Length];
        foreach (int[] part in GramBatches.Of(original.Plan, indices, samples is not null, out int mostColumns))
        {
            InputStatistics? statistics = samples is null ? null : InputStatistics.Of(original, inputs, samples,
                weight => part.Contains(weight) ? mostColumns : 0, run.Options.Seed, workers, progress.Part(0.2 * part.Length / indices.Length, "watching the inputs"));
            Action<double> factored = progress.Part(0.1 * part.Length / indices.Length, "factoring");
            workers.Run(part.Length, i => Math.Pow(weights[part[i]].Identity.Canonical.Inputs, 3), i =>
            {
                tensors[Array.IndexOf(indices, part[i])] = FeedbackTensor.Of(weights[part[i]], statistics?.Gram(part[i]), step, run.Specs[part[i]], workers.Cancellation);
                statistics?.Drop(part[i]);
                factored(1.0 / part.Length);
            });
        }
        return new CalibratedTensors(indices, tensors, workers);
    }
}
