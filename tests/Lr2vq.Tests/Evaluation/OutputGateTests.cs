using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Kernels;
using Lr2vq.Options;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Evaluation;

/// <summary>What a build says of the outputs, and what Balanced does about them.</summary>
public sealed class OutputGateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gate").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("tabular8")]
    [InlineData("outlier_column")]
    public void CasesOfSilentLossStayOrAreWarnedOf(string name)
    {
        string model = TestData.Case($"03-silent-loss/{name}.onnx");
        (CompressedModel made, DiagnosticBag bag, byte[] artifact) = Compress(model, new CompressionOptions());
        Assert.DoesNotContain(bag.All, d => d.Id.StartsWith("LR2VQ4", StringComparison.Ordinal));
        HostTensor x = HostTensor.ReadNpy(Directory.GetFiles(Path.GetDirectoryName(model)!, name + ".*.npy").Single());
        double[] expected = Run(Exact(model), x), actual = Run(artifact, x);
        Assert.InRange(Change(expected, actual), 0, 0.02);
        Assert.InRange(made.Meta.Outputs.Single().Mean, 0, OutputGate.Limit);
    }

    [Fact]
    public void FeaturesInDifferentUnitsKeepTheirOutput()
    {
        // Weights of 1e-5 meet inputs of 1e5.
        float[] weights = RandomTensor.Normal(1, 64 * 16);
        for (int i = 0; i < weights.Length; i++) weights[i] *= i % 16 == 3 ? 1e-5f : i % 16 == 7 ? 1e3f : 1;
        string model = Save(new OnnxBuilder().Input("x", ElementType.Float32, "N", 16)
            .Initializer("w", HostTensor.Of(weights, 64, 16)).Initializer("b", HostTensor.Of(RandomTensor.Normal(2, 64), 64)).Initializer("v", HostTensor.Of(RandomTensor.Normal(3, 64 * 40), 40, 64))
            .Node("Gemm", ["x", "w", "b"], ["h"], ("transB", 1)).Node("Relu", ["h"], ["r"]).Node("Gemm", ["r", "v"], ["y"], ("transB", 1)).Output("y", ElementType.Float32, "N", 40));
        (_, DiagnosticBag bag, byte[] artifact) = Compress(model, new CompressionOptions());
        Assert.Empty(bag.All);
        float[] x = RandomTensor.Normal(4, 8 * 16);
        for (int i = 0; i < x.Length; i++) x[i] *= i % 16 == 3 ? 1e5f : i % 16 == 7 ? 1e-3f : 1;
        HostTensor input = HostTensor.Of(x, 8, 16);
        Assert.InRange(Change(Run(Exact(model), input), Run(artifact, input)), 0, 0.03);
    }

    /// <summary>However many lengths are tried.</summary>
    [Fact]
    public void ResultsThatAreMuchLargerThanTheNetworkAreNotComputed()
    {
        string model = Save(new OnnxBuilder().Input("x", ElementType.Float32, "n", 16).Initializer("w", HostTensor.Of(RandomTensor.Normal(1, 16 * 16), 16, 16)).Initializer("shape", HostTensor.Longs(1 << 25, 1, 16))
            .Node("MatMul", ["x", "w"], ["h"]).Node("ReduceMax", ["h"], ["m"], ("axes", new[] { 0 })).Node("Expand", ["m", "shape"], ["y"]).Output("y", ElementType.Float32, 1 << 25, 1, 16));
        (_, DiagnosticBag bag, _) = Compress(model, new CompressionOptions());
        Diagnostic warning = Assert.Single(bag.All);
        Assert.Equal("LR2VQ4010", warning.Id);
        Assert.Contains("A session would need 2147", warning.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LSTM", 4)]
    [InlineData("GRU", 3)]
    [InlineData("RNN", 1)]
    public void RecurrencesNeedNoInitialState(string op, int gates)
    {
        string model = Save(new OnnxBuilder().Input("x", ElementType.Float32, "T", 1, 24)
            .Initializer("w", RandomTensor.Floats(1, -0.2f, 0.2f, 1, gates * 32, 24)).Initializer("r", RandomTensor.Floats(2, -0.2f, 0.2f, 1, gates * 32, 32))
            .Node(op, ["x", "w", "r"], ["y"], ("hidden_size", 32L)).Output("y"));
        (CompressedModel made, DiagnosticBag bag, _) = Compress(model, new CompressionOptions());
        Assert.Empty(bag.All);
        // The share of the limit counts to two digits.
        Assert.InRange(Math.Round(made.Meta.Outputs.Single().Mean / OutputGate.Limit, 1), 0.1, 1);
    }

    [Fact]
    public void TooMuchLossIsSaidWithOutputAndLayers()
    {
        (CompressedModel made, DiagnosticBag bag, _) = Compress(Convolutions(), new CompressionOptions { Step = 1.5 });
        Diagnostic warning = Assert.Single(bag.All, d => d.Definition == DiagnosticCatalogue.OutputChanged);
        Assert.Contains("'y'", warning.Text, StringComparison.Ordinal);
        Assert.Contains("second", warning.Text, StringComparison.Ordinal);
        OutputChange change = Assert.Single(made.Meta.Outputs);
        Assert.True(change.Mean > OutputGate.Limit && change.Worst >= change.Mean && change.Largest > 0);
    }

    [Fact]
    public void AboveMaxErrorThereIsNoArtifact()
    {
        DiagnosticBag bag = new();
        string artifact = Path.Combine(_folder, "none.lr2vq");
        Assert.Null(ModelCompressor.Compress(Convolutions(), artifact, new ModelOptions { Compression = new CompressionOptions { Step = 1.5, MaxError = 0.01, Threads = 1 } }, null, bag, default));
        Assert.Contains(bag.All, d => d.Definition == DiagnosticCatalogue.OutputBeyondMaxError);
        Assert.False(File.Exists(artifact));
    }

    [Fact]
    public void BalancedPassesWhereItsWeightBoundDoesNot()
    {
        string model = Convolutions();
        (CompressedModel made, DiagnosticBag bag, byte[] artifact) = Compress(model, new CompressionOptions { MaxError = 1e-5 });
        Assert.Empty(bag.All);
        Assert.InRange(made.Meta.Outputs.Single().Mean, 0, 0.0032);
        using PlanRunner runner = PlanRunner.Load(artifact);
        Assert.True(runner.Info.CompressedBytes < made.Meta.OriginalBytes);
    }

    [Theory]
    [InlineData(1e-5, null)]
    [InlineData(null, 8.0)]
    public void TheArtifactDependsOnNeitherThreadsNorVectors(double? maxError, double? ratio)
    {
        string model = Convolutions();
        CompressionOptions options = new() { MaxError = maxError, TargetRatio = ratio };
        byte[] expected = Compress(model, options).Artifact;
        Assert.Equal(expected, Compress(model, options with { Threads = 2 }).Artifact);
        using Lanes.Forced narrow = Lanes.Force(Isa.Vector256);
        Assert.Equal(expected, Compress(model, options).Artifact);
    }

    [Fact]
    public void WhatCannotBeRunIsSaid()
    {
        // A length that no input of a sensible size has.
        string model = Save(new OnnxBuilder().Input("x", ElementType.Float32, 1, "L").Initializer("shape", HostTensor.Longs(7, 9173)).Initializer("w", HostTensor.Of(RandomTensor.Normal(1, 9173 * 8), 9173, 8))
            .Node("Reshape", ["x", "shape"], ["r"]).Node("MatMul", ["r", "w"], ["y"]).Output("y", ElementType.Float32, 7, 8));
        (CompressedModel made, DiagnosticBag bag, _) = Compress(model, new CompressionOptions());
        Assert.Contains(bag.All, d => d.Definition == DiagnosticCatalogue.OutputsNotMeasured);
        Assert.Empty(made.Meta.Outputs);
    }

    [Fact]
    public void IndicesAndStatesAreValid()
    {
        string model = Save(new OnnxBuilder().Input("ids", ElementType.Int64, 1, 6).Input("x", ElementType.Float32, 1, 32).Input("state", ElementType.Float32, 1, 32)
            .Initializer("table", HostTensor.Of(RandomTensor.Normal(1, 50 * 32), 50, 32)).Initializer("axes", HostTensor.Longs(1)).Initializer("w", HostTensor.Of(RandomTensor.Normal(2, 32 * 32, 0, 0.2f), 32, 32))
            .Node("Gather", ["table", "ids"], ["rows"]).Node("ReduceSum", ["rows", "axes"], ["sum"], ("keepdims", 0)).Node("Add", ["x", "sum"], ["a"]).Node("Add", ["a", "state"], ["b"])
            .Node("MatMul", ["b", "w"], ["c"]).Node("Tanh", ["c"], ["next"]).Output("next", ElementType.Float32, 1, 32));
        (CompressedModel made, DiagnosticBag bag, _) = Compress(model, new CompressionOptions());
        Assert.Empty(bag.All);
        // The share of the limit counts to two digits.
        Assert.InRange(Math.Round(made.Meta.Outputs.Single().Mean / OutputGate.Limit, 1), 0.1, 1);
    }

    [Fact]
    public void ModelsInHalfPrecisionAreMeasured()
    {
        static HostTensor Halves(int seed, double scale, params int[] shape) => HostTensor.Of<Half>(Array.ConvertAll(RandomTensor.Normal(seed, shape.Aggregate(1, (a, b) => a * b)), v => (Half)(v * scale)), shape);
        string model = Save(new OnnxBuilder().Input("x", ElementType.Float16, 1, 3, 32, 32).Initializer("v", Halves(1, 0.2, 32, 3, 3, 3)).Initializer("w", Halves(2, 0.1, 48, 32, 3, 3))
            .Node("Conv", ["x", "v"], ["a"]).Node("Relu", ["a"], ["b"]).Node("Conv", ["b", "w"], ["y"]).Output("y", ElementType.Float16, 1, 48, 28, 28));
        (CompressedModel made, DiagnosticBag bag, _) = Compress(model, new CompressionOptions());
        Assert.DoesNotContain(bag.All, d => d.Severity == DiagnosticSeverity.Warning);
        Assert.InRange(made.Meta.Outputs.Single().Mean, 1e-5, OutputGate.Limit);
    }

    [Fact]
    public void EveryOutputOfADetectorKeepsItsLimit()
    {
        // Scores near zero nearly everywhere, and boxes of another scale.
        float[] bias = new float[6];
        Array.Fill(bias, -4f);
        string model = Save(new OnnxBuilder().Input("x", ElementType.Float32, 1, 3, 64, 64)
            .Initializer("v", HostTensor.Of(RandomTensor.Normal(1, 32 * 27, 0, 0.2f), 32, 3, 3, 3)).Initializer("w", HostTensor.Of(RandomTensor.Normal(2, 64 * 32 * 9, 0, 0.08f), 64, 32, 3, 3))
            .Initializer("s", HostTensor.Of(RandomTensor.Normal(3, 6 * 64, 0, 0.2f), 6, 64, 1, 1)).Initializer("sb", HostTensor.Of(bias, 6)).Initializer("b", HostTensor.Of(RandomTensor.Normal(4, 24 * 64, 0, 20f), 24, 64, 1, 1))
            .Initializer("scoresShape", HostTensor.Longs(1, -1, 2)).Initializer("boxesShape", HostTensor.Longs(1, -1, 4))
            .Node("Conv", ["x", "v"], ["c1"], ("strides", new long[] { 2, 2 })).Node("Relu", ["c1"], ["r1"]).Node("Conv", ["r1", "w"], ["c2"], ("strides", new long[] { 2, 2 })).Node("Relu", ["c2"], ["r2"])
            .Node("Conv", ["r2", "s", "sb"], ["c3"]).Node("Transpose", ["c3"], ["t3"], ("perm", new long[] { 0, 2, 3, 1 })).Node("Reshape", ["t3", "scoresShape"], ["f3"]).Node("Sigmoid", ["f3"], ["scores"])
            .Node("Conv", ["r2", "b"], ["c4"]).Node("Transpose", ["c4"], ["t4"], ("perm", new long[] { 0, 2, 3, 1 })).Node("Reshape", ["t4", "boxesShape"], ["boxes"])
            .Output("scores", ElementType.Float32, 1, 675, 2).Output("boxes", ElementType.Float32, 1, 1350, 4));
        (CompressedModel made, DiagnosticBag bag, _) = Compress(model, new CompressionOptions());
        Assert.DoesNotContain(bag.All, d => d.Severity == DiagnosticSeverity.Warning);
        Assert.Equal(["scores", "boxes"], made.Meta.Outputs.Select(o => o.Name));
        Assert.All(made.Meta.Outputs, output => Assert.InRange(output.Mean, 1e-6, OutputGate.Limit));
    }

    [Fact]
    public void TheBranchThatIsTakenIsMeasured()
    {
        OnnxBuilder Branch(string weight) => new OnnxBuilder().Node("MatMul", ["x", weight], [weight + "y"]).Output(weight + "y");
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 4, 64).Initializer("yes", HostTensor.Scalar(true)).Initializer("v", HostTensor.Of(RandomTensor.Normal(1, 64 * 64), 64, 64)).Initializer("w", HostTensor.Of(RandomTensor.Normal(2, 64 * 64), 64, 64));
        (CompressedModel made, DiagnosticBag bag, _) = Compress(Save(builder.Node("If", ["yes"], ["y"], ("then_branch", Branch("v")), ("else_branch", Branch("w"))).Output("y", ElementType.Float32, 4, 64)), new CompressionOptions());
        Assert.DoesNotContain(bag.All, d => d.Severity == DiagnosticSeverity.Warning);
        Assert.InRange(made.Meta.Outputs.Single().Mean, 1e-5, OutputGate.Limit);
    }

    /// <summary>A build does not wait for a loop without an end; one that ends is measured.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public void ALoopWithoutAnEndIsNotWaitedFor(bool isEndless)
    {
        OnnxBuilder body = new OnnxBuilder().Input("i", ElementType.Int64).Input("going", ElementType.Bool).Input("h", ElementType.Float32, 4, 64).Node("MatMul", ["h", "w"], ["p"]).Node("Tanh", ["p"], ["n"])
            .Node("Less", ["i", isEndless ? "never" : "turns"], ["more"]).Output("more", ElementType.Bool).Output("n", ElementType.Float32, 4, 64);
        string model = Save(new OnnxBuilder().Input("x", ElementType.Float32, 4, 64).Initializer("w", HostTensor.Of(RandomTensor.Normal(1, 64 * 64, 0, 0.2f), 64, 64)).Initializer("yes", HostTensor.Scalar(true))
            .Initializer("never", HostTensor.Scalar(long.MaxValue)).Initializer("turns", HostTensor.Scalar(300L)).Initializer("v", HostTensor.Of(RandomTensor.Normal(2, 64 * 64), 64, 64)).Node("Loop", ["", "yes", "x"], ["z"], ("body", body)).Node("Add", ["x", "z"], ["s"]).Node("MatMul", ["s", "v"], ["y"]).Output("y", ElementType.Float32, 4, 64));
        (CompressedModel made, DiagnosticBag bag, _) = Compress(model, new CompressionOptions());
        if (isEndless) Assert.Contains("a loop goes on for too long", Assert.Single(bag.All, d => d.Id == "LR2VQ4010").Text, StringComparison.Ordinal);
        else Assert.InRange(made.Meta.Outputs.Single().Mean, 1e-6, OutputGate.Limit);
    }

    [Fact]
    public void IntegersAreOnlyCounted()
    {
        var comparison = new OutputComparison("i", OutputKind.Discrete);
        comparison.Add(new NpyFile(ElementType.Int64, [2], [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]), new NpyFile(ElementType.Int64, [2], [1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]), 0);
        Assert.Equal(0.5, comparison.Result.Agreement);
        Assert.Equal(0, comparison.Judged);
    }

    [Fact]
    public void ValuesThatAreNotFiniteInOneNetworkOnlyAreATotalLoss()
    {
        static NpyFile Of(params float[] values) => new(ElementType.Float32, [values.Length], System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray());
        var masked = new OutputComparison("m", OutputKind.Values);
        masked.Add(Of(1, float.NegativeInfinity), Of(1, float.NegativeInfinity), 1);
        Assert.Equal(0, masked.Judged);
        var lost = new OutputComparison("l", OutputKind.Values);
        lost.Add(Of(1, 2), Of(1, float.NaN), 1);
        Assert.True(lost.Judged >= 1);
    }

    private string Convolutions() => Save(new OnnxBuilder().Input("x", ElementType.Float32, 1, 3, 32, 32)
        .Initializer("first", HostTensor.Of(RandomTensor.Normal(1, 32 * 27, 0, 0.2f), 32, 3, 3, 3)).Initializer("deep", HostTensor.Of(RandomTensor.Normal(2, 32 * 9, 0, 0.3f), 32, 1, 3, 3))
        .Initializer("slope", HostTensor.Of(RandomTensor.Uniform(3, 32), 32, 1, 1)).Initializer("second", HostTensor.Of(RandomTensor.Normal(4, 64 * 32 * 9, 0, 0.1f), 64, 32, 3, 3))
        .Node("Conv", ["x", "first"], ["a"]).Node("Relu", ["a"], ["b"]).Node("Conv", ["b", "deep"], ["c"], ("group", 32)).Node("PRelu", ["c", "slope"], ["d"])
        .Node("Conv", ["d", "second"], ["y"]).Output("y", ElementType.Float32, 1, 64, 26, 26));

    private string Save(OnnxBuilder builder)
    {
        string path = Path.Combine(_folder, Guid.NewGuid().ToString("N") + ".onnx");
        builder.Write(path);
        return path;
    }

    private (CompressedModel Made, DiagnosticBag Bag, byte[] Artifact) Compress(string model, CompressionOptions options)
    {
        DiagnosticBag bag = new();
        string artifact = Path.Combine(_folder, Guid.NewGuid().ToString("N") + ".lr2vq");
        CompressedModel? made = ModelCompressor.Compress(model, artifact, new ModelOptions { Compression = options with { Threads = options.Threads == 0 ? 1 : options.Threads } }, null, bag, default);
        Assert.True(made is not null, string.Join('\n', bag.All.Select(d => d.ToString())));
        return (made, bag, File.ReadAllBytes(artifact));
    }

    private byte[] Exact(string model) => Compress(model, new CompressionOptions { Method = CompressionMethod.Fp32 }).Artifact;

    private static double[] Run(byte[] artifact, HostTensor x)
    {
        using PlanRunner runner = PlanRunner.Load(artifact);
        using ModelSession session = runner.CreateSession();
        session.SetInput(0, x.Values<float>(), x.Shape);
        session.Run();
        return Array.ConvertAll(session.Output<float>(0).ToArray(), v => (double)v);
    }

    private static double Change(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum() / a.Sum(x => x * x));
}
