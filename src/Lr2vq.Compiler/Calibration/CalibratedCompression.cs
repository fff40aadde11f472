using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Planning;

namespace Lr2vq.Calibration;

/// <summary>Compression where there is calibration data: from the options to an aim, and from the result to what the user is told.</summary>
internal static class CalibratedCompression
{
    private const double TinyRatio = 16;

    /// <summary>Divergence, or relative change, from which a result that was asked for is warned of.</summary>
    private const double MuchDivergence = 0.25, MuchChange = 0.1;

    /// <summary>True if samples decide how these options compress: presets and methods with levels.</summary>
    public static bool Serves(CompressionOptions options) => options.Preset is Preset.Balanced or Preset.Tiny
        && options.Method is CompressionMethod.Auto or CompressionMethod.Ecsq or CompressionMethod.TcEcsq;

    /// <param name="network">The network; its model stays open.</param>
    /// <param name="weights">Its weights, in the order of its Plan.</param>
    /// <param name="originalBytes">Bytes of the given model with its external data.</param>
    public static CompressionResult Compress(PlannedNetwork network, IReadOnlyList<WeightSource> weights, ModelOptions options, CalibrationSet data,
        Func<IReadOnlyList<TensorLengths>, long> fileLength, long originalBytes, IProgress<CompressionProgress>? progress, DiagnosticBag bag, CancellationToken cancellation)
    {
        CompressionOptions compression = options.Compression;
        double? ratio = compression.TargetRatio ?? (compression is { Preset: Preset.Tiny, MaxBytes: null, Step: null } && options.MaxDrop is null ? TinyRatio : null);
        var aim = new CalibrationAim
        {
            Bytes = compression.MaxBytes ?? (ratio is { } r ? (long)Math.Floor(originalBytes / r) : null),
            Step = compression.Step,
            Points = options.MaxDrop,
        };
        CalibrationResult result = Calibrator.Run(network, weights, compression, new CalibrationSettings(new CalibrationSamples(data), aim, options.Parts) { Labels = data.Labels }, fileLength, progress, cancellation);
        Tell(result, aim, bag);
        return result.Compression;
    }

    private static void Tell(CalibrationResult result, CalibrationAim aim, DiagnosticBag bag)
    {
        string change = TextOf(result.HeldOut, result.AreClasses);
        if (result.Compression.FileBytes > aim.Bytes) bag.Add(DiagnosticCatalogue.CalibratedSizeMissed.At(default, aim.Bytes, result.Compression.FileBytes, change));
        else if (aim is { Bytes: null, Step: null } && !result.AnswersStay)
            bag.Add(DiagnosticCatalogue.CalibratedDropMissed.At(default, change, result.Compression.FileBytes));
        else TellIfFar(result.HeldOut, result.AreClasses, bag);
    }

    /// <summary>Warns of answers on held-out samples that are far from the original's.</summary>
    public static void TellIfFar(AnswerChange heldOut, bool areClasses, DiagnosticBag bag)
    {
        if (heldOut.Distance > (areClasses ? MuchDivergence : MuchChange * MuchChange)) bag.Add(DiagnosticCatalogue.CalibratedAnswersFar.At(default, TextOf(heldOut, areClasses)));
    }

    /// <summary>How far answers are, for people.</summary>
    public static string TextOf(AnswerChange heldOut, bool areClasses)
    {
        string change = areClasses ? string.Create(CultureInfo.InvariantCulture, $"a divergence of {heldOut.Distance:0.000}, {100 * heldOut.Agreement:0} % the same class")
            : string.Create(CultureInfo.InvariantCulture, $"a change of {100 * Math.Sqrt(heldOut.Distance):0.0} %");
        return heldOut.Lost is { } lost ? change + string.Create(CultureInfo.InvariantCulture, $", {lost:0.0} points lost") : change;
    }
}
