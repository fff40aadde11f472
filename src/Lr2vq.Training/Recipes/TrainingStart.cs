using System;
using System.Collections.Generic;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Planning;
using Lr2vq.Plans;

namespace Lr2vq.Training.Recipes;

/// <summary>Where a training begins: a network, and what the untrained search made of its weights.</summary>
/// <param name="Network">The network; a method that puts channels into another order has done so. Its model stays open.</param>
/// <param name="Sources">Its weights, in the order of its Plan.</param>
/// <param name="Result">The weights as a file holds them.</param>
internal sealed record TrainingStart(PlannedNetwork Network, IReadOnlyList<WeightSource> Sources, CompressionResult Result)
{
    /// <summary>Searches as a compression with these options would, without a look at the outputs, or calibrates where samples decide how the options compress.</summary>
    /// <param name="network">The network as it was planned.</param>
    /// <param name="originalBytes">Bytes of the given model with its external data.</param>
    /// <param name="samples">What the network will meet, for methods that ask for the inputs of weights; null for none.</param>
    /// <exception cref="DiagnosticException">No result can satisfy the options.</exception>
    public static TrainingStart Search(PlannedNetwork network, CompressionOptions options, long originalBytes, IReadOnlyList<InputSample>? samples, DiagnosticBag bag, CancellationToken cancellation)
    {
        if (ChannelPermutation.IsAsked(options)) network = ChannelPermutation.Apply(network, options, null, cancellation);
        WeightSource[] sources = ModelCompressor.Sources(network);
        if (samples is not null) InputMetrics.Attach(network, sources, options, samples, null, cancellation);
        Func<IReadOnlyList<TensorLengths>, long> length = LengthOf(network.Plan, originalBytes);
        CompressionResult result = samples is not null && options.MaxBytes is { } most && CalibratedCompression.Serves(options)
            ? Calibrator.Run(network, sources, options, new CalibrationSettings(samples, new CalibrationAim { Bytes = most }), length, null, cancellation).Compression
            : Compressor.Compress(sources, options, length, originalBytes, null, bag, cancellation,
                answers: samples is not null && InputMetrics.Helps(options) ? new AnswerDistance(network, samples, new Workers(options.Threads, cancellation)) : null);
        return new TrainingStart(network, sources, result);
    }

    /// <summary>Length of an artifact that says nothing of itself but what every one does.</summary>
    public static Func<IReadOnlyList<TensorLengths>, long> LengthOf(Plan plan, long originalBytes)
    {
        string text = PlanText.Write(plan);
        var meta = new ArtifactMeta(ModelCompressor.ToolVersion, new string('0', 64), originalBytes, "Lr2vq", []) { RelativeError = 0 };
        return lengths => ArtifactWriter.LengthOf(meta, text, lengths);
    }
}
