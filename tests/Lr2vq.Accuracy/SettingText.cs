using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Calibration;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.FineTuning;
using Lr2vq.Options;
using Lr2vq.Training.FineTuning;

namespace Lr2vq.Accuracy;

/// <summary>Options as a line: <c>Preset=Balanced;TargetRatio=8</c>.</summary>
internal static class SettingText
{
    /// <param name="path">The model.</param>
    /// <param name="artifact">What to write.</param>
    /// <param name="setting">The line.</param>
    /// <param name="bag">Receives warnings.</param>
    /// <param name="parts">What calibration does; leaves out parts to measure what they are worth.</param>
    /// <param name="given">Inputs and dimensions that are fixed; null for none.</param>
    /// <exception cref="DiagnosticException">The options or the model cannot be used.</exception>
    public static CompressedModel Compress(string path, string artifact, string setting, DiagnosticBag bag, CalibrationParts parts = CalibrationParts.All, FixedInputs? given = null)
    {
        ModelOptions options = Options(setting, bag) with { Parts = parts };
        if (given is not null) options = options with { Fixed = given };
        bag.ThrowIfErrors();
        CompressedModel? compressed = ModelCompressor.Compress(path, artifact, options, null, bag, CancellationToken.None, options.FineTune == FineTuneMode.None ? null : new FineTuner([]));
        return compressed ?? throw new DiagnosticException(bag.All);
    }

    /// <exception cref="DiagnosticException">The options cannot be used.</exception>
    public static ModelOptions Options(string setting)
    {
        DiagnosticBag bag = new();
        ModelOptions options = Options(setting, bag);
        bag.ThrowIfErrors();
        return options;
    }

    private static ModelOptions Options(string setting, DiagnosticBag bag) =>
        OptionParser.Parse(setting.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(word => word.Split('=', 2)).Select(word => new KeyValuePair<string, string>(word[0], word.Length > 1 ? word[1] : "")), null, bag);
}
