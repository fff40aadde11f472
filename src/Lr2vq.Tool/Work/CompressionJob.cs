using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Caching;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.FineTuning;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Skeletons;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Training;

namespace Lr2vq.Tool.Work;

/// <summary>One model to one artifact, through the cache if there is one. What <c>compress</c> and <c>build</c> share.</summary>
internal sealed class CompressionJob
{
    public required string Model { get; init; }

    public required string Artifact { get; init; }

    public required ModelOptions Options { get; init; }

    /// <summary>Null: no cache.</summary>
    public ArtifactCache? Cache { get; init; }

    /// <summary>Where training comes from, for options that ask for it.</summary>
    public required TrainingSource Training { get; init; }

    /// <summary>Whether an artifact that is not in the cache is an error.</summary>
    public bool RequireCache { get; init; }

    /// <summary>Returns null if the bag got an error.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing partial is left.</exception>
    public JobResult? Run(IProgress<CompressionProgress>? progress, DiagnosticBag bag, CancellationToken cancellation)
    {
        TrainingPackage? training = null;
        if (Options.FineTune != FineTuneMode.None && (training = TrainingPackage.Find(Training, TunedCompression.Title(Options), bag)) is null) return null;
        if (Cache is null)
        {
            CompressedModel? made = null;
            return Make(Artifact, training, progress, bag, cancellation, m => made = m) is { } report ? new JobResult(report, CacheOrigin.None, made, Further(made!.Files)) : null;
        }
        string? hash = HashOf(bag, cancellation, out IReadOnlyList<string> files, out long originalBytes);
        if (hash is null) return null;
        string name = Path.GetFileName(Model), key = CacheKey.Of(hash, Options.ToCanonicalText() + (training is null ? "" : "training=" + training.Version));
        CompressedModel? model = null;
        CacheResult? result = Cache.Fetch(key, Artifact, path => Make(path, training, progress, bag, cancellation, m => model = m), !RequireCache, name, bag, cancellation,
            check: path => Foreign(path, hash), originalBytes);
        if (result is null) return null;
        // A hit says again what the compression said.
        if (result.FromCache)
            foreach (CachedWarning warning in result.Report.Warnings) bag.Add(ToDiagnostic(warning));
        return new JobResult(result.Report, result.Origin, model, files);
    }

    private CacheReport? Make(string path, TrainingPackage? training, IProgress<CompressionProgress>? progress, DiagnosticBag bag, CancellationToken cancellation, Action<CompressedModel> take)
    {
        int known = bag.All.Count;
        Stopwatch clock = Stopwatch.StartNew();
        IFineTuner? tuner = training?.Load(stage => progress?.Report(new CompressionProgress(0, stage)), bag, cancellation);
        if (training is not null && tuner is null) return null;
        CompressedModel? model = ModelCompressor.Compress(Model, path, Options, progress, bag, cancellation, tuner);
        if (model is null) return null;
        take(model);
        return new CacheReport
        {
            Source = Path.GetFileName(Model),
            Options = string.Join(' ', model.Meta.Options.Select(o => $"{o.Key}={o.Value}").Prepend("preset=" + model.Meta.Preset)),
            OriginalBytes = model.Meta.OriginalBytes,
            ArtifactBytes = model.FileBytes,
            RelativeError = model.Result.RelativeError,
            OutputChange = model.OutputChange,
            Tuning = model.Meta.Tuning is { } tuning ? Words.Tuning(tuning) : null,
            Time = model.Meta.Time is { } time ? Words.Time(time) : null,
            Seconds = clock.Elapsed.TotalSeconds,
            Warnings = [.. bag.All.Skip(known).Where(d => d.Severity != DiagnosticSeverity.Error)
                .Select(d => new CachedWarning(d.Id, d.Text, d.Place.Tensor, d.Place.Option, d.Severity == DiagnosticSeverity.Info))],
        };
    }

    /// <summary>Why an artifact of the cache is not one of this model; null if it is. A report can be edited as an artifact can, so neither is believed.</summary>
    private string? Foreign(string path, string sourceHash)
    {
        try
        {
            using ArtifactReader artifact = ArtifactReader.Open(ArtifactMemory.Map(path));
            if (artifact.Meta.SourceHash != sourceHash) return "it was made of another model";
            if (!ModelCompressor.IsMadeWith(artifact.Meta, Options)) return "it was made with other options";
            // Problems of the model itself are said when it is compressed.
            return ModelCompressor.Plan(Model, Options, new DiagnosticBag()) is { } plan && !BackendPlanner.IsOf(artifact, plan) ? "its Plan is not the model's" : null;
        }
        catch (InvalidArtifactException problem)
        {
            return problem.Message.TrimEnd('.');
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return problem.Message.TrimEnd('.');
        }
    }

    private string? HashOf(DiagnosticBag bag, CancellationToken cancellation, out IReadOnlyList<string> further, out long originalBytes)
    {
        (further, originalBytes) = ([], 0);
        try
        {
            using OnnxModel? model = ModelCompressor.Open(Model, Options.Fixed, bag);
            if (model is not null) (further, originalBytes) = (Further(model.Files), model.OriginalBytes);
            return model is null ? null : ModelCompressor.SourceHash(model, cancellation);
        }
        catch (IOException problem)
        {
            bag.Add(DiagnosticCatalogue.ModelFileUnreadable.At(new DiagnosticPlace(Model), Model, problem.Message));
            return null;
        }
    }

    /// <summary>The files beside the model itself.</summary>
    private string[] Further(IReadOnlyList<string> files) => [.. files.Select(Path.GetFullPath).Where(f => f != Path.GetFullPath(Model))];

    private Diagnostic ToDiagnostic(CachedWarning warning) =>
        new(new DiagnosticDefinition(warning.Code, warning.IsNote ? DiagnosticSeverity.Info : DiagnosticSeverity.Warning, "", ""),
            new DiagnosticPlace(warning.Option is null ? Model : null, Tensor: warning.Tensor) { Option = warning.Option }, warning.Text);
}

/// <summary>An artifact that is in place.</summary>
/// <param name="Model">What was computed; null if it came from the cache.</param>
/// <param name="Files">External data of the model.</param>
internal sealed record JobResult(CacheReport Report, CacheOrigin Origin, CompressedModel? Model, IReadOnlyList<string> Files)
{
    public bool FromCache => Origin != CacheOrigin.None;

    /// <summary>For example <c>resnet50.onnx: 102.5 MB → 6.1 MB, 16.80x, output changed by 0.8 %, relative error 2.1e-2, 34 s</c>; the same on the command line and in a
    /// build.</summary>
    public string Summary(string name) =>
        $"{name}: {Words.Bytes(Report.OriginalBytes)} → {Words.Bytes(Report.ArtifactBytes)}, {Words.Ratio(Report.OriginalBytes, Report.ArtifactBytes)}, "
        + (Report.OutputChange is { } change ? $"output changed by {Words.Change(change)}, " : "")
        + (Report.Tuning is { } tuning ? tuning + ", " : "")
        + (Report.Time is { } time ? time + ", " : "")
        + $"relative error {Words.Error(Report.RelativeError)}, {Effort}";

    private string Effort => Origin switch
    {
        CacheOrigin.Folder => "from the cache",
        CacheOrigin.Remote => "from the remote cache",
        _ => Words.Seconds(Report.Seconds),
    };
}
