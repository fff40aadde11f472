using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>What a compression spends its time with: seconds of each stage that it tells of. Calibration data are generated pictures.</summary>
internal static class StagesBench
{
    private static readonly (string Network, string Options, int Pictures)[] s_cases =
    [
        ("resnet50.onnx", "", 0), ("resnet50.onnx", "TargetRatio=10", 32), ("resnet50.onnx", "TargetRatio=10", 256),
        ("mobilenet_v2_1.0_224.onnx", "TargetRatio=10", 100), ("squeezenet1_1.onnx", "TargetRatio=12", 100), ("cifar10-resnet18.onnx", "TargetRatio=24", 128),
        ("mobilenet_v1_0.25_224.onnx", "", 0), ("mobilenet_v1_0.25_224.onnx", "TargetRatio=6", 0), ("mobilenet_v1_0.25_224.onnx", "TargetRatio=6", 64), ("cifar10-resnet20.onnx", "TargetRatio=16", 128),
    ];

    /// <summary>A row of the table. Processor: seconds of all threads, which other work on the machine leaves alone.</summary>
    private sealed record Row(string Case, string Stage, double Seconds, double Processor);

    public static int Run(BenchmarkOptions options)
    {
        List<Row> rows = [];
        Console.WriteLine($"{"case",-52}{"stage",-32}{"s",9}{"CPU s",9}");
        foreach ((string network, string words, int pictures) in s_cases)
        {
            string name = $"{network} {words}{(pictures == 0 ? "" : $" {pictures} pictures")}";
            if (!options.Wants(name) || TestData.FindModel(network, out _) is not { } path) continue;
            foreach (Row row in Measure(name, path, words, pictures))
            {
                rows.Add(row);
                Console.WriteLine($"{row.Case,-52}{row.Stage,-32}{row.Seconds,9:F1}{row.Processor,9:F1}");
            }
        }
        options.WriteJson(rows);
        return 0;
    }

    private static IEnumerable<Row> Measure(string name, string model, string words, int pictures)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq").FullName;
        try
        {
            List<KeyValuePair<string, string>> settings = [.. words.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('=', 2)).Select(word => new KeyValuePair<string, string>(word[0], word[1]))];
            if (pictures > 0) settings.AddRange([new("CalibrationData", GeneratedPictures.Folder(pictures) + "/*.png"), new("Mean", "0.485,0.456,0.406"), new("Std", "0.229,0.224,0.225")]);
            DiagnosticBag bag = new();
            ModelOptions options = OptionParser.Parse(settings, null, bag);
            bag.ThrowIfErrors();
            StageClock clock = new();
            CompressedModel? made = ModelCompressor.Compress(model, Path.Combine(folder, "model.lr2vq"), options, clock, bag, default);
            bag.ThrowIfErrors();
            clock.Report(new CompressionProgress(1, "rest"));
            return [.. clock.Rows(name), new Row(name, $"all, {made!.Ratio:F2}x", clock.Rows(name).Sum(row => row.Seconds), clock.Rows(name).Sum(row => row.Processor))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Adds up the time before each report: it tells of what is done.</summary>
    private sealed class StageClock : IProgress<CompressionProgress>
    {
        private readonly Dictionary<string, (double Seconds, double Processor)> _stages = [];
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private double _seconds, _processor = Processor;
        private string _last = "";

        private static double Processor => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;

        public void Report(CompressionProgress value)
        {
            lock (_stages)
            {
                double seconds = _clock.Elapsed.TotalSeconds, processor = Processor;
                (double Seconds, double Processor) known = _stages.GetValueOrDefault(value.Stage);
                _stages[value.Stage] = (known.Seconds + seconds - _seconds, known.Processor + processor - _processor);
                (_seconds, _processor) = (seconds, processor);
                // Large networks take minutes.
                if (_last != value.Stage) Console.Error.WriteLine($"{seconds,9:F1} s  {_last = value.Stage}");
            }
        }

        public IEnumerable<Row> Rows(string name) => _stages.OrderByDescending(stage => stage.Value.Processor).Select(stage => new Row(name, stage.Key, stage.Value.Seconds, stage.Value.Processor));
    }
}
