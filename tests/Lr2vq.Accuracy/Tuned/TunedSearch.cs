using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Onnx;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Training.Recipes;

namespace Lr2vq.Accuracy;

/// <summary>What a search made of the weights.</summary>
/// <param name="Text">What the method was given.</param>
/// <param name="Options">The same with what the size asked for.</param>
internal sealed record SearchedStart(TrainingStart Training, string Text, string Options)
{
    public double Error => Training.Result.RelativeError;
}

/// <summary>Untrained searches of methods for sizes of the whole artifact, and the artifacts.</summary>
internal sealed class TunedSearch
{
    private readonly PlannedNetwork _planned;
    private readonly OnnxModel _model;
    private readonly InputSample[] _samples;
    private readonly int _seed, _threads;
    private readonly string _plan;
    private readonly ArtifactMeta _meta;
    private readonly IReadOnlyList<StepForms> _forms;
    private readonly Dictionary<(string, string, long), SearchedStart> _known = [];

    /// <param name="samples">For methods that ask for the inputs of weights.</param>
    public TunedSearch(OnnxModel model, PlannedNetwork planned, InputSample[] samples, int seed, int threads)
    {
        (_model, _planned, _samples, _seed, _threads, _plan) = (model, planned, samples, seed, threads, PlanText.Write(planned.Plan));
        _meta = new ArtifactMeta(ModelCompressor.ToolVersion, ModelCompressor.SourceHash(model, CancellationToken.None), model.OriginalBytes, "Lr2vq", []) { RelativeError = 0 };
        _forms = new FormDecisions(planned.Plan, SettingText.Options("")).Undecided;
    }

    public long BytesOf(double ratio) => (long)(_model.OriginalBytes / ratio);

    public double RatioOf(long bytes) => (double)_model.OriginalBytes / bytes;

    /// <summary>Exact length of the artifact with these weights.</summary>
    public long Length(IReadOnlyList<EncodedTensor> tensors) => ArtifactWriter.LengthOf(_meta, _plan, tensors, _forms);

    public long Write(string path, IReadOnlyList<EncodedTensor> tensors) =>
        ArtifactWriter.Write(path, _meta, _plan, tensors, new FormDecisions(_planned.Plan, SettingText.Options("")).Decide(tensors, new DiagnosticBag(), default));

    /// <summary>The weights as they are.</summary>
    public IReadOnlyList<EncodedTensor> Exact() => Search(CompressionMethod.Lossless, "", null, TunedMethod.Control).Training.Result.Tensors;

    /// <param name="text">What the method is given.</param>
    /// <param name="bytes">Of the artifact at most; null for no limit.</param>
    public SearchedStart Find(TunedMethod method, string text, long? bytes)
    {
        var key = (method.Name, text, bytes ?? 0);
        if (_known.TryGetValue(key, out SearchedStart? known)) return known;
        return _known[key] = Search(TrainingMethods.Find(method.Name).Method, text, bytes, method);
    }

    /// <summary>Forgets searches of sizes that are done.</summary>
    public void Forget() => _known.Clear();

    /// <summary>What became of a d̃ that was left open.</summary>
    private static string Dimensions(string text, TrainingStart start)
    {
        if (!text.Contains("D=auto", StringComparison.Ordinal)) return "";
        TensorReport[] vectors = [.. start.Result.Reports.Where(r => r.M > 1 && r.K > 1)];
        return vectors.Length == 0 ? "" : $"{vectors.Min(r => r.D)} to {vectors.Max(r => r.D)} of {vectors.Max(r => r.M)}";
    }

    private SearchedStart Search(CompressionMethod method, string text, long? bytes, TunedMethod given)
    {
        CompressionOptions options = SettingText.Options(text).Compression with { Method = method, Seed = _seed, Threads = _threads };
        // Where samples choose codes they share out the entries, too.
        if (bytes is { } size) options = given.IsChosenBySamples ? options with { MaxBytes = size } : new SizeFit(ModelCompressor.Sources(_planned), lengths => ArtifactWriter.LengthOf(_meta, _plan, lengths, _forms)).Fit(options, size);
        // The search counts without the forms of steps.
        if (options.MaxBytes is { } most) options = options with { MaxBytes = most - (Length([]) - ArtifactWriter.LengthOf(_meta, _plan, (EncodedTensor[])[])) };
        DiagnosticBag bag = new();
        TrainingStart start = TrainingStart.Search(_planned, options, _model.OriginalBytes, given.IsCalibrated ? _samples : null, bag, CancellationToken.None);
        bag.ThrowIfErrors();
        return new SearchedStart(start, text, string.Join(';', ((string[])[text, SizeFit.Entries(options), Dimensions(text, start)]).Where(word => word.Length > 0)));
    }
}
