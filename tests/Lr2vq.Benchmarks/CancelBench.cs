using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>Compressions that are cancelled at moments spread over their time: how long until they end, by what they did, and whether anything is left.</summary>
internal static class CancelBench
{
    private const string Calibration = "imagenet-val-500/calib", Generated = "32 generated pictures";

    /// <summary>What a compression has to end within, in milliseconds.</summary>
    public const double Limit = 200;

    /// <summary>Options as a line, which names the case with the network.</summary>
    private static readonly (string Network, string Options)[] s_cases =
    [
        ("cifar10-resnet20.onnx", ""), ("cifar10-resnet18.onnx", ""), ("resnet50.onnx", ""), ("resnet50.onnx", "Preset=Fast"), ("resnet50.onnx", "Preset=Tiny"),
        ("resnet50.onnx", "Preset=Lossless"), ("resnet50.onnx", "Preset=Lr2vq"),
        .. from method in (string[])["uniform", "kmeans", "rvq", "ecsq", "tc-ecsq", "lr2vq", "binary", "svd", "pqf", "qswd", "int8"] select ("cifar10-resnet18.onnx", "Method=" + method),
        ("mobilenet_v1_0.25_224.onnx", "TargetRatio=8;CalibrationData=" + Calibration),
        ("resnet50.onnx", "TargetRatio=10;CalibrationData=" + Generated), ("squeezenet1_1.onnx", "TargetRatio=12"),
        .. from method in (string[])["svd-gram", "bgd", "joint"] select ("mobilenet_v1_0.25_224.onnx", $"Method={method};CalibrationData={Calibration}"),
    ];

    /// <summary>A row of the table. Times in milliseconds, from the request to the end; Processor: what all threads computed in it.</summary>
    private sealed record Row(string Case, double Seconds, int Cancelled, double Median, double Worst, double WorstProcessor, string Stage, IReadOnlyList<Moment> Moments);

    /// <summary>One that was cancelled.</summary>
    private sealed record Moment(double AtSeconds, string Stage, double Latency, double Processor);

    public static int Run(BenchmarkOptions options)
    {
        var rows = new List<Row>();
        bool isClean = true;
        Console.WriteLine($"{"case",-66}{"whole s",8}{"median ms",11}{"worst",8}{"CPU ms",8}  stage of the worst");
        foreach ((string network, string words) in s_cases)
        {
            string name = words.Length == 0 ? network : network + " " + words;
            if (!options.Wants(name)) continue;
            Row row = Measure(name, TestData.Model(network), Options(words), options.Rounds, ref isClean);
            Console.WriteLine($"{row.Case,-66}{row.Seconds,8:F1}{row.Median,11:F0}{row.Worst,8:F0}{row.WorstProcessor,8:F0}  {row.Stage}");
            rows.Add(row);
        }
        options.WriteJson(rows);
        int late = rows.Sum(row => row.Moments.Count(moment => moment.Latency > Limit));
        Console.WriteLine($"{rows.Sum(row => row.Cancelled)} cancelled, {late} later than {Limit:F0} ms{(isClean ? "" : ", files were left")}");
        return isClean ? 0 : 1;
    }

    private static Row Measure(string name, string model, ModelOptions options, int rounds, ref bool isClean)
    {
        // The first compiles the code, which the others do not wait for.
        Once(model, options, TimeSpan.MaxValue, ref isClean, out _);
        double whole = Once(model, options, TimeSpan.MaxValue, ref isClean, out _);
        var moments = new List<Moment>();
        for (int round = 0; round < rounds; round++)
        {
            Once(model, options, TimeSpan.FromSeconds(whole * (round + 0.5) / rounds), ref isClean, out Moment? moment);
            if (moment is not null) moments.Add(moment);
        }
        Moment worst = moments.MaxBy(m => m.Latency) ?? new Moment(0, "", 0, 0);
        return new Row(name, whole, moments.Count, moments.Count == 0 ? 0 : Interleaved.Median([.. moments.Select(m => m.Latency)]), worst.Latency, worst.Processor, worst.Stage, moments);
    }

    /// <summary>One compression; returns its seconds.</summary>
    /// <param name="after">When it is cancelled.</param>
    /// <param name="moment">How long it went on; null if it was done before.</param>
    private static double Once(string model, ModelOptions options, TimeSpan after, ref bool isClean, out Moment? moment)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq").FullName;
        try
        {
            using CancellationTokenSource cancel = new();
            var stage = new LastStage();
            var clock = Stopwatch.StartNew();
            Task work = Task.Factory.StartNew(() => ModelCompressor.Compress(model, Path.Combine(folder, "model.lr2vq"), options, stage, new DiagnosticBag(), cancel.Token),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            bool isDone = Task.WaitAny([work], after == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : after) == 0;
            string at = stage.Name;
            TimeSpan computed = Process.GetCurrentProcess().TotalProcessorTime;
            double seconds = clock.Elapsed.TotalSeconds;
            clock.Restart();
            cancel.Cancel();
            Task.WaitAny(work);
            double latency = clock.Elapsed.TotalMilliseconds, processor = (Process.GetCurrentProcess().TotalProcessorTime - computed).TotalMilliseconds;
            bool wasCancelled = work.Exception?.InnerException is OperationCanceledException;
            if (work.Exception is not null && !wasCancelled) throw work.Exception;
            isClean &= !wasCancelled || !Directory.EnumerateFileSystemEntries(folder).Any();
            moment = isDone || !wasCancelled ? null : new Moment(seconds, at, latency, processor);
            return seconds;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ModelOptions Options(string words)
    {
        DiagnosticBag bag = new();
        ModelOptions options = OptionParser.Parse(words.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('=', 2))
            .Select(word => new KeyValuePair<string, string>(word[0], word[1] switch
            {
                Calibration => TestData.Data(Calibration),
                Generated => GeneratedPictures.Folder(32),
                _ => word[1],
            })), null, bag);
        bag.ThrowIfErrors();
        return options;
    }

    /// <summary>What progress told last.</summary>
    private sealed class LastStage : IProgress<CompressionProgress>
    {
        public string Name { get; private set; } = "";

        public void Report(CompressionProgress value) => Name = value.Stage;
    }
}
