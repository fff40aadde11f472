using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Compression;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>Steps that read and write more than they compute, against a copy of as many bytes and ONNX Runtime.</summary>
internal static class MemoryBench
{
    /// <summary>A step, what goes in, and how many floats come out.</summary>
    private sealed record Case(string Name, int[] Shape, Action<OnnxBuilder> Nodes, long Outputs, float Low = -2f, float High = 2f);

    /// <summary>A row of the table. Ratio above 1: we are faster; OfCopy: the time of a copy of as many bytes ÷ ours.</summary>
    private sealed record Row(string Case, double OursMs, double GigaBytes, double OfCopy, double? OrtMs, double? Ratio);

    private static IEnumerable<Case> Cases()
    {
        Case Same(string name, string op, int[] shape, float low = -2f, float high = 2f, params (string, object)[] attributes) =>
            new(name, shape, b => b.Node(op, ["x"], ["y"], attributes), Length(shape), low, high);
        int[] scores = [12, 197, 197], tokens = [197, 768], picture = [1, 64, 56, 56];
        yield return Same("Softmax rows", "Softmax", scores, attributes: ("axis", -1L));
        yield return Same("Softmax columns", "Softmax", scores, attributes: ("axis", 1L));
        yield return new("LayerNormalization", tokens, b => b.Initializer("g", Ones(768)).Initializer("b", Ones(768)).Node("LayerNormalization", ["x", "g", "b"], ["y"]), Length(tokens));
        yield return Same("Transpose heads", "Transpose", [197, 12, 64], attributes: ("perm", new long[] { 1, 0, 2 }));
        yield return Same("Transpose matrix", "Transpose", tokens, attributes: ("perm", new long[] { 1, 0 }));
        yield return Same("Transpose to NHWC", "Transpose", picture, attributes: ("perm", new long[] { 0, 2, 3, 1 }));
        yield return Same("Transpose from NHWC", "Transpose", [1, 56, 56, 64], attributes: ("perm", new long[] { 0, 3, 1, 2 }));
        foreach ((string name, string mode, string coordinates) in new[] { ("Resize nearest x2", "nearest", "asymmetric"), ("Resize linear x2", "linear", "half_pixel") })
            yield return new(name, picture, b => b.Initializer("s", HostTensor.Of([1f, 1f, 2f, 2f], 4)).Node("Resize", ["x", "", "s"], ["y"], ("mode", mode),
                ("coordinate_transformation_mode", coordinates), ("nearest_mode", "floor")), 4 * Length(picture));
        foreach (string op in new[] { "ReduceMean", "ReduceMax", "ReduceL2" })
        {
            yield return new($"{op} last axis", tokens, b => b.Node(op, ["x"], ["y"], ("axes", new long[] { 1 })), 197);
            yield return new($"{op} first axis", tokens, b => b.Node(op, ["x"], ["y"], ("axes", new long[] { 0 })), 768);
        }
        yield return new("ReduceMean pictures", picture, b => b.Node("ReduceMean", ["x"], ["y"], ("axes", new long[] { 1 })), 56 * 56);
        yield return Same("LRN", "LRN", picture, attributes: ("size", 5L));
        yield return Same("Gelu (Erf)", "Erf", tokens);
        yield return new("Pow 3", tokens, b => b.Initializer("p", HostTensor.Scalar(3f)).Node("Pow", ["x", "p"], ["y"]), Length(tokens));
        yield return new("Pow 1.7", tokens, b => b.Initializer("p", HostTensor.Scalar(1.7f)).Node("Pow", ["x", "p"], ["y"]), Length(tokens), 0.1f);
        foreach (string op in new[] { "Sin", "Cos", "Exp", "Tanh", "Add" })
            yield return new(op, tokens, b => b.Node(op, op == "Add" ? ["x", "x"] : ["x"], ["y"]), Length(tokens));
    }

    public static int Run(BenchmarkOptions options)
    {
        var rows = new List<Row>();
        Console.WriteLine($"{"step",-24}{"ours ms",9}{"GB/s",8}{"of copy",9}{"ORT ms",9}{"ratio",7}");
        foreach (Case one in Cases().Where(c => options.Wants(c.Name))) rows.Add(Measure(one, options.Rounds));
        options.WriteJson(rows);
        return 0;
    }

    private static unsafe Row Measure(Case one, int rounds)
    {
        OnnxBuilder builder = new OnnxBuilder(17).Input("x", ElementType.Float32, Array.ConvertAll(one.Shape, d => (object?)d));
        one.Nodes(builder);
        byte[] onnx = builder.Output("y").Build();
        HostTensor x = RandomTensor.Floats(1, one.Low, one.High, one.Shape);
        using PlanRunner model = ProductsBench.Load("memory " + one.Name, onnx, new CompressionOptions { Preset = Preset.Lossless });
        using ModelSession session = model.CreateSession();
        session.SetInputBytes(0, x.Bytes, x.Shape);
        using OrtOracle? ort = OrtOracle.IsAvailable ? new OrtOracle(onnx) : null;
        using var memory = new NativeArena();
        long read = Length(one.Shape) * sizeof(float), written = one.Outputs * sizeof(float), larger = Math.Max(read, written);
        nint from = (nint)memory.Allocate(larger), to = (nint)memory.Allocate(larger);
        // As many bytes as the step moves, half of them read and half written.
        nuint half = (nuint)((read + written) / 2);
        void Copy() => NativeMemory.Copy((void*)from, (void*)to, half);
        double[][] samples = Interleaved.Samples(rounds, wall: false, ort is null ? [session.Run, Copy] : [session.Run, Copy, ort.Prepare(("x", x))]);
        double ms = Interleaved.Median(samples[0]);
        var row = new Row(one.Name, ms, (read + written) / ms / 1e6, Interleaved.Median([.. samples[0].Zip(samples[1], (o, c) => c / o)]),
            ort is null ? null : Interleaved.Median(samples[2]), ort is null ? null : Interleaved.Median([.. samples[0].Zip(samples[2], (o, p) => p / o)]));
        Console.WriteLine($"{row.Case,-24}{row.OursMs,9:F4}{row.GigaBytes,8:F1}{row.OfCopy,9:P0}{row.OrtMs,9:F4}{row.Ratio,7:F2}");
        return row;
    }

    private static long Length(int[] shape) => shape.Aggregate(1L, (a, b) => a * b);

    private static HostTensor Ones(int length) => HostTensor.Of([.. Enumerable.Repeat(1f, length)], length);
}
