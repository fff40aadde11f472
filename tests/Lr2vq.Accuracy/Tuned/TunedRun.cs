using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Onnx;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Training.Data;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Tuning;

namespace Lr2vq.Accuracy;

/// <summary>What rows of one network, seed and budget have in common.</summary>
/// <param name="Network">The network.</param>
/// <param name="Images">Images of a training.</param>
/// <param name="Threads">Threads of libtorch and of our run time.</param>
/// <param name="Folder">Checkpoints, and the teacher's answers.</param>
internal sealed record TunedBudget(TunedNetwork Network, int Images, int Seed, int Threads, string Folder);

/// <summary>Measures rows of one network: searches, trains, writes the artifact, counts its answers on the test pictures by our own run time.</summary>
internal sealed class TunedRun : IDisposable
{
    private const int HeldOutBatch = 100;

    private readonly TunedBudget _budget;
    private readonly OnnxModel _model;
    private readonly PlannedNetwork _planned;
    private readonly string _path, _plan;
    private readonly ArtifactMeta _meta;
    private readonly IReadOnlyList<StepForms> _forms;
    private readonly Teacher _teacher;
    private readonly PictureBatches _batches;
    private readonly HeldOutPart[] _heldOut;
    private readonly InputSample[] _samples;
    private readonly Measurement _original;
    private readonly Dictionary<(string, string, double), (TrainingStart Start, string Options, double Seconds)> _starts = [];

    public TunedRun(TunedBudget budget, string path)
    {
        (_budget, _path) = (budget, path);
        DiagnosticBag bag = new();
        _model = ModelCompressor.Open(path, new Dictionary<string, long>(), bag) ?? throw new DiagnosticException(bag.All);
        _planned = Planner.Plan(_model, budget.Network.Name, path, new Dictionary<string, long>(), bag) ?? throw new DiagnosticException(bag.All);
        _plan = PlanText.Write(_planned.Plan);
        _meta = new ArtifactMeta(ModelCompressor.ToolVersion, ModelCompressor.SourceHash(_model, CancellationToken.None), _model.OriginalBytes, "Lr2vq", []) { RelativeError = 0 };
        _forms = new FormDecisions(_planned.Plan, SettingText.Options("")).Undecided;
        (TrainingPictures training, TrainingPictures heldOut) = TunedNetwork.Pictures();
        TunedNetwork network = budget.Network;
        _teacher = new Teacher(_planned, budget.Threads, Path.Combine(budget.Folder, string.Create(CultureInfo.InvariantCulture, $"{network.Name}-seed{budget.Seed}-batch{network.Batch}.answers")));
        _batches = new PictureBatches(training, _teacher, network.Batch, budget.Seed, network.Shift, mirror: true);
        _heldOut = [.. Enumerable.Range(0, heldOut.Count / HeldOutBatch).Select(i => Part(heldOut, i * HeldOutBatch))];
        _samples = [.. Enumerable.Range(0, TunedMethod.Samples).Select(i => Sample(training, i, 1))];
        _original = Measure(Exact());
    }

    /// <summary>The dense network without training.</summary>
    public int OriginalCorrect => _original.Correct(_original);

    /// <summary>Measures a row.</summary>
    /// <param name="target">Ratio to reach; 1 for the dense network.</param>
    /// <param name="controlCorrect">Right answers of the control; null where this is the control.</param>
    public TunedRow Row(TunedMethod method, double target, bool tuned, int? controlCorrect, IProgress<TrainingProgress> progress, CancellationToken cancellation)
    {
        (TrainingStart start, string options, double seconds) = StartOf(method, target);
        IReadOnlyList<EncodedTensor> tensors = start.Result.Tensors;
        if (tuned)
        {
            long before = Stopwatch.GetTimestamp();
            TrainingResult trained = Train(method, start, target, options, progress, cancellation);
            cancellation.ThrowIfCancellationRequested();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"held-out loss {trained.Before.Loss:0.0000} became {trained.Best.Loss:0.0000}, agreement {trained.Before.Agreement:P1} {trained.Best.Agreement:P1}"));
            tensors = trained.Tensors;
            seconds += Stopwatch.GetElapsedTime(before).TotalSeconds;
        }
        Measurement measured = Measure(tensors, out long bytes);
        int correct = measured.Correct(_original);
        double drop = 100.0 * ((controlCorrect ?? correct) - correct) / measured.Count;
        return new TunedRow(_budget.Network.File, method.Name, tuned, method.IsCalibrated ? _samples.Length : 0, bytes, (double)_model.OriginalBytes / bytes, correct, measured.Count, drop,
            measured.DivergenceFrom(_original), _budget.Seed, tuned ? _budget.Images : 0, Math.Round(seconds, 1), target, options);
    }

    public void Dispose()
    {
        _teacher.Dispose();
        _model.Dispose();
    }

    private TrainingResult Train(TunedMethod method, TrainingStart start, double target, string options, IProgress<TrainingProgress> progress, CancellationToken cancellation)
    {
        DiagnosticBag bag = new();
        Recipe recipe = TrainingMethods.Find(method.Name).Recipe;
        TrainingStart finer = recipe.StartSize > 1 ? Search(method, options, (long)(recipe.StartSize * BytesOf(target))).Start : start;
        TorchNetwork network = TrainingMethods.Create(finer, _path, bag) ?? throw new DiagnosticException(bag.All);
        string key = string.Create(CultureInfo.InvariantCulture, $"{_budget.Network.Name} {method.Name} {options} {target} {_budget.Images} {_budget.Network.Batch} {_budget.Seed} {_budget.Threads}");
        var limits = new TrainingLimits(_budget.Images / _budget.Network.Batch)
        {
            Seed = _budget.Seed, Key = key,
            Checkpoint = Path.Combine(_budget.Folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(..8)) + ".training"),
            Size = target > 1 ? new SizeTarget(BytesOf(target), Length) : null,
        };
        // The teacher's answers to batches are those of its own network: channels in another order are the same function.
        return new Trainer(network, recipe, limits) { Progress = progress }.Run(start.Result.Tensors, _batches, () => TrainingMethods.Export(network, finer), new HeldOut(_planned.Plan, _heldOut, recipe.LabelShare, _budget.Threads).Measure, cancellation);
    }

    /// <summary>The untrained search, once for both rows that begin with it.</summary>
    private (TrainingStart Start, string Options, double Seconds) StartOf(TunedMethod method, double target)
    {
        if (_starts.TryGetValue((method.Name, method.Options[0], target), out var known)) return known;
        _starts.Clear();
        long before = Stopwatch.GetTimestamp();
        (TrainingStart Start, string Options)? best = null;
        foreach (string text in method.Options)
        {
            (TrainingStart start, string entries) = Search(method, text, target > 1 ? BytesOf(target) : null);
            if (best is null || start.Result.RelativeError < best.Value.Start.Result.RelativeError) best = (start, string.Join(';', ((string[])[text, entries]).Where(word => word.Length > 0)));
        }
        var found = (best!.Value.Start, best.Value.Options, Stopwatch.GetElapsedTime(before).TotalSeconds);
        _starts.Add((method.Name, method.Options[0], target), found);
        return found;
    }

    /// <summary>The untrained search for a size, and the numbers of entries in words.</summary>
    private (TrainingStart Start, string Entries) Search(TunedMethod method, string text, long? bytes)
    {
        CompressionOptions options = SettingText.Options(text).Compression with { Method = TrainingMethods.Find(method.Name).Method, Seed = _budget.Seed, Threads = _budget.Threads };
        if (bytes is { } size) options = new SizeFit(ModelCompressor.Sources(_planned), lengths => ArtifactWriter.LengthOf(_meta, _plan, lengths, _forms)).Fit(options, size);
        // The search counts without the forms of steps.
        if (options.MaxBytes is { } most) options = options with { MaxBytes = most - (Length([]) - LengthWithoutForms()) };
        DiagnosticBag bag = new();
        TrainingStart start = TrainingStart.Search(_planned, options, _model.OriginalBytes, method.IsCalibrated ? _samples : null, bag, CancellationToken.None);
        bag.ThrowIfErrors();
        return (start, SizeFit.Entries(options));
    }

    private long BytesOf(double target) => (long)(_model.OriginalBytes / target);

    private long Length(IReadOnlyList<EncodedTensor> tensors) => ArtifactWriter.LengthOf(_meta, _plan, tensors, _forms);

    private long LengthWithoutForms() => ArtifactWriter.LengthOf(_meta, _plan, (EncodedTensor[])[]);

    private IReadOnlyList<EncodedTensor> Exact() => TrainingStart.Search(_planned, new CompressionOptions { Method = CompressionMethod.Lossless, Threads = _budget.Threads }, _model.OriginalBytes, null, new DiagnosticBag(), CancellationToken.None).Result.Tensors;

    private Measurement Measure(IReadOnlyList<EncodedTensor> tensors) => Measure(tensors, out _);

    /// <summary>Writes the artifact and runs it.</summary>
    private Measurement Measure(IReadOnlyList<EncodedTensor> tensors, out long bytes)
    {
        string path = Path.Combine(_budget.Folder, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}.lr2vq"));
        try
        {
            bytes = ArtifactWriter.Write(path, _meta, _plan, tensors, new FormDecisions(_planned.Plan, SettingText.Options("")).Decide(tensors, new DiagnosticBag()));
            return _budget.Network.Case.Measure(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private HeldOutPart Part(TrainingPictures pictures, int first)
    {
        InputSample inputs = Sample(pictures, first, HeldOutBatch);
        return new HeldOutPart(inputs, _teacher.Answer(MemoryMarshal.Cast<byte, float>(inputs.Values[0].Bytes).ToArray(), inputs.Values[0].Shape), pictures.Labels![first..(first + HeldOutBatch)]);
    }

    private static InputSample Sample(TrainingPictures pictures, int first, int count)
    {
        float[] values = new float[count * pictures.Length];
        for (int i = 0; i < count; i++) pictures.Write(first + i, 0, 0, false, values.AsSpan(i * pictures.Length, pictures.Length));
        return new InputSample([new NpyFile(ElementType.Float32, pictures.ShapeOf(count), MemoryMarshal.AsBytes<float>(values).ToArray())]);
    }
}
