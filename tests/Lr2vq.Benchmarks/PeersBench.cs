using System;
using System.Collections.Generic;
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

/// <summary>Whole networks with compressed weights against ONNX Runtime with the original, one thread, taking turns.</summary>
internal static class PeersBench
{
    /// <summary>A network, how it is compressed, and what goes in.</summary>
    internal sealed record Case(string Name, string Model, CompressionOptions Compression, string Input, int[] Shape);

    /// <summary>A row of the table. Ratio above 1: we are faster.</summary>
    private sealed record Row(string Case, int Threads, double OrtMs, double OursMs, double Ratio, double MaxError);

    private static CompressionOptions Dense => new() { Preset = Preset.Lossless };
    private static CompressionOptions Balanced => new();

    private static CompressionOptions Codebook(int m, int d) => new()
    {
        Method = CompressionMethod.Lr2vq, Slicing = Slicing.InputChannel, K = 256, M = m, D = new ClusteringDimensionality(d),
    };

    internal static IEnumerable<Case> Cases()
    {
        int[] imageNet = [1, 3, 224, 224], cifar = [1, 3, 32, 32];
        foreach ((string name, string file) in new[] { ("resnet18", "resnet18.onnx"), ("resnet50", "resnet50.onnx") })
        {
            yield return new($"{name}-dense", file, Dense, "input", imageNet);
            yield return new($"{name}-exact", file, Codebook(8, 0), "input", imageNet);
            yield return new($"{name}-m8d4", file, Codebook(8, 4), "input", imageNet);
            yield return new($"{name}-m16d4", file, Codebook(16, 4), "input", imageNet);
            yield return new($"{name}-balanced", file, Balanced, "input", imageNet);
        }
        yield return new("mobilenetv2-dense", "mobilenet_v2_1.0_224.onnx", Dense, "input", imageNet);
        yield return new("mobilenetv2-exact", "mobilenet_v2_1.0_224.onnx", Codebook(8, 0), "input", imageNet);
        yield return new("mobilenetv2-balanced", "mobilenet_v2_1.0_224.onnx", Balanced, "input", imageNet);
        yield return new("cifar10-resnet20-dense", "cifar10-resnet20.onnx", Dense, "input", cifar);
        yield return new("cifar10-resnet20-exact", "cifar10-resnet20.onnx", Codebook(8, 0), "input", cifar);
        yield return new("cifar10-resnet20-exact-b64", "cifar10-resnet20.onnx", Codebook(8, 0), "input", [64, 3, 32, 32]);
        yield return new("ppocr-det-dense", "ch_PP-OCRv4_det_infer.onnx", Dense, "x", [1, 3, 640, 640]);
        yield return new("ppocr-det-exact", "ch_PP-OCRv4_det_infer.onnx", Codebook(8, 0), "x", [1, 3, 640, 640]);
        yield return new("ppocr-det-balanced", "ch_PP-OCRv4_det_infer.onnx", Balanced, "x", [1, 3, 640, 640]);
        yield return new("ppocr-rec-dense", "ch_PP-OCRv4_rec_infer.onnx", Dense, "x", [1, 3, 48, 320]);
        yield return new("ppocr-rec-exact", "ch_PP-OCRv4_rec_infer.onnx", Codebook(8, 0), "x", [1, 3, 48, 320]);
        yield return new("ppocr-rec-balanced", "ch_PP-OCRv4_rec_infer.onnx", Balanced, "x", [1, 3, 48, 320]);
    }

    public static int Run(BenchmarkOptions options)
    {
        if (!OrtOracle.IsAvailable)
        {
            Console.Error.WriteLine("ONNX Runtime is not provisioned: run `dotnet run build/provision.cs`");
            return 1;
        }
        var rows = new List<Row>();
        Console.WriteLine($"{"case",-28}{"threads",8}{"ORT ms",10}{"ours ms",10}{"ratio",8}{"max error",12}");
        foreach (Case one in Cases().Where(c => options.Wants(c.Name)))
        {
            if (TestData.FindModel(one.Model, out string reason) is not { } path)
            {
                Console.WriteLine($"{one.Name,-28}skipped: {reason}");
                continue;
            }
            Row row = Measure(one, path, options.Rounds);
            rows.Add(row);
            Console.WriteLine($"{row.Case,-28}{row.Threads,8}{row.OrtMs,10:F3}{row.OursMs,10:F3}{row.Ratio,8:F2}{row.MaxError,12:E1}");
        }
        options.WriteJson(rows);
        return 0;
    }

    private static Row Measure(Case one, string path, int rounds)
    {
        using PlanRunner model = Load(one, path);
        using ModelSession session = model.CreateSession();
        var values = new float[one.Shape.Aggregate(1, (a, b) => a * b)];
        var random = new Random(1);
        for (int i = 0; i < values.Length; i++) values[i] = random.NextSingle() * 2 - 1;
        void Ours()
        {
            session.SetInput<float>(0, values, one.Shape);
            session.Run();
        }
        using var oracle = new OrtOracle(path);
        HostTensor input = HostTensor.Of(values, one.Shape);
        Ours();
        float[] expected = MemoryMarshal.Cast<byte, float>(oracle.Run((one.Input, input))[0].Bytes).ToArray();
        double error = Tolerance.ErrorOfLargest(expected, session.Output<float>(0));
        double[] ms = Interleaved.Milliseconds(rounds, wall: false, oracle.Prepare((one.Input, input)), Ours);
        return new Row(one.Name, 1, ms[0], ms[1], ms[0] / ms[1], error);
    }

    /// <summary>Compresses once; the artifact is kept below artifacts/benchmarks for the next run.</summary>
    internal static PlanRunner Load(Case one, string path)
    {
        var options = new ModelOptions { Compression = one.Compression };
        byte[] key = SHA256.HashData(Encoding.UTF8.GetBytes($"{ModelCompressor.AlgorithmVersion}\n{options.ToCanonicalText()}\n{new FileInfo(path).Length}"));
        string folder = Path.Combine(TestData.RepositoryRoot, "artifacts", "benchmarks");
        string artifact = Path.Combine(folder, $"{one.Name}-{Convert.ToHexStringLower(key)[..12]}.lr2vq");
        if (File.Exists(artifact))
            try
            {
                return PlanRunner.Load(artifact);
            }
            catch (InvalidArtifactException)
            {
                File.Delete(artifact);     // of an earlier format
            }
        Directory.CreateDirectory(folder);
        var bag = new DiagnosticBag();
        ModelCompressor.Compress(path, artifact, options, null, bag, default);
        bag.ThrowIfErrors();
        return PlanRunner.Load(artifact);
    }
}
