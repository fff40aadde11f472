using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Allocation;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Options;
using Lr2vq.Planning;

namespace Lr2vq.Calibration;

/// <summary>Compression by joint low-rank optimization: from the options to a search, and from its result to what the user is told.</summary>
internal static class JointCompression
{
    /// <summary>Step of levels that a Config gives to some tensors without saying which.</summary>
    private const double UsualStep = 1 / 16.0;

    /// <summary>True if ranks of all tensors are to be chosen together.</summary>
    public static bool Serves(CompressionOptions options) => options.Method is CompressionMethod.Joint or CompressionMethod.JointCompact;

    /// <param name="network">The network; its model stays open.</param>
    /// <param name="weights">Its weights, in the order of its Plan.</param>
    /// <param name="originalBytes">Bytes of the given model with its external data.</param>
    /// <param name="gradients">Computes gradients of the loss; null to measure all that is asked.</param>
    public static CompressionResult Compress(PlannedNetwork network, IReadOnlyList<WeightSource> weights, ModelOptions options, CalibrationSet data,
        Func<IReadOnlyList<TensorLengths>, long> fileLength, long originalBytes, IProgress<CompressionProgress>? progress, DiagnosticBag bag, CancellationToken cancellation, ILossGradients? gradients = null)
    {
        CompressionOptions compression = options.Compression;
        bool isCompact = compression.Method == CompressionMethod.JointCompact;
        var workers = new Workers(compression.Threads, cancellation);
        var told = new CalibrationProgress(progress);
        SampleSplit samples = SampleSplit.Of(new CalibrationSamples(data));
        InputMetrics.Attach(network, weights, compression, samples.Training, progress, cancellation);
        told.Part(0.2, "asking the original")(1);
        using EvaluationNetwork original = EvaluationNetwork.Original(network, workers.Threads, cancellation);
        var loss = new JointLoss(original, samples, data.Labels, workers, told.Part(0.02, "asking the original"),
            gradients is null ? null : (tensors, asked) => gradients.Of(network, tensors, asked));
        TensorSpec[] specs = [.. PresetRules.Decide(compression, weights).Select(spec => spec is { Treatment: TensorTreatment.Transform, Step: null } ? spec with { Step = UsualStep } : spec)];
        var run = new CompressionRun(weights, specs, compression, fileLength, null, cancellation);
        long? bytes = compression.MaxBytes ?? (compression.TargetRatio is { } ratio ? (long)Math.Floor(originalBytes / ratio) : null);
        double tolerance = isCompact && options.MaxDrop is { } points ? new CalibrationAim { Points = points }.MostDistance(loss.HeldOut.AreClasses) : 0;
        JointResult found = new JointSearch(run, loss, workers, isCompact, bytes is not null, told.Part(0.75, "choosing ranks")).Run(bytes, tolerance);
        CompressionResult result = run.Result(0);
        Tell(found, loss, result, bytes, tolerance, bag);
        return result;
    }

    private static void Tell(JointResult found, JointLoss loss, CompressionResult result, long? bytes, double tolerance, DiagnosticBag bag)
    {
        string heldOut = Text(found.HeldOut.Loss), heldOutBefore = Text(loss.OriginalHeldOut.Loss);
        bag.Add(DiagnosticCatalogue.JointLoss.At(default, found.Factored, found.Open, Text(loss.Original.Loss), Text(found.Loss.Loss), heldOutBefore, heldOut));
        if (result.FileBytes > bytes)
            bag.Add(DiagnosticCatalogue.CalibratedSizeMissed.At(default, bytes, result.FileBytes, string.Create(CultureInfo.InvariantCulture, $"a loss of {heldOut} instead of {heldOutBefore}")));
        else if (bytes is null && result.Reports.All(report => report.Method is CompressionMethod.Lossless || report.Identity.Role == Plans.WeightRole.Bias))
            bag.Add(DiagnosticCatalogue.JointFoundNothing.At(default, Text(tolerance)));
        else CalibratedCompression.TellIfFar(loss.Compare(loss.HeldOut, result.Tensors), loss.HeldOut.AreClasses, bag);
    }

    private static string Text(double loss) => loss.ToString("0.0000", CultureInfo.InvariantCulture);
}
