using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Evaluation;
using Lr2vq.Planning;

namespace Lr2vq.Calibration;

/// <summary>Calibration on generated inputs, where nobody gave data: errors are fed back by what inputs of that kind make of the values inside, which is much
/// alike for all of them. Means are not: biases and scales of rows stay.</summary>
/// <param name="network">The network; its model stays open.</param>
/// <param name="weights">Its weights, in the order of its Plan.</param>
/// <param name="gate">Makes the inputs, other ones than those that it measures with, and measures the result.</param>
internal sealed class GeneratedCalibration(PlannedNetwork network, IReadOnlyList<WeightSource> weights, CompressionOptions options, OutputGate gate,
    Func<IReadOnlyList<TensorLengths>, long> fileLength, IProgress<CompressionProgress>? progress, CancellationToken cancellation) : IInputSearch
{
    private const int Fewest = 12;
    /// <summary>Most samples, and multiplications of all of them.</summary>
    private const int MostOfSize = 40, MostOfGate = 24;
    private const double WorkOfSize = 40e9, WorkOfGate = 24e9;
    private const CalibrationParts Parts = CalibrationParts.All & ~(CalibrationParts.Bias | CalibrationParts.Scales);

    /// <inheritdoc/>
    public CompressionResult? ForBytes(long bytes)
    {
        IReadOnlyList<InputSample> samples = gate.OtherSamples(MostOfSize, WorkOfSize);
        if (samples.Count < Fewest) return null;
        var settings = new CalibrationSettings(samples, new CalibrationAim { Bytes = bytes }, Parts);
        CompressionResult result = Calibrator.Run(network, weights, options, settings, fileLength, progress, cancellation).Compression;
        return result.FileBytes > bytes ? null : result with { Outputs = gate.Measure(result.Tensors) };
    }

    /// <inheritdoc/>
    public CompressionResult? ForGate(IReadOnlyList<TensorEffect> effects, double mostUnlikely)
    {
        IReadOnlyList<InputSample> samples = gate.OtherSamples(MostOfGate, WorkOfGate);
        if (samples.Count < Fewest) return null;
        TensorSpec[] specs = FeedbackPreparation.Specs(options, weights, Parts);
        var run = new CompressionRun(weights, specs, options, fileLength, null, cancellation);
        // What had to be finer than levels stays so.
        foreach (TensorEffect effect in effects)
            if (effect.Spec.Treatment is not (TensorTreatment.Transform or TensorTreatment.Int8) || specs[effect.Tensor] is not { Treatment: TensorTreatment.Transform, Step: null })
                foreach (int reader in run.ReadersOf(effect.Tensor)) specs[reader] = effect.Spec;
        run = new CompressionRun(weights, specs, options, fileLength, null, cancellation);
        return run.HasGlobalStep ? new FeedbackSearch(network, weights, run, gate, progress, cancellation).Run(samples, effects, mostUnlikely) : null;
    }
}
