using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>Whole networks with compressed weights against ONNX Runtime with the original, taking turns.</summary>
internal static class PeersBench
{
    /// <summary>A network, how it is compressed, and what goes in.</summary>
    /// <param name="Goal">The ratio that the project aims at with one thread.</param>
    /// <param name="AgainstInt8">The peer has the network in int8 instead of fp32.</param>
    internal sealed record Case(string Name, string Model, CompressionOptions Compression, string Input, int[] Shape, double? Goal = null, bool AgainstInt8 = false);

    /// <summary>A row of the table. Ratio above 1: we are faster.</summary>
    /// <param name="OrtMs">Of the peer that is named: fp32 or int8.</param>
    /// <param name="MaxError">Largest difference from the original's outputs ÷ their largest.</param>
    /// <param name="AllocatedBytes">Managed memory that a call allocates.</param>
    /// <param name="OneThreadMs">With several threads: our wall-clock time on one.</param>
    /// <param name="Scaling">OneThreadMs ÷ OursMs.</param>
    /// <param name="Balance">Processor time on one thread ÷ that of the busiest of several.</param>
    /// <param name="Quiet">Part of the rounds in which nobody else used the cores.</param>
    internal sealed record Row(string Case, int Threads, string Peer, double OrtMs, double OursMs, double Ratio, double? Goal, double MaxError, long AllocatedBytes,
        int Runs, int Processes, double? OneThreadMs, double? Scaling, double? Balance, double Quiet);

    /// <summary>What one process measured.</summary>
    private sealed record Samples(double[] OrtMs, double[] OursMs, double[] OneThreadMs, double? Balance, double Quiet, double MaxError, long AllocatedBytes);

    private static CompressionOptions Dense => new() { Preset = Preset.Lossless };
    private static CompressionOptions Balanced => new();

    private static CompressionOptions Codebook(int m, int d) => new()
    {
        Method = CompressionMethod.Lr2vq, Slicing = Slicing.InputChannel, K = 256, M = m, D = new ClusteringDimensionality(d),
    };

    internal static IEnumerable<Case> Cases()
    {
        int[] imageNet = [1, 3, 224, 224], cifar = [1, 3, 32, 32], page = [1, 3, 640, 640], line = [1, 3, 48, 320];
        foreach ((string name, double[] goals) in new (string, double[])[] { ("resnet18", [1.4, 1.7, 2.6, 3.9, 1.4, 1.15]), ("resnet50", [1.03, 1.1, 1.95, 3.4, 1.03, 1.0]) })
        {
            string file = name + ".onnx";
            yield return new($"{name}-dense", file, Dense, "input", imageNet, goals[0]);
            yield return new($"{name}-exact", file, Codebook(8, 0), "input", imageNet, goals[1]);
            yield return new($"{name}-m8d4", file, Codebook(8, 4), "input", imageNet, goals[2]);
            yield return new($"{name}-m16d4", file, Codebook(16, 4), "input", imageNet, goals[3]);
            yield return new($"{name}-balanced", file, Balanced, "input", imageNet, goals[4]);
            yield return new($"{name}-m16d4-vs-int8", file, Codebook(16, 4), "input", imageNet, goals[5], AgainstInt8: true);
        }
        yield return new("mobilenetv2-dense", "mobilenet_v2_1.0_224.onnx", Dense, "input", imageNet);
        yield return new("mobilenetv2-exact", "mobilenet_v2_1.0_224.onnx", Codebook(8, 0), "input", imageNet, 1.0);
        yield return new("mobilenetv2-balanced", "mobilenet_v2_1.0_224.onnx", Balanced, "input", imageNet, 0.95);
        yield return new("cifar10-resnet20-dense", "cifar10-resnet20.onnx", Dense, "input", cifar);
        yield return new("cifar10-resnet20-exact", "cifar10-resnet20.onnx", Codebook(8, 0), "input", cifar, 1.6);
        yield return new("cifar10-resnet20-exact-b64", "cifar10-resnet20.onnx", Codebook(8, 0), "input", [64, 3, 32, 32], 1.3);
        yield return new("ppocr-det-dense", "ch_PP-OCRv4_det_infer.onnx", Dense, "x", page);
        yield return new("ppocr-det-exact", "ch_PP-OCRv4_det_infer.onnx", Codebook(8, 0), "x", page);
        yield return new("ppocr-det-balanced", "ch_PP-OCRv4_det_infer.onnx", Balanced, "x", page, 1.0);
        yield return new("ppocr-rec-dense", "ch_PP-OCRv4_rec_infer.onnx", Dense, "x", line);
        yield return new("ppocr-rec-exact", "ch_PP-OCRv4_rec_infer.onnx", Codebook(8, 0), "x", line);
        yield return new("ppocr-rec-balanced", "ch_PP-OCRv4_rec_infer.onnx", Balanced, "x", line, 1.0);
    }

    public static int Run(BenchmarkOptions options)
    {
        var rows = new List<Row>();
        if (options.Samples is null)
            Console.WriteLine($"{"case",-28}{"threads",8}{"ORT ms",10}{"ours ms",10}{"ratio",8}{"goal",8}{"max error",12}{"allocated",11}{"quiet",7}"
                + (options.Threads > 1 ? $"{"one thread",12}{"scaling",9}{"balance",9}" : ""));
        foreach (Case one in Cases().Where(c => options.Wants(c.Name)))
        {
            if (TestData.FindModel(one.Model, out string reason) is not { } path)
            {
                Console.WriteLine($"{one.Name,-28}skipped: {reason}");
                continue;
            }
            if (options.Samples is { } answer)
            {
                JsonFile.Write(answer, Measure(one, path, options));
                continue;
            }
            Row row = Pool(one, options, [.. Enumerable.Range(0, options.Processes).Select(_ => options.Processes == 1 ? Measure(one, path, options) : InOtherProcess(one, options))]);
            rows.Add(row);
            Console.WriteLine($"{row.Case,-28}{row.Threads,8}{row.OrtMs,10:F3}{row.OursMs,10:F3}{row.Ratio,8:F2}{row.Goal,8:F2}{row.MaxError,12:E1}{row.AllocatedBytes,11}{row.Quiet,7:P0}"
                + (options.Threads > 1 ? $"{row.OneThreadMs,12:F3}{row.Scaling,9:F2}{row.Balance,9:F2}" : ""));
        }
        options.WriteJson(rows);
        return 0;
    }

    private static Row Pool(Case one, BenchmarkOptions options, Samples[] all)
    {
        double ort = Interleaved.Median([.. all.SelectMany(s => s.OrtMs)]), ours = Interleaved.Median([.. all.SelectMany(s => s.OursMs)]);
        double? single = options.Threads > 1 ? Interleaved.Median([.. all.SelectMany(s => s.OneThreadMs)]) : null;
        double[] balances = [.. all.Where(s => s.Balance is not null).Select(s => s.Balance!.Value)];
        return new Row(one.Name, options.Threads, one.AgainstInt8 ? "int8" : "fp32", ort, ours, ort / ours, options.Threads == 1 ? one.Goal : null, all.Max(s => s.MaxError),
            all.Max(s => s.AllocatedBytes), all.Sum(s => s.OursMs.Length), all.Length, single, single / ours, balances.Length > 0 ? Interleaved.Median(balances) : null,
            all.Average(s => s.Quiet));
    }

    private static Samples InOtherProcess(Case one, BenchmarkOptions options)
    {
        string answer = Path.GetTempFileName();
        try
        {
            string[] arguments = ["peers", "--case", one.Name, "--samples", answer, "--rounds", Text(options.Rounds), "--threads", Text(options.Threads)];
            OwnProcess.Run(arguments);
            return JsonFile.Read<Samples>(answer);
        }
        finally
        {
            File.Delete(answer);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static Samples Measure(Case one, string path, BenchmarkOptions options)
    {
        using PlanRunner model = Load(one, path, options.Threads);
        using ModelSession session = model.CreateSession();
        // Noise alone drives detectors to outputs near 0, where everything is rounding.
        HostTensor input = StrokePicture.Of(one.Shape);
        float[] values = MemoryMarshal.Cast<byte, float>(input.Bytes).ToArray();
        Action ours = Call(session, values, one.Shape);
        ours();
        double error;
        using (var original = new OrtOracle(path))
            error = Tolerance.ErrorOfLargest(MemoryMarshal.Cast<byte, float>(original.Run((one.Input, input))[0].Bytes), session.Output<float>(0));
        using var peer = new OrtOracle(one.AgainstInt8 ? Int8(one, path) : path, options.Threads, isExact: false);
        Action theirs = peer.Prepare((one.Input, input));
        long allocated = Allocated(ours);
        if (options.Threads == 1)
        {
            Interleaved.Settle(ours);
            double[][] ms = Interleaved.Samples(options.Rounds, wall: false, theirs, ours);
            return new Samples(ms[0], ms[1], [], null, OwnCore.Share, error, allocated);
        }
        using PlanRunner singleModel = Load(one, path, threads: 1);
        using ModelSession singleSession = singleModel.CreateSession();
        Action single = Call(singleSession, values, one.Shape);
        Interleaved.Settle(ours, single);
        double[][] wall = Interleaved.Samples(options.Rounds, wall: true, theirs, ours, single);
        double? balance = ThreadTimes.Balance(options.Rounds, single, ours);
        return new Samples(wall[0], wall[1], wall[2], balance, OwnCore.Share, error, allocated);
    }

    private static Action Call(ModelSession session, float[] values, int[] shape) => () =>
    {
        session.SetInput<float>(0, values, shape);
        session.Run();
    };

    /// <summary>Bytes that every call allocates, on whatever thread.</summary>
    private static long Allocated(Action call)
    {
        const int calls = 5;
        long least = long.MaxValue;
        // What other threads of the process allocate now and then is not ours.
        for (int trial = 0; trial < 3; trial++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < calls; i++) call();
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / calls);
        }
        return least;
    }

    /// <summary>Path of the int8 form of a network; refuses one that ONNX Runtime does not execute in integers.</summary>
    private static string Int8(Case one, string path)
    {
        string file = Path.Combine(Folder, Path.GetFileNameWithoutExtension(one.Model) + "-int8-1.onnx");
        if (File.Exists(file)) return file;
        Directory.CreateDirectory(Folder);
        QuantizedModel.Write(path, file, one.Input, one.Shape);
        SortedDictionary<string, int> operators = QuantizedModel.ExecutedOperators(file);
        Console.WriteLine("int8 peer: " + string.Join(", ", operators.Select(o => $"{o.Value} {o.Key}")));
        string[] unfused = ["Conv", "FusedConv", "Gemm", "FusedGemm", "Add", "Relu", "GlobalAveragePool"];
        if (!operators.Keys.Any(unfused.Contains)) return file;
        File.Delete(file);
        throw new InvalidOperationException("ONNX Runtime does not execute the int8 peer in integers");
    }

    private static string Folder => Path.Combine(TestData.RepositoryRoot, "artifacts", "benchmarks");

    internal static PlanRunner Load(Case one, string path, int threads = 1) => PlanRunner.Load(Artifact(one, path), new SessionOptions { Threads = threads });

    internal static string Artifact(Case one, string path) => Artifact(path, new ModelOptions { Compression = one.Compression });

    /// <summary>Path of the artifact: compressed once and kept below artifacts/benchmarks for the next run.</summary>
    internal static string Artifact(string path, ModelOptions options)
    {
        byte[] key = SHA256.HashData(Encoding.UTF8.GetBytes($"{typeof(ModelCompressor).Module.ModuleVersionId}\n{ModelCompressor.AlgorithmVersion}\n{options.ToCanonicalText()}\n{new FileInfo(path).Length}"));
        string artifact = Path.Combine(Folder, $"{Path.GetFileNameWithoutExtension(path)}-{Convert.ToHexStringLower(key)[..12]}.lr2vq");
        if (File.Exists(artifact))
            try
            {
                using PlanRunner _ = PlanRunner.Load(artifact);
                return artifact;
            }
            catch (InvalidArtifactException)
            {
                File.Delete(artifact);     // of an earlier format
            }
        Directory.CreateDirectory(Folder);
        var bag = new DiagnosticBag();
        ModelCompressor.Compress(path, artifact, options, null, bag, default);
        bag.ThrowIfErrors();
        return artifact;
    }
}
