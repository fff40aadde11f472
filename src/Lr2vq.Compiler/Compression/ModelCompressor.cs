using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.FineTuning;
using Lr2vq.Import;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Skeletons;

namespace Lr2vq.Compression;

/// <summary>What <see cref="ModelCompressor.Compress"/> made.</summary>
/// <param name="Plan">The Plan in the artifact.</param>
/// <param name="Result">What became of each weight.</param>
/// <param name="Meta">What the artifact says of its origin.</param>
/// <param name="FileBytes">Length of the artifact.</param>
/// <param name="Files">Paths of the model and of its external data.</param>
internal sealed record CompressedModel(Plan Plan, CompressionResult Result, ArtifactMeta Meta, long FileBytes, IReadOnlyList<string> Files)
{
    /// <summary>Bytes of the given model with its external data ÷ bytes of the artifact.</summary>
    public double Ratio => (double)Meta.OriginalBytes / FileBytes;

    /// <summary>Change of the output that is changed most, ‖a − b‖ ÷ ‖a‖, on generated inputs; null if it was not measured.</summary>
    public double? OutputChange => Meta.Outputs.Where(o => double.IsFinite(o.Mean)).Select(o => (double?)o.Mean).Max();
}

/// <summary>.onnx → .lr2vq: reads, plans, compresses, writes.</summary>
internal static class ModelCompressor
{
    /// <summary>Counts up whenever the same model and options give other bytes; part of the cache's key.</summary>
    public const int AlgorithmVersion = 24;

    private const double UnseenError = 0.00025;

    /// <summary>The share of the time until generated inputs calibrate, where that may follow.</summary>
    private const double BeforeFit = 0.35;

    /// <summary>Version of this tool, as artifacts record it.</summary>
    public static string ToolVersion { get; } = typeof(ModelCompressor).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>Opens a model. Where it cannot be used, the bag gets what would be wrong with its graph besides.</summary>
    /// <returns>Null if the bag got an error.</returns>
    public static OnnxModel? Open(string modelPath, FixedInputs choices, DiagnosticBag bag) =>
        OnnxFile.Open(modelPath, bag, model => GraphImporter.Import(model, NameOf(model), modelPath, choices, bag));

    /// <summary>The Plan of a model; reads no weights.</summary>
    /// <returns>Null if the bag got an error.</returns>
    public static Plan? Plan(string modelPath, FixedInputs choices, DiagnosticBag bag) =>
        Plan(modelPath, new ModelOptions { Fixed = choices }, bag)?.Network.Plan;

    /// <summary>What a model becomes for its back end; reads no weights, but small ones.</summary>
    /// <returns>Null if the bag got an error.</returns>
    public static BackendPlan? Plan(string modelPath, ModelOptions options, DiagnosticBag bag)
    {
        using OnnxModel? model = Open(modelPath, options.Fixed, bag);
        return model is null ? null : Guard(modelPath, bag, () => BackendPlanner.Plan(model, NameOf(model), modelPath, options, bag, CancellationToken.None));
    }

    /// <summary>Compresses a model. Every problem goes to the bag; nothing is left at <paramref name="artifactPath"/> unless it succeeds.</summary>
    /// <param name="modelPath">The .onnx file.</param>
    /// <param name="artifactPath">The file to write.</param>
    /// <param name="options">What to do.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="bag">Receives errors and warnings.</param>
    /// <param name="cancellation">Ends the work soon, without a partial file.</param>
    /// <param name="tuner">What trains; only asked where the options say so.</param>
    /// <returns>Null if the bag got an error.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static CompressedModel? Compress(string modelPath, string artifactPath, ModelOptions options, IProgress<CompressionProgress>? progress,
        DiagnosticBag bag, CancellationToken cancellation, IFineTuner? tuner = null)
    {
        if (progress is not null) progress = new ForwardProgress(progress);
        progress?.Report(new CompressionProgress(0, "reading the model"));
        using OnnxModel? model = Open(modelPath, options.Fixed, bag);
        return model is null ? null : Guard(modelPath, bag, () => Compress(model, modelPath, artifactPath, options, progress, bag, cancellation, tuner));
    }

    private static CompressedModel? Compress(OnnxModel model, string modelPath, string artifactPath, ModelOptions options,
        IProgress<CompressionProgress>? progress, DiagnosticBag bag, CancellationToken cancellation, IFineTuner? tuner)
    {
        BackendPlan? backend = BackendPlanner.Plan(model, NameOf(model), modelPath, options, bag, cancellation);
        if (backend is null) return null;
        PlannedNetwork network = backend.Network;
        BackendPlanner.Check(backend, options, bag);
        progress?.Report(new CompressionProgress(0.01, "checking the weights"));
        WeightSource[] weights = Sources(network, cancellation);
        SettingUse.Check(options, modelPath, weights, bag);
        CalibrationSet? data = DataUse.Open(options, network.Plan, bag);
        DataUse.CheckEffect(options, bag);
        if (data is not null) TunedCompression.Check(options, data, bag);
        CheckFinite(weights, modelPath, bag, cancellation);
        if (bag.HasErrors) return null;
        bool isTuned = options.FineTune != FineTuneMode.None;
        if (isTuned && !tuner!.CanTune(network, modelPath, bag)) return null;
        if (backend.OnlyBecause is null && ChannelPermutation.IsAsked(options.Compression)) weights = Sources(network = ChannelPermutation.Apply(network, options.Compression, progress, cancellation), cancellation);
        string text = PlanText.Write(network.Plan);
        PackedSkeleton? skeleton = backend.Skeleton is { } section ? PackedSkeleton.Of(section) : null;
        var planned = new ArtifactMeta(ToolVersion, SourceHash(model, cancellation), model.OriginalBytes,
            OptionValues.WordOf(OptionValues.Presets, options.Compression.Preset), [.. CanonicalOptions(options)]) { RelativeError = 0, Tuning = TunedCompression.Unmeasured(options) };
        IProgress<CompressionProgress>? inner = progress is null ? null
            : new Relay(progress, p => new CompressionProgress(0.05 + (isTuned ? 0.45 : 0.93) * p.Fraction, p.Stage));
        FormDecisions forms = new(network.Plan, options);
        using OutputGate? gate = GateOf(backend with { Network = network }, options.Compression, options.PreProcessing, modelPath, progress, bag, cancellation);
        if (gate is not null) planned = planned with { Outputs = gate.Unmeasured };
        long Length(IReadOnlyList<TensorLengths> lengths) => ArtifactWriter.LengthOf(planned, text, lengths, forms.Undecided, skeleton);
        // Nobody looks: half the step, which is harmless for most networks.
        CompressionOptions compression = gate is null ? options.Compression with { WeightError = UnseenError } : options.Compression;
        bool joint = data is not null && JointCompression.Serves(options.Compression);
        SampleSplit? samples = data is null || joint || !InputMetrics.Serves(options.Compression) ? null : SampleSplit.Of(new CalibrationSamples(data));
        IReadOnlyList<InputSample>? shown = samples?.Training;
        if (shown is not null) InputMetrics.Attach(network, weights, options.Compression, shown, inner, cancellation);
        else if (data is null && gate is not null && InputMetrics.Helps(options.Compression)) shown = GeneratedCalibration.Attach(network, weights, options.Compression, gate, inner, cancellation);
        AnswerDistance? answers = shown is not null && InputMetrics.Helps(options.Compression) ? new AnswerDistance(network, shown, new Workers(options.Compression.Threads, cancellation)) : null;
        bool isFast = options.OptimizesSpeed && SpeedSearch.Serves(options);
        if (isFast) planned = planned with { Time = new PredictedTime(0, 0) };
        Attempt attempt = Make(compression);
        if (isFast && !attempt.Said.Any(d => d.Severity == DiagnosticSeverity.Error))
        {
            var search = new SpeedSearch(weights, compression, new TimeModel(network.Plan), gate, attempt, cancellation);
            attempt = search.Run(compression.MaxBytes ?? (compression.TargetRatio is { } ratio ? (long)Math.Floor(model.OriginalBytes / ratio) : null), TryMake);
            planned = planned with { Time = search.Predict(attempt.Result) };
        }
        CompressionResult result = attempt.Result;
        // What is said of weights is for those who have nothing better: where samples chose codes, weights are further away and answers nearer.
        bool isTold = !isTuned && samples is not null && !CalibratedCompression.Serves(options.Compression), areAnswersTold = isTuned || isTold && InputMetrics.Helps(options.Compression);
        foreach (Diagnostic diagnostic in attempt.Said.Where(d => !areAnswersTold || TunedCompression.StillHolds(d))) bag.Add(diagnostic);
        if (isTuned && !bag.HasErrors)
        {
            Relay? tuning = progress is null ? null : new Relay(progress, p => new CompressionProgress(0.5 + 0.48 * p.Fraction, p.Stage));
            CompressionResult start = TunedCompression.Start(options, result) is { } other
                ? CalibratedCompression.Compress(network, weights, other, data!, Length, model.OriginalBytes, inner, new DiagnosticBag(), cancellation) : result;
            if (TunedCompression.Apply(tuner!, network, weights, options, data!, result, start, Length, model.OriginalBytes, tuning, bag, cancellation) is not { } tuned) return null;
            (result, planned) = (tuned.Result, planned with { Tuning = tuned.Record });
        }
        if (result.Held is not null)
        {
            planned = planned with { Held = result.Held };
            result = result with { FileBytes = Length([.. result.Tensors.Select(TensorLengths.Of)]) };
        }
        if (isTold) InputMetrics.Tell(network, result, samples!.HeldOut, options.Compression, bag, cancellation);
        // With data the answers on it are the measure; this is only recorded.
        if (gate is not null && result.Outputs is null) result = result with { Outputs = gate.Measure(result.Tensors) };
        cancellation.ThrowIfCancellationRequested();
        if (bag.HasErrors) return null;
        progress?.Report(new CompressionProgress(0.98, "writing the artifact"));
        ArtifactMeta meta = planned with { RelativeError = result.RelativeError, Outputs = result.Outputs?.Changes ?? [] };
        if (!TryWrite(artifactPath, meta, text, result, forms.Decide(result.Tensors, bag, cancellation), skeleton, bag, cancellation, out long length)) return null;
        if (length > model.OriginalBytes)
            bag.Add(DiagnosticCatalogue.LargerThanModel.At(new DiagnosticPlace(modelPath), length, model.OriginalBytes, LargestParts(result, length)));
        progress?.Report(new CompressionProgress(1, "done"));
        return new CompressedModel(network.Plan, result, meta, length, model.Files);

        Attempt Make(CompressionOptions chosen)
        {
            ModelOptions all = options with { Compression = chosen };
            DiagnosticBag found = new(), ofData = new();
            bool mayFit = data is null && gate is not null && CalibratedCompression.Serves(chosen) && (chosen.MaxBytes is not null || chosen.TargetRatio is not null || chosen.Preset == Preset.Tiny);
            CompressionResult made = joint ? JointCompression.Compress(network, weights, all, data!, Length, model.OriginalBytes, inner, ofData, cancellation, isTuned ? tuner!.Gradients : null)
                : data is not null && CalibratedCompression.Serves(chosen)
                ? CalibratedCompression.Compress(network, weights, all, data, Length, model.OriginalBytes, inner, ofData, cancellation)
                : Compressor.Compress(weights, chosen, Length, model.OriginalBytes, mayFit ? Part(0, BeforeFit) : inner, found, cancellation, gate,
                    mayFit ? bytes => GeneratedCalibration.Compress(network, weights, chosen, gate!, bytes, Length, Part(BeforeFit, 1 - BeforeFit), cancellation) : null, answers);
            // The compressor knows no file.
            return new Attempt(made, [.. found.All.Select(diagnostic => diagnostic with { Place = diagnostic.Place with { File = diagnostic.Place.File ?? modelPath } }), .. ofData.All]);
        }

        IProgress<CompressionProgress>? Part(double from, double share) => inner is null ? null : new Relay(inner, p => new CompressionProgress(from + share * p.Fraction, p.Stage));

        Attempt? TryMake(CompressionOptions chosen)
        {
            try
            {
                return Make(chosen) is { } made && made.Said.All(d => d.Severity != DiagnosticSeverity.Error) ? made : null;
            }
            catch (DiagnosticException)
            {
                return null;
            }
        }
    }

    /// <summary>Null where nothing is lost, and, with a warning, where no input is found that the network accepts.</summary>
    private static OutputGate? GateOf(BackendPlan backend, CompressionOptions options, PreProcessing pictures, string modelPath, IProgress<CompressionProgress>? progress,
        DiagnosticBag bag, CancellationToken cancellation)
    {
        bool isExact = options.Method is CompressionMethod.Fp32 or CompressionMethod.Lossless || options is { Method: CompressionMethod.Auto, Preset: Preset.Lossless };
        if (isExact && options.Overrides.Count == 0) return null;
        PlannedNetwork network = backend.Network;
        // Other types and constants are stored without loss whatever the options say.
        if (network.Plan.Weights.All(weight => weight.Type != ElementType.Float32 || weight.Role == WeightRole.Constant)) return null;
        if (backend.OnlyBecause is { } reason)
        {
            bag.Add(DiagnosticCatalogue.ChangeNotMeasured.At(new DiagnosticPlace(modelPath), reason));
            return null;
        }
        progress?.Report(new CompressionProgress(0.02, "running the original"));
        OutputGate? gate = OutputGate.TryMake(network, options, pictures, out string problem, cancellation);
        if (gate is null) bag.Add(DiagnosticCatalogue.OutputsNotMeasured.At(new DiagnosticPlace(modelPath), problem));
        return gate;
    }

    /// <summary>The weights of a planned network in the order of its Plan.</summary>
    /// <param name="network">The network; its model stays open.</param>
    /// <param name="cancellation">Ends whatever reads them.</param>
    internal static WeightSource[] Sources(PlannedNetwork network, CancellationToken cancellation = default)
    {
        HashSet<string> first = WeightPlaces.First(network.Plan), last = WeightPlaces.Last(network.Plan), inBranches = WeightPlaces.InBranches(network.Plan);
        bool wasQuantized = WeightPlaces.IsQuantized(network.Plan);
        WeightSource[] weights = [.. network.Plan.Weights.Zip(network.Constants, (weight, constant) =>
            new PlannedWeight(weight, constant, cancellation) { IsFirst = first.Contains(weight.Value), IsClassifier = last.Contains(weight.Value), IsUnseen = inBranches.Contains(weight.Value), WasQuantized = wasQuantized })];
        CommonBasis.Attach(weights);
        return weights;
    }

    /// <summary>SHA-256 of the .onnx and, in the order of their names, of its external files: 64 hex digits.</summary>
    internal static string SourceHash(OnnxModel model, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Small enough for the heap of short-lived objects: a network is often smaller than a buffer that would set off collections of everything.
        byte[] buffer = new byte[1 << 16];
        foreach (string path in model.Files)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            for (int read; (read = file.Read(buffer)) > 0;)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void CheckFinite(WeightSource[] weights, string modelPath, DiagnosticBag bag, CancellationToken cancellation)
    {
        float[] buffer = new float[1 << 14];
        foreach (PlannedWeight weight in weights.Cast<PlannedWeight>())
        {
            // Small constants may well be infinite: what a mask fills in.
            if (weight.Identity.Type != ElementType.Float32 || weight.Identity.Role == WeightRole.Constant) continue;
            for (long first = 0; first < weight.Length; first += buffer.Length)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<float> values = buffer.AsSpan(0, (int)Math.Min(buffer.Length, weight.Length - first));
                weight.Constant.ReadFloats(values, first);
                // One message a tensor is enough.
                if (!FiniteCheck.Check(weight.Identity.Name, values, modelPath, bag)) break;
            }
        }
    }

    /// <summary>The three largest parts of an artifact, for people.</summary>
    private static string LargestParts(CompressionResult result, long fileBytes)
    {
        List<(string Part, long Bytes)> parts = [.. result.Reports.Select(report => ($"'{report.Identity.Name}'", report.Bytes))];
        parts.Add(("the Plan with names and shapes", fileBytes - result.Reports.Sum(report => report.Bytes)));
        return string.Join(", ", parts.OrderByDescending(part => part.Bytes).Take(3).Select(part => FormattableString.Invariant($"{part.Part} ({part.Bytes} bytes)")));
    }

    /// <summary>Whether an artifact says that it was made with these options.</summary>
    public static bool IsMadeWith(ArtifactMeta meta, ModelOptions options) =>
        meta.Preset == OptionValues.WordOf(OptionValues.Presets, options.Compression.Preset) && meta.Options.SequenceEqual(CanonicalOptions(options));

    /// <summary>What was chosen beside the preset, which has a place of its own; the rest would only take room.</summary>
    private static IEnumerable<KeyValuePair<string, string>> CanonicalOptions(ModelOptions options)
    {
        string prefix = "";
        foreach (string line in options.ToCanonicalText().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            (string key, string value) = (line[..equals], line[(equals + 1)..]);
            if (key is "method" or "slicing" && value == "auto" || key == "seed" && value == "0" || key == "preset") continue;
            // Settings of a tensor follow the line that names it.
            if (key == "tensor") prefix = value;
            yield return new(key.StartsWith(' ') ? prefix + key : key == "tensor" ? "tensor " + value : key, value);
        }
    }

    private static bool TryWrite(string path, ArtifactMeta meta, string plan, CompressionResult result, IReadOnlyList<StepForms> forms, PackedSkeleton? skeleton, DiagnosticBag bag, CancellationToken cancellation, out long length)
    {
        try
        {
            length = ArtifactWriter.Write(path, meta, plan, result.Tensors, forms, cancellation, skeleton);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            bag.Add(DiagnosticCatalogue.ArtifactNotWritten.At(new DiagnosticPlace(path), path, e.Message.TrimEnd('.')));
            length = 0;
            return false;
        }
    }

    /// <summary>What the model calls itself. Not the file's name: a renamed copy has to give the same bytes.</summary>
    private static string NameOf(OnnxModel model) => ModelInterface.NameOf(model.Graph.Name);

    /// <summary>Reading payloads can still fail: a file that changes, a device that breaks.</summary>
    private static T? Guard<T>(string path, DiagnosticBag bag, Func<T?> work) where T : class
    {
        try
        {
            return work();
        }
        catch (DiagnosticException e)
        {
            foreach (Diagnostic diagnostic in e.Diagnostics)
            {
                // A constant that is computed late does not know the file.
                Diagnostic placed = diagnostic.Place.File is null ? diagnostic with { Place = diagnostic.Place with { File = path } } : diagnostic;
                if (!bag.All.Contains(placed)) bag.Add(placed);
            }
        }
        catch (OutOfMemoryException e)
        {
            bag.Add(DiagnosticCatalogue.OutOfMemory.At(new DiagnosticPlace(path), e.Message));
        }
        catch (IOException e)
        {
            bag.Add(DiagnosticCatalogue.ModelFileUnreadable.At(new DiagnosticPlace(path), path, e.Message));
        }
        return null;
    }

    private sealed class Relay(IProgress<CompressionProgress> outer, Func<CompressionProgress, CompressionProgress> map) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value) => outer.Report(map(value));
    }
}
