using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Planning;
using Lr2vq.Testing;
using Lr2vq.Training.Data;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Tuning;
using static TorchSharp.torch;

namespace Lr2vq.Accuracy;

/// <summary>Steps of our trainer and steps of a plain TorchSharp loop over the same network, which take turns: images a second of both.</summary>
internal static class TrainingSpeed
{
    private const string Network = "cifar10j-resnet20.onnx";
    private const int Batch = 128, Steps = 2;

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static int Run(string? json, int threads, int rounds)
    {
        if (TestData.FindModel(Network, out string reason) is not { } path)
        {
            Console.Error.WriteLine(reason);
            return 2;
        }
        if (threads > 0) set_num_threads(threads);
        DiagnosticBag bag = new();
        using OnnxModel model = ModelCompressor.Open(path, new Dictionary<string, long>(), bag) ?? throw new DiagnosticException(bag.All);
        PlannedNetwork planned = Planner.Plan(model, "network", path, new Dictionary<string, long>(), bag) ?? throw new DiagnosticException(bag.All);
        (TrainingPictures pictures, _) = TunedNetwork.Pictures();
        string folder = Directory.CreateTempSubdirectory("lr2vq-speed-").FullName;
        try
        {
            using Teacher teacher = new(planned, get_num_threads(), Path.Combine(folder, "answers"));
            PictureBatches batches = new(pictures, teacher, Batch, 0, 4, mirror: true);
            // Answers are computed once for all trainings with the same pictures.
            for (int step = 0; step < Steps; step++) batches.At(step).Dispose();
            (string Name, Action Work)[] programs = [("plain", Plain(batches)), ("fp32", Ours("fp32", "")), ("lr2vq", Ours("lr2vq", "M=9;D=4;K=256"))];
            double[][] seconds = [.. programs.Select(_ => new double[rounds])];
            foreach ((_, Action work) in programs) work();
            for (int round = 0; round < rounds; round++)
                for (int i = 0; i < programs.Length; i++)
                {
                    long start = Stopwatch.GetTimestamp();
                    programs[i].Work();
                    seconds[i][round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                }
            SpeedRow[] rows = [.. programs.Select((program, i) => new SpeedRow(Network, program.Name, Batch, get_num_threads(), Batch * Steps / Median(seconds[i]),
                Median([.. seconds[0].Select((plain, round) => plain / seconds[i][round])])))];
            foreach (SpeedRow row in rows) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Method,-8} {row.ImagesPerSecond,7:0.0} images/s, {row.OfPlain:0.00} of plain"));
            if (json is not null) File.WriteAllText(json, JsonSerializer.Serialize(rows, s_json) + "\n");
            return 0;

            Action Ours(string method, string options)
            {
                TrainingStart start = TrainingStart.Search(planned, SettingText.Options(options).Compression with { Method = TrainingMethods.Find(method).Method }, model.OriginalBytes, null, bag, CancellationToken.None);
                TorchNetwork network = TrainingMethods.Create(start, path, bag) ?? throw new DiagnosticException(bag.All);
                // Compared phases look at the held-out part, which is no step.
                Recipe recipe = TrainingMethods.Find(method).Recipe;
                recipe = recipe with { Phases = [.. recipe.Phases.Select(phase => phase with { IsCompared = false })] };
                return () => new Trainer(network, recipe, new TrainingLimits(Steps)).Run(start.Result.Tensors, batches, () => [], _ => default, CancellationToken.None);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Action Plain(PictureBatches batches)
    {
        PlainResNet20 network = new();
        network.train();
        optim.Optimizer optimizer = optim.Adam(network.parameters(), 1e-3);
        return () =>
        {
            for (int step = 0; step < Steps; step++)
            {
                using var scope = NewDisposeScope();
                Batch batch = batches.At(step);
                optimizer.zero_grad();
                nn.functional.cross_entropy(network.forward(batch.Inputs[0]), batch.Labels!).backward();
                optimizer.step();
            }
        };
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    /// <param name="OfPlain">Median over the rounds of the plain loop's time ÷ this one's.</param>
    private sealed record SpeedRow(string Network, string Method, int Batch, int Threads, double ImagesPerSecond, double OfPlain);
}
