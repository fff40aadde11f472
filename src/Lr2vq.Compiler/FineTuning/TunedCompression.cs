using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Options;
using Lr2vq.Planning;

namespace Lr2vq.FineTuning;

/// <summary>Training after compression: what it starts from and may take, and what of it is kept. Nothing is kept that is farther from the original's answers on held-out
/// samples than what came, measured by running it, or larger than what was asked for.</summary>
internal static class TunedCompression
{
    /// <summary>What a file may grow by where nobody asked for a size: numbers that moved are coded in a few bytes more or less.</summary>
    private const int FreeShare = 200, FreeBytes = 64;

    /// <summary>Levels that are trained move a little: what they start with leaves room.</summary>
    private const double MostOfStart = 0.996;

    /// <summary>What is said of a result before it is tuned, and holds no more.</summary>
    private static readonly DiagnosticDefinition[] s_before =
        [DiagnosticCatalogue.WantsTraining, DiagnosticCatalogue.OutputChanged, DiagnosticCatalogue.ClassesKept, DiagnosticCatalogue.CalibratedAnswersFar];

    /// <summary>What an artifact says of it before there are numbers.</summary>
    public static TuningRecord? Unmeasured(ModelOptions options) => options.FineTune == FineTuneMode.None ? null : new TuningRecord(Word(options), true, 0, 0, 0, 0);

    /// <summary>The option as the user wrote it.</summary>
    public static string Title(ModelOptions options) => $"{options.Spelling.Of("FineTune")} '{Word(options)}'";

    /// <summary>Says what stands against tuning with these options.</summary>
    public static void Check(ModelOptions options, DiagnosticBag bag)
    {
        DiagnosticPlace place = new() { Option = "FineTune" };
        if (options.FineTune == FineTuneMode.None)
        {
            if (options.TimeLimit is not null)
                bag.Add(DiagnosticCatalogue.SettingNotUsed.At(new DiagnosticPlace { Option = "TimeLimit" }, options.Spelling.Of("TimeLimit"), $"it limits {options.Spelling.Of("FineTune")}, which is not set"));
            return;
        }
        CompressionOptions compression = options.Compression;
        string? against = compression.Method is CompressionMethod.Lossless or CompressionMethod.Fp32 ? $"the method '{OptionValues.WordOf(OptionValues.Methods, compression.Method)}', which keeps the weights exactly"
            : compression is { Preset: Preset.Lossless, Method: CompressionMethod.Auto } ? "the preset 'Lossless', which keeps the weights exactly"
            : compression.Preset == Preset.Fast ? "the preset 'Fast', which keeps the build short" : null;
        if (against is not null) bag.Add(DiagnosticCatalogue.TuningPointless.At(place, Title(options), against));
        if (options.Calibration is null) bag.Add(DiagnosticCatalogue.TuningNeedsData.At(place, Title(options), options.Spelling.Of("CalibrationData")));
    }

    /// <summary>Says whether the samples are enough.</summary>
    public static void Check(ModelOptions options, CalibrationSet data, DiagnosticBag bag)
    {
        if (options.FineTune != FineTuneMode.None && data.Count < FineTuneLimits.LeastSamples)
            bag.Add(DiagnosticCatalogue.TuningSamplesFew.At(new DiagnosticPlace { Option = "FineTune" }, Title(options), data.Count, FineTuneLimits.LeastSamples));
    }

    /// <summary>Whether what was said of the compression still holds when its result has been tuned.</summary>
    public static bool StillHolds(Diagnostic diagnostic) => !s_before.Any(definition => definition.Id == diagnostic.Id);

    /// <summary>The options of what training starts from, where that is not the result itself: levels that a trellis codes depend on each other, so they are trained without, and
    /// training moves levels, which takes some bytes.</summary>
    /// <param name="untuned">The result without tuning.</param>
    public static ModelOptions? Start(ModelOptions options, CompressionResult untuned) => !CalibratedCompression.Serves(options.Compression) || !untuned.Tensors.Any(t => TransformTensor.Has(t.Format)) ? null
        : options with
        {
            MaxDrop = null,
            Compression = options.Compression with { Trellis = TrellisUse.Off, TargetRatio = null, Step = null, MaxBytes = (long)(MostOfStart * untuned.FileBytes) },
        };

    /// <param name="untuned">What compression made.</param>
    /// <param name="start">What training starts from.</param>
    /// <param name="fileLength">Exact length of the artifact for tensors of these lengths.</param>
    /// <param name="originalBytes">Bytes of the given model with its external data.</param>
    /// <returns>The result that is kept, and what the artifact says of it; null if the bag got an error.</returns>
    public static (CompressionResult Result, TuningRecord Record)? Apply(IFineTuner tuner, PlannedNetwork network, IReadOnlyList<WeightSource> weights, ModelOptions options, CalibrationSet data,
        CompressionResult untuned, CompressionResult start, Func<IReadOnlyList<TensorLengths>, long> fileLength, long originalBytes, IProgress<CompressionProgress>? progress, DiagnosticBag bag, CancellationToken cancellation)
    {
        CompressionOptions compression = options.Compression;
        Workers workers = new(compression.Threads, cancellation);
        SampleSplit split = SampleSplit.Of(new CalibrationSamples(data));
        progress?.Report(new CompressionProgress(0, "asking the original"));
        Answers heldOut;
        using (EvaluationNetwork original = EvaluationNetwork.Original(network, workers.Threads, cancellation))
            heldOut = Answers.Of(original, split.HeldOut, workers, _ => { }, data.Labels is { } labels ? [.. split.HeldOutPlaces.Select(i => labels[i])] : null);
        long budget = compression.MaxBytes ?? (compression.TargetRatio is { } ratio ? (long)Math.Floor(originalBytes / ratio) : 0);
        FineTuneTask task = new(network, weights, start, split.Training, heldOut)
        {
            Mode = options.FineTune,
            Title = Title(options),
            TimeLimit = options.TimeLimit ?? FineTuneLimits.Usual,
            MostBytes = budget > 0 ? Math.Max(budget, untuned.FileBytes) : untuned.FileBytes + untuned.FileBytes / FreeShare + FreeBytes,
            FileLength = fileLength,
            Seed = compression.Seed,
            Threads = compression.Threads,
        };
        AnswerChange before = task.Judge(untuned.Tensors, cancellation), after = before;
        if (tuner.Tune(task, progress, bag, cancellation) is not { } tuned) return null;
        long length = fileLength([.. tuned.Select(TensorLengths.Of)]);
        CompressionResult result = untuned;
        // What trained has measured it too; this is the one who is believed.
        if (length <= task.MostBytes && task.Judge(tuned, cancellation) is var now && now.Distance < before.Distance)
        {
            after = now;
            result = start.With(tuned, weights, length, workers);
        }
        string description = CalibratedCompression.TextOf(after, heldOut.AreClasses);
        if (ReferenceEquals(result, untuned)) bag.Add(DiagnosticCatalogue.TuningBroughtNothing.At(new DiagnosticPlace { Option = "FineTune" }, task.Title, description));
        CalibratedCompression.TellIfFar(after, heldOut.AreClasses, bag);
        return (result, new TuningRecord(Word(options), heldOut.AreClasses, before.Distance, after.Distance, before.Agreement, after.Agreement));
    }

    private static string Word(ModelOptions options) => OptionValues.WordOf(OptionValues.FineTunings, options.FineTune);
}
