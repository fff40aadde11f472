using System;
using System.Collections.Generic;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Evaluation;
using Lr2vq.Planning;

namespace Lr2vq.Calibration;

/// <summary>Calibration on generated inputs, where a size is asked for and nobody gave data: errors are fed back by what inputs of that kind make of
/// the values inside, which is much alike for all of them. Means are not: biases and scales of rows stay. Classes of such inputs are soft enough.</summary>
internal static class GeneratedCalibration
{
    private const int Fewest = 12;
    private const CalibrationParts Parts = CalibrationParts.All & ~(CalibrationParts.Bias | CalibrationParts.Scales | CalibrationParts.Softening);

    /// <summary>Gives weights the metric of their inputs, where codes are chosen by it.</summary>
    /// <param name="gate">Makes the inputs, other ones than those that it measures with.</param>
    /// <returns>Those inputs; null where they would take too long.</returns>
    public static IReadOnlyList<InputSample>? Attach(PlannedNetwork network, IReadOnlyList<WeightSource> weights, CompressionOptions options, OutputGate gate, IProgress<CompressionProgress>? progress,
        CancellationToken cancellation)
    {
        IReadOnlyList<InputSample> samples = gate.OtherSamples();
        if (samples.Count < Fewest) return null;
        InputMetrics.Attach(network, weights, options, samples, progress, cancellation);
        return samples;
    }

    /// <param name="network">The network; its model stays open.</param>
    /// <param name="weights">Its weights, in the order of its Plan.</param>
    /// <param name="gate">Makes the inputs, other ones than those that it measures with, and measures the result.</param>
    /// <param name="bytes">Of the artifact, at most.</param>
    /// <returns>Null where it would take too long, or does not get below the size.</returns>
    public static CompressionResult? Compress(PlannedNetwork network, IReadOnlyList<WeightSource> weights, CompressionOptions options, OutputGate gate, long bytes,
        Func<IReadOnlyList<TensorLengths>, long> fileLength, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        IReadOnlyList<InputSample> samples = gate.OtherSamples();
        if (samples.Count < Fewest) return null;
        var settings = new CalibrationSettings(samples, new CalibrationAim { Bytes = bytes }, Parts);
        CompressionResult result = Calibrator.Run(network, weights, options, settings, fileLength, progress, cancellation).Compression;
        return result.FileBytes > bytes ? null : result with { Outputs = gate.Measure(result.Tensors) };
    }
}
