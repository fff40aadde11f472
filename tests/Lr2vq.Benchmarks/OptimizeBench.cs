using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>What <c>Optimize="Speed"</c> brings: networks with exact weights, with the fewest bytes and with that second aim, taking turns in one process.</summary>
internal static class OptimizeBench
{
    private static readonly (string Model, double? Ratio)[] s_cases =
    [
        ("field/dtln_1.onnx", null), ("cifar10-resnet18.onnx", null), ("cifar10-resnet20.onnx", null), ("field/gtcrn.onnx", null),
    ];

    /// <summary>A row of the table. Gain above 1: faster than with the fewest bytes.</summary>
    /// <param name="PredictedGain">Of the steps that read weights.</param>
    private sealed record Row(string Case, double SizeRatio, double SpeedRatio, double? SizeChange, double? SpeedChange, double PredictedGain, double ExactMs, double SizeMs, double SpeedMs, double Gain);

    public static int Run(BenchmarkOptions options)
    {
        var rows = new List<Row>();
        Console.WriteLine($"{"case",-34}{"size",8}{"speed",8}{"change",9}{"change",9}{"predicted",11}{"exact ms",10}{"size ms",10}{"speed ms",10}{"gain",7}");
        foreach ((string file, double? ratio) in s_cases)
        {
            string name = Path.GetFileNameWithoutExtension(file) + (ratio is null ? "" : $" at {ratio}x");
            if (!options.Wants(name) || TestData.FindModel(file, out _) is not { } path) continue;
            (CompressedModel Model, PlanRunner Runner)[] made =
                [Make(path, new ModelOptions { Compression = new() { Preset = Preset.Lossless } }), .. new[] { false, true }.Select(speed => Make(path, new ModelOptions { OptimizesSpeed = speed, Compression = new() { TargetRatio = ratio } }))];
            ModelSession[] sessions = [.. made.Select(one => one.Runner.CreateSession())];
            Action[] calls = [.. sessions.Select(session => Call(session, made[0].Model))];
            Interleaved.Settle(calls);
            double[][] samples = Interleaved.Samples(options.Rounds, wall: false, calls);
            double[] ms = [.. samples.Select(Interleaved.Median)];
            PredictedTime time = made[2].Model.Meta.Time!;
            var row = new Row(name, made[1].Model.Ratio, made[2].Model.Ratio, made[1].Model.OutputChange, made[2].Model.OutputChange, time.Size / time.Speed, ms[0], ms[1], ms[2],
                Interleaved.Median([.. samples[1].Zip(samples[2], (size, speed) => size / speed)]));
            rows.Add(row);
            Console.WriteLine($"{row.Case,-34}{row.SizeRatio,8:F2}{row.SpeedRatio,8:F2}{row.SizeChange,9:P2}{row.SpeedChange,9:P2}{row.PredictedGain,11:F2}{row.ExactMs,10:F3}{row.SizeMs,10:F3}{row.SpeedMs,10:F3}{row.Gain,7:F2}");
            foreach (ModelSession session in sessions) session.Dispose();
            foreach ((_, PlanRunner runner) in made) runner.Dispose();
        }
        options.WriteJson(rows);
        return 0;
    }

    private static (CompressedModel, PlanRunner) Make(string path, ModelOptions options)
    {
        string artifact = Path.GetTempFileName();
        try
        {
            var bag = new DiagnosticBag();
            CompressedModel? model = ModelCompressor.Compress(path, artifact, options, null, bag, default);
            bag.ThrowIfErrors();
            return (model!, PlanRunner.Load((ReadOnlyMemory<byte>)File.ReadAllBytes(artifact), new SessionOptions { Threads = 1 }));
        }
        finally
        {
            File.Delete(artifact);
        }
    }

    /// <summary>A call with likely lengths and inputs of 0.</summary>
    private static Action Call(ModelSession session, CompressedModel model)
    {
        int[][] shapes = Evaluation.SampleShapes.Of(model.Plan).First();
        byte[][] values = [.. shapes.Select((shape, i) => new byte[shape.Aggregate(1L, (a, b) => a * b) * Plans.ElementTypes.ByteLength(model.Plan.Inputs[i].Type)])];
        return () =>
        {
            for (int i = 0; i < shapes.Length; i++) session.SetInputBytes(i, values[i], shapes[i]);
            session.Run();
        };
    }
}
