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
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Onnx;
using Lr2vq.Planning;
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

/// <summary>Measures rows of one network: searches, trains, writes the artifact, counts its answers on the test pictures by our own run time. Where a method has several settings or learning
/// rates, short trainings decide by the held-out pictures; they are the same for every method.</summary>
internal sealed class TunedRun : IDisposable
{
    /// <summary>Settings that short trainings try where samples chose the codes.</summary>
    private const int MostTried = 2;

    private const int HeldOutBatch = 100;

    /// <summary>Images of a short training, in shares of a whole one.</summary>
    private const double ProbeShare = 0.2;

    /// <summary>How much smaller than asked for an artifact may be that is compared; where samples share out the entries, it is as large as they could make it.</summary>
    private const double Least = 0.95, LeastShared = 0.85;

    /// <summary>Factors of a recipe's learning rates.</summary>
    private static readonly double[] s_rates = [1, 3];

    private readonly TunedBudget _budget;
    private readonly OnnxModel _model;
    private readonly PlannedNetwork _planned;
    private readonly string _path;
    private readonly Teacher _teacher;
    private readonly PictureBatches _batches;
    private readonly HeldOutPart[] _heldOut;
    private readonly TunedSearch _search;
    private readonly Measurement _original;

    public TunedRun(TunedBudget budget, string path)
    {
        (_budget, _path) = (budget, path);
        DiagnosticBag bag = new();
        _model = ModelCompressor.Open(path, new Dictionary<string, long>(), bag) ?? throw new DiagnosticException(bag.All);
        _planned = Planner.Plan(_model, budget.Network.Name, path, new Dictionary<string, long>(), bag) ?? throw new DiagnosticException(bag.All);
        (TrainingPictures training, TrainingPictures heldOut) = TunedNetwork.Pictures();
        TunedNetwork network = budget.Network;
        _teacher = new Teacher(_planned, budget.Threads, Path.Combine(budget.Folder, string.Create(CultureInfo.InvariantCulture, $"{network.Name}-seed{budget.Seed}-batch{network.Batch}.teacher")));
        _batches = new PictureBatches(training, _teacher, network.Batch, budget.Seed, network.Shift, mirror: true);
        _heldOut = [.. Enumerable.Range(0, heldOut.Count / HeldOutBatch).Select(i => Part(heldOut, i * HeldOutBatch))];
        _search = new TunedSearch(_model, _planned, [.. Enumerable.Range(0, TunedMethod.Samples).Select(i => Sample(training, i, 1))], budget.Seed, budget.Threads);
        _original = Measure(_search.Exact(), out _);
    }

    /// <summary>Measures a row.</summary>
    /// <param name="target">Ratio to reach; 1 for the dense network.</param>
    /// <param name="controlCorrect">Right answers of the control; null where this is the control.</param>
    /// <returns>Null where the method has no artifact near the size.</returns>
    public TunedRow? Row(TunedMethod method, double target, bool tuned, int? controlCorrect, IProgress<TrainingProgress> progress, CancellationToken cancellation)
    {
        long began = Stopwatch.GetTimestamp();
        long? bytes = target > 1 ? _search.BytesOf(target) : null;
        SearchedStart[] starts = [.. method.Options.Select(text => _search.Find(method, text, bytes)).Where(start => bytes is null || _search.Length(start.Training.Result.Tensors) >= (method.IsChosenBySamples ? LeastShared : Least) * bytes)];
        if (starts.Length == 0) return null;
        SearchedStart start = Nearest(method, starts)[0];
        double rate = 1;
        IReadOnlyList<EncodedTensor> tensors = start.Training.Result.Tensors;
        if (tuned)
        {
            (start, rate) = Choose(method, starts, bytes, cancellation);
            TrainingResult trained = Train(method, start, rate, bytes, _budget.Images, progress, cancellation);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"held-out loss {trained.Before.Loss:0.0000} became {trained.Best.Loss:0.0000}, agreement {trained.Before.Agreement:P1} {trained.Best.Agreement:P1}"));
            tensors = trained.Tensors;
        }
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        _teacher.Save();
        Measurement measured = Measure(tensors, out long length);
        int correct = measured.Correct(_original);
        double drop = 100.0 * ((controlCorrect ?? correct) - correct) / measured.Count;
        return new TunedRow(_budget.Network.File, method.Name, tuned, method.IsCalibrated ? TunedMethod.Samples : 0, length, _search.RatioOf(length), correct, measured.Count, Math.Round(drop, 2),
            measured.DivergenceFrom(_original), _budget.Seed, tuned ? _budget.Images : 0, Math.Round(seconds, 1), target, start.Options, rate);
    }

    /// <summary>Forgets searches of sizes that are done.</summary>
    public void Forget() => _search.Forget();

    public void Dispose()
    {
        _teacher.Dispose();
        _model.Dispose();
    }

    /// <summary>The setting, and with it the learning rate, that short trainings like best. What was chosen is kept beside the checkpoints.</summary>
    private (SearchedStart Start, double Rate) Choose(TunedMethod method, SearchedStart[] starts, long? bytes, CancellationToken cancellation)
    {
        string file = FileOf("choice", Describe(method, string.Join(' ', starts.Select(start => start.Options)), bytes, _budget.Images) + string.Join(' ', s_rates));
        if (File.Exists(file) && File.ReadAllText(file).Split(' ') is [var place, var factor])
            return (starts[int.Parse(place, CultureInfo.InvariantCulture)], double.Parse(factor, CultureInfo.InvariantCulture));
        // Where samples chose the codes, what is far behind before the training stays there.
        SearchedStart[] tried = method.IsChosenBySamples ? [.. Nearest(method, starts).Take(MostTried)] : starts;
        double[] losses = [.. starts.Select(start => starts.Length == 1 ? double.NaN : tried.Contains(start) ? Probe(start, 1) : double.PositiveInfinity)];
        int best = starts.Length == 1 ? 0 : Array.IndexOf(losses, losses.Min());
        double[] byRate = [.. s_rates.Select(rate => rate == 1 && starts.Length > 1 ? losses[best] : Probe(starts[best], rate))];
        double chosen = s_rates[Array.IndexOf(byRate, byRate.Min())];
        Building.ProvisionCache.WriteAtomically(file, path => File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $"{best} {chosen}")));
        return (starts[best], chosen);

        double Probe(SearchedStart start, double rate)
        {
            int images = (int)(_budget.Images * ProbeShare);
            TrainingResult result = Train(method, start, rate, bytes, images, null, cancellation);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {method.Name} {start.Options} rate x{rate}: held-out loss {result.Best.Loss:0.0000} after {images} images"));
            return result.Best.Loss;
        }
    }

    /// <summary>Settings by what they lose before a training: of held-out pictures where samples chose the codes, else of the weights.</summary>
    private SearchedStart[] Nearest(TunedMethod method, SearchedStart[] starts) => starts.Length == 1 ? starts
        : [.. starts.OrderBy(start => method.IsChosenBySamples ? new HeldOut(_planned.Plan, _heldOut, 0, _budget.Threads).Measure(start.Training.Result.Tensors).Loss : start.Error)];

    private TrainingResult Train(TunedMethod method, SearchedStart start, double rate, long? bytes, int images, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        // Tensors of the training before are torch's memory, of which the collector knows nothing.
        GC.Collect();
        DiagnosticBag bag = new();
        Recipe recipe = TrainingMethods.Find(method.Name).Recipe.Faster(rate);
        TrainingStart finer = bytes is { } asked && recipe.StartSize > 1 ? _search.Find(method, start.Text, (long)(recipe.StartSize * asked)).Training : start.Training;
        TorchNetwork network = TrainingMethods.Create(finer, _path, bag) ?? throw new DiagnosticException(bag.All);
        string key = Describe(method, start.Options, bytes, images);
        var limits = new TrainingLimits(images / _budget.Network.Batch)
        {
            Seed = _budget.Seed, Key = key, Checkpoint = FileOf("training", key), Size = bytes is { } size ? new SizeTarget(size, _search.Length) : null,
        };
        // The teacher's answers to batches are those of its own network: channels in another order are the same function.
        TrainingResult result = new Trainer(network, recipe, limits) { Progress = progress }
            .Run(start.Training.Result.Tensors, _batches, () => TrainingMethods.Export(network, finer), new HeldOut(_planned.Plan, _heldOut, recipe.LabelShare, _budget.Threads).Measure, cancellation);
        cancellation.ThrowIfCancellationRequested();
        return result;
    }

    private string Describe(TunedMethod method, string options, long? bytes, int images) =>
        string.Create(CultureInfo.InvariantCulture, $"{_budget.Network.Name} {method.Name} {options} {bytes} {images} {_budget.Network.Batch} {_budget.Seed} {_budget.Threads}");

    private string FileOf(string kind, string key) => Path.Combine(_budget.Folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(..8)) + "." + kind);

    /// <summary>Writes the artifact and runs it.</summary>
    private Measurement Measure(IReadOnlyList<EncodedTensor> tensors, out long bytes)
    {
        string path = Path.Combine(_budget.Folder, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}.lr2vq"));
        try
        {
            bytes = _search.Write(path, tensors);
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
