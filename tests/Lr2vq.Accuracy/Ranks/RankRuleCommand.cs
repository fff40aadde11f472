using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Onnx;
using Lr2vq.Planning;
using Lr2vq.Testing;
using Lr2vq.Training.Data;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Tuning;
using static TorchSharp.torch;

namespace Lr2vq.Accuracy;

/// <summary>The command <c>rank-rule</c>: every d̃ of some settings, searched at equal bytes and trained with few images, beside those that Rule T and the closed form choose before. Rows that the JSON
/// has are kept, a training that was cut goes on. Nothing but held-out training pictures is looked at.</summary>
internal sealed class RankRuleCommand(string? json)
{
    private const int HeldOutBatch = 100, LowRankDivisor = 2, ClosedForm = 0;

    private readonly List<RankRow> _rows = RankRow.Read(json);

    /// <summary>Networks with three settings each: ratio and length of a subvector.</summary>
    private static readonly (string Network, (double Ratio, int M)[] Settings)[] s_cases =
    [
        ("cifar10j-resnet20", [(24, 9), (32, 9), (40, 18)]),
        ("cifar10-resnet18", [(29, 9), (43, 9), (80, 18)]),
    ];

    /// <param name="name">Null for both networks.</param>
    /// <param name="images">Of a training.</param>
    /// <param name="threads">0 for what libtorch takes.</param>
    public int Run(string? name, int images, int seed, int threads, CancellationToken cancellation)
    {
        if (threads > 0) set_num_threads(threads);
        foreach ((string network, (double Ratio, int M)[] settings) in s_cases.Where(c => name is null || c.Network == Path.GetFileNameWithoutExtension(name)))
        {
            TunedNetwork tuned = TunedNetwork.Find(network);
            if (TestData.FindModel(tuned.File, out string reason) is not { } path)
            {
                Console.Error.WriteLine(reason);
                return 2;
            }
            string folder = json is null ? Path.Combine(Path.GetTempPath(), "lr2vq-ranks") : Path.GetFullPath(json) + ".work";
            Directory.CreateDirectory(folder);
            using Bench bench = new(tuned, path, folder, images, seed, threads > 0 ? threads : get_num_threads());
            foreach ((double ratio, int m) in settings) Weigh(bench, ratio, m, cancellation);
            foreach ((double ratio, int m) in settings) Try(bench, ratio, m, cancellation);
        }
        return 0;
    }

    /// <summary>What Rule T weighs.</summary>
    private void Weigh(Bench bench, double ratio, int m, CancellationToken cancellation)
    {
        RankRow row = RowOf(bench, ratio, m);
        if (row.Share is null)
        {
            (double share, DimensionChoice.Candidate[] candidates) = bench.Errors(ratio, m, cancellation);
            Keep(row = row with { Share = share, Errors = [.. candidates.Select(c => new RankErrors(c.D, c.LowRankError, c.ClusteringError))] });
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Network} {ratio}x m={m}: ρ {row.Share:0.000}, Rule T takes d̃ = {row.Choice(row.Share!.Value)}, with ρ = {DimensionChoice.TrainedShare} {row.Choice(DimensionChoice.TrainedShare)}"));
    }

    private void Try(Bench bench, double ratio, int m, CancellationToken cancellation)
    {
        RankRow row = RowOf(bench, ratio, m);
        foreach (int d in Tried(row))
        {
            if (row.Trials.Any(trial => trial.D == d)) continue;
            RankTrial trial = bench.Train(ratio, m, d, cancellation);
            Keep(row = row with { Trials = [.. row.Trials.Append(trial).OrderBy(t => t.D)] });
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {ratio}x d̃ = {(d == ClosedForm ? "closed form" : d)} of {m}: {trial.Bytes} bytes, loss {trial.Loss:0.0000}, {100 * trial.Agreement:0.0} % agree"));
        }
    }

    private RankRow RowOf(Bench bench, double ratio, int m) =>
        _rows.Find(row => row.Network == bench.Network.File && row.Ratio == ratio && row.M == m && row.Images == bench.Images && row.Seed == bench.Seed) ?? new RankRow(bench.Network.File, ratio, m, bench.Images, bench.Seed, null, [], []);

    private void Keep(RankRow now)
    {
        _rows.RemoveAll(row => (row.Network, row.Ratio, row.M, row.Images, row.Seed) == (now.Network, now.Ratio, now.M, now.Images, now.Seed));
        _rows.Add(now);
        RankRow.Write(json, _rows);
    }

    /// <summary>The closed form and every d̃; of eighteen every second, and those that were chosen.</summary>
    private static IEnumerable<int> Tried(RankRow row) =>
        Enumerable.Range(1, row.M).Where(d => row.M <= 9 || d % 2 == 0 || d == row.Choice(row.Share!.Value) || d == row.Choice(DimensionChoice.TrainedShare)).Append(ClosedForm);

    /// <summary>One network with its pictures.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly OnnxModel _model;
        private readonly PlannedNetwork _planned;
        private readonly Teacher _teacher;
        private readonly PictureBatches _batches;
        private readonly HeldOutPart[] _heldOut;
        private readonly TunedSearch _search;
        private readonly string _path, _folder;
        private readonly int _threads;

        public Bench(TunedNetwork network, string path, string folder, int images, int seed, int threads)
        {
            (Network, Images, Seed, _path, _folder, _threads) = (network, images, seed, path, folder, threads);
            DiagnosticBag bag = new();
            _model = ModelCompressor.Open(path, new Dictionary<string, long>(), bag) ?? throw new DiagnosticException(bag.All);
            _planned = Planner.Plan(_model, network.Name, path, new Dictionary<string, long>(), bag) ?? throw new DiagnosticException(bag.All);
            (TrainingPictures training, TrainingPictures heldOut) = TunedNetwork.Pictures();
            _teacher = new Teacher(_planned, threads, Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{network.Name}-seed{seed}.teacher")));
            _batches = new PictureBatches(training, _teacher, network.Batch, seed, network.Shift, mirror: true);
            _heldOut = [.. Enumerable.Range(0, heldOut.Count / HeldOutBatch).Select(i => Part(heldOut, i * HeldOutBatch))];
            _search = new TunedSearch(_model, _planned, [], seed, threads);
        }

        public TunedNetwork Network { get; }

        public int Images { get; }

        public int Seed { get; }

        /// <summary>ρ from one training at low rank and one without, as long as those of a trial are at low rank, and what Rule T weighs.</summary>
        public (double Share, DimensionChoice.Candidate[] Candidates) Errors(double ratio, int m, CancellationToken cancellation)
        {
            TrainingStart whole = Start(ratio, m, m), low = Start(ratio, m, m / LowRankDivisor);
            Batch[] looks = [.. _heldOut.Select(part => new Batch([TensorValues.Of(part.Inputs.Values[0])], TensorValues.Of(part.Answers, HeldOutBatch, part.Answers.Length / HeldOutBatch), tensor(Array.ConvertAll(part.Labels!, l => (long)l))))];
            RankRule.Trial trial = RankRule.Try(low, whole, _batches, looks, new TrainingLimits((int)Math.Max(1, Images / Network.Batch * Recipe.LowRank.Phases[0].Share)) { Seed = Seed, Looks = 1 }, cancellation);
            cancellation.ThrowIfCancellationRequested();
            return (Math.Round(trial.Share, 4), RankRule.Candidates(whole)[m]);
        }

        public RankTrial Train(double ratio, int m, int d, CancellationToken cancellation)
        {
            // Tensors of the training before are torch's memory, of which the collector knows nothing.
            GC.Collect();
            TrainingStart start = Start(ratio, m, d);
            DiagnosticBag bag = new();
            TorchNetwork network = TrainingMethods.Create(start, _path, bag) ?? throw new DiagnosticException(bag.All);
            string name = string.Create(CultureInfo.InvariantCulture, $"{Network.Name}-{ratio}-{m}-{d}-{Images}-{Seed}");
            TrainingLimits limits = new(Math.Max(1, Images / Network.Batch)) { Seed = Seed, Looks = 2, Key = name, Checkpoint = Path.Combine(_folder, name + ".training") };
            TrainingResult result = new Trainer(network, Recipe.LowRank, limits).Run(start.Result.Tensors, _batches, () => TrainingMethods.Export(network, start),
                new HeldOut(_planned.Plan, _heldOut, Recipe.LowRank.LabelShare, _threads).Measure, cancellation);
            cancellation.ThrowIfCancellationRequested();
            _teacher.Save();
            return new RankTrial(d, _search.Length(result.Tensors), result.Before.Loss, result.Best.Loss, result.Best.Agreement);
        }

        public void Dispose()
        {
            _teacher.Dispose();
            _model.Dispose();
        }

        private TrainingStart Start(double ratio, int m, int d) =>
            _search.Find(TunedMethod.Find("lr2vq-soft", [])[0], string.Create(CultureInfo.InvariantCulture, $"M={m};D={(d == ClosedForm ? "auto" : d)};Slicing=sp"), _search.BytesOf(ratio)).Training;

        private HeldOutPart Part(TrainingPictures pictures, int first)
        {
            float[] values = new float[HeldOutBatch * pictures.Length];
            for (int i = 0; i < HeldOutBatch; i++) pictures.Write(first + i, 0, 0, false, values.AsSpan(i * pictures.Length, pictures.Length));
            int[] shape = pictures.ShapeOf(HeldOutBatch);
            return new HeldOutPart(new InputSample([new NpyFile(ElementType.Float32, shape, MemoryMarshal.AsBytes<float>(values).ToArray())]), _teacher.Answer(values, shape), pictures.Labels![first..(first + HeldOutBatch)]);
        }
    }
}
