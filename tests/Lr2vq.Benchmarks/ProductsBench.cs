using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Kernels;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>Products of matrices through our operators, weights compressed, against the multiply-add peak and ONNX Runtime.</summary>
internal static class ProductsBench
{
    private static readonly (int M, int K, int N)[] Weighted =
    [
        (128, 384, 1536), (128, 1536, 384), (128, 384, 384), (197, 768, 768), (197, 768, 3072), (197, 3072, 768),
        (1, 2048, 1024), (1, 512, 1000), (1, 2048, 1000), (1, 768, 3072),
    ];

    private static readonly (int Heads, int Length, int Width)[] Attentions = [(12, 197, 64), (12, 128, 32)];

    /// <summary>A model of a few nodes, what goes in, and what it costs.</summary>
    private sealed record Case(string Name, byte[] Model, CompressionOptions Compression, (string Name, HostTensor Value)[] Inputs, double Flops);

    /// <summary>A row of the table. Ratio above 1: we are faster.</summary>
    private sealed record Row(string Case, double OursMs, double Gflops, double OfPeak, double? OrtMs, double? Ratio);

    private static IEnumerable<Case> Cases()
    {
        var lossless = new CompressionOptions { Preset = Preset.Lossless };
        var codebook = new CompressionOptions
        {
            Method = CompressionMethod.Lr2vq, Slicing = Slicing.InputChannel, K = 256, M = 8, D = ClusteringDimensionality.Whole,
        };
        var levels = new CompressionOptions { Method = CompressionMethod.Ecsq, Step = 0.06 };
        foreach ((int m, int k, int n) in Weighted)
        {
            byte[] model = new OnnxBuilder(17).Input("a", ElementType.Float32, m, k).Initializer("w", Random(k, n))
                .Node("MatMul", ["a", "w"], ["y"]).Output("y").Build();
            (string, HostTensor)[] inputs = [("a", Random(m, k))];
            yield return new($"{m}x{k}x{n} dense", model, lossless, inputs, 2.0 * m * k * n);
            yield return new($"{m}x{k}x{n} m8", model, codebook, inputs, 2.0 * m * k * n);
            if (m == 1) yield return new($"{m}x{k}x{n} levels", model, levels, inputs, 2.0 * m * k * n);
        }
        foreach ((int heads, int length, int width) in Attentions)
        {
            int[] narrow = [1, heads, length, width], square = [1, heads, length, length];
            double flops = 2.0 * heads * length * length * width;
            (string, HostTensor) q = ("q", Random(narrow)), k = ("k", Random(narrow)), v = ("v", Random(narrow)), p = ("p", Random(square));
            yield return new($"{heads} heads QK' {length}x{width}", new OnnxBuilder(17).Input("q", ElementType.Float32, Shape(narrow)).Input("k", ElementType.Float32, Shape(narrow))
                .Node("Transpose", ["k"], ["t"], ("perm", new long[] { 0, 1, 3, 2 })).Node("MatMul", ["q", "t"], ["y"]).Output("y").Build(),
                lossless, [q, k], flops);
            yield return new($"{heads} heads PV {length}x{width}", new OnnxBuilder(17).Input("p", ElementType.Float32, Shape(square)).Input("v", ElementType.Float32, Shape(narrow))
                .Node("MatMul", ["p", "v"], ["y"]).Output("y").Build(), lossless, [p, v], flops);
            yield return new($"{heads} heads attention {length}x{width}", new OnnxBuilder(17).Input("q", ElementType.Float32, Shape(narrow))
                .Input("k", ElementType.Float32, Shape(narrow)).Input("v", ElementType.Float32, Shape(narrow))
                .Initializer("scale", HostTensor.Of([1f / MathF.Sqrt(width)]))
                .Node("Transpose", ["k"], ["t"], ("perm", new long[] { 0, 1, 3, 2 })).Node("MatMul", ["q", "t"], ["s"]).Node("Mul", ["s", "scale"], ["r"])
                .Node("Softmax", ["r"], ["p"], ("axis", -1L)).Node("MatMul", ["p", "v"], ["y"]).Output("y").Build(), lossless, [q, k, v], 2 * flops);
        }
        foreach ((string op, int gates) in new[] { ("LSTM", 4), ("GRU", 3) })
        {
            const int Time = 100, Hidden = 256;
            byte[] model = new OnnxBuilder(17).Input("x", ElementType.Float32, Time, 1, Hidden).Initializer("w", Random(1, gates * Hidden, Hidden)).Initializer("r", Random(1, gates * Hidden, Hidden))
                .Node(op, ["x", "w", "r"], ["y"], ("hidden_size", (long)Hidden)).Output("y").Build();
            (string, HostTensor)[] inputs = [("x", Random(Time, 1, Hidden))];
            double flops = 4.0 * Time * gates * Hidden * Hidden;
            yield return new($"{op} {Time}x{Hidden} dense", model, lossless, inputs, flops);
            yield return new($"{op} {Time}x{Hidden} m8", model, codebook, inputs, flops);
            yield return new($"{op} {Time}x{Hidden} levels", model, levels, inputs, flops);
        }
    }

    public static int Run(BenchmarkOptions options)
    {
        var rows = new List<Row>();
        Console.WriteLine($"{"product",-30}{"ours ms",9}{"GFLOP/s",9}{"of peak",9}{"ORT ms",9}{"ratio",7}");
        foreach (Case one in Cases().Where(c => options.Wants(c.Name)))
        {
            using PlanRunner model = Load(one.Name, one.Model, one.Compression);
            using ModelSession session = model.CreateSession();
            for (int i = 0; i < one.Inputs.Length; i++) session.SetInputBytes(i, one.Inputs[i].Value.Bytes, one.Inputs[i].Value.Shape);
            using OrtOracle ort = new(one.Model);
            Action peak = PeakBench.Program(Lanes.Widest);
            double[][] samples = Interleaved.Samples(options.Rounds, wall: false, [session.Run, peak, ort.Prepare(one.Inputs)]);
            double ms = Interleaved.Median(samples[0]), gflops = one.Flops / ms / 1e6;
            // What both sides of a quotient meet in a round, it leaves out.
            double ofPeak = Interleaved.Median([.. samples[0].Zip(samples[1], (o, p) => one.Flops / o / 1e6 / PeakBench.GigaFlops(Lanes.Widest, p))]);
            var row = new Row(one.Name, ms, gflops, ofPeak, Interleaved.Median(samples[2]),
                Interleaved.Median([.. samples[0].Zip(samples[2], (o, p) => p / o)]));
            rows.Add(row);
            Console.WriteLine($"{row.Case,-30}{row.OursMs,9:F4}{row.Gflops,9:F1}{row.OfPeak,9:P0}{row.OrtMs,9:F4}{row.Ratio,7:F2}");
        }
        options.WriteJson(rows);
        return 0;
    }

    /// <summary>Compresses a model in memory, or finds what that gave before.</summary>
    internal static PlanRunner Load(string name, byte[] model, CompressionOptions compression)
    {
        string path = Write(name, model);
        return PeersBench.Load(new PeersBench.Case(name, path, compression, "", []), path);
    }

    /// <summary>Writes a model to a file.</summary>
    internal static string Write(string name, byte[] model)
    {
        string folder = Path.Combine(TestData.RepositoryRoot, "artifacts", "benchmarks");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"{name.Replace(' ', '-').Replace('\'', 't')}.onnx");
        File.WriteAllBytes(path, model);
        return path;
    }

    private static object?[] Shape(int[] shape) => Array.ConvertAll(shape, d => (object?)d);

    /// <summary>Weights as networks have them, from one seed.</summary>
    private static HostTensor Random(params int[] shape)
    {
        var random = new Random(1);
        var values = new float[shape.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++) values[i] = (random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f) / 8;
        return HostTensor.Of(values, shape);
    }
}
