using System;
using System.IO;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Options;
using Lr2vq.Testing;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Evaluation;

/// <summary>Outputs whose length the data decides: how they are compared, and that builds and tools take them.</summary>
public sealed class FoundOutputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("found").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static NpyFile Rows(params float[] values) => new(ElementType.Float32, [values.Length / 2, 2], [.. values.SelectMany(BitConverter.GetBytes)]);

    [Fact]
    public void HowMuchIsFoundComesFirst()
    {
        OutputComparison found = new("boxes", OutputKind.Values, isFound: true);
        found.Add(Rows(1, 2, 3, 4, 5, 6, 7, 8), Rows(1, 2, 3, 4, 5, 6), usual: 1);
        // Three rows of four; what they stand for is not known.
        Assert.Equal(0.75, found.Result.Agreement);
        Assert.True(double.IsNaN(found.Result.Mean));
        found.Add(Rows(3, 4, 0, 0), Rows(3, 4, 0, 1), usual: 1);
        Assert.Equal(5.0 / 6, found.Result.Agreement!.Value, 6);
        Assert.Equal(0.2, found.Result.Mean, 6);
        OutputComparison nothing = new("boxes", OutputKind.Values, isFound: true);
        nothing.Add(Rows(), Rows(), usual: 1);
        Assert.Equal(1, nothing.Result.Agreement);
    }

    [Fact]
    public void WhatCannotBeComputedHasChangedAltogether()
    {
        OutputComparison fixedOne = new("y", OutputKind.Values);
        fixedOne.Add(Rows(1, 2), Rows(), usual: 1);
        Assert.Equal(1, fixedOne.Result.Mean);
        OutputComparison integers = new("i", OutputKind.Discrete, isFound: true);
        integers.Add(new NpyFile(ElementType.Int64, [2], [.. BitConverter.GetBytes(1L), .. BitConverter.GetBytes(2L)]), new NpyFile(ElementType.Int64, [1], BitConverter.GetBytes(1L)), usual: 1);
        Assert.Equal(0.5, integers.Result.Agreement);
    }

    [Theory]
    [InlineData(null), InlineData(6.0)]
    public void ADetectorIsJudgedByItsBoxesAndScores(double? ratio)
    {
        CompressedModel made = Compress(Detector(), new CompressionOptions { Threads = 1, TargetRatio = ratio });
        OutputChange boxes = made.Meta.Outputs.First(output => output.Name == "taken");
        Assert.InRange(boxes.Mean, 1e-6, ratio is null ? OutputGate.Limit : 0.3);
        Assert.InRange(boxes.Agreement!.Value, 0, 1);
    }

    /// <summary>What is in a branch is no output of its own; what comes in from outside tells how near a choice was.</summary>
    [Fact]
    public void ADetectorThatSuppressesInABranchIsJudgedAsWell()
    {
        OutputChange boxes = Compress(Detector(inBranch: true), new CompressionOptions { Threads = 1 }).Meta.Outputs.First(output => output.Name == "taken"), same = Compress(Detector(), new CompressionOptions { Threads = 1 }).Meta.Outputs.First(output => output.Name == "taken");
        Assert.Equal(same.Mean, boxes.Mean, 1e-4);
        Assert.Equal(same.Agreement!.Value, boxes.Agreement!.Value, 0.02);
    }

    /// <summary>Of what is found, some is found again, and so on: where another number is found at first, nothing of all that can be compared, but what it is found in can.</summary>
    [Fact]
    public void WhatIsFoundInWhatWasFoundIsJudgedByWhatHasALength()
    {
        OnnxBuilder graph = new OnnxBuilder().Input("x", ElementType.Float32, 1, 256).Initializer("w", HostTensor.Of(RandomTensor.Normal(1, 256 * 2048, 0, 0.06f), 256, 2048)).Initializer("flat", HostTensor.Longs(-1)).Initializer("row", HostTensor.Longs(0))
            .Node("MatMul", ["x", "w"], ["y"]).Node("Reshape", ["y", "flat"], ["s0"]);
        for (int i = 0; i < 9; i++)
            graph.Initializer($"least{i}", HostTensor.Scalar(-0.4f + 0.05f * i)).Node("Greater", [$"s{i}", $"least{i}"], [$"above{i}"]).Node("NonZero", [$"above{i}"], [$"found{i}"]).Node("Squeeze", [$"found{i}", "row"], [$"at{i}"]).Node("Gather", [$"s{i}", $"at{i}"], [$"s{i + 1}"]);
        OutputChange found = Compress(graph.Output("s9").Build(), new CompressionOptions { Threads = 1, TargetRatio = 10 }).Meta.Outputs.Single();
        Assert.InRange(found.Agreement!.Value, 0, 0.999);
        Assert.InRange(found.Mean, 1e-3, 0.5);
    }

    /// <summary>A branch that no input takes chooses nothing, before and after.</summary>
    [Fact]
    public void AChoiceThatIsNeverMadeMovesNothing()
    {
        HostTensor Weight(int seed, params int[] shape) => HostTensor.Of(RandomTensor.Normal(seed, shape[0] * shape[1], 0, 0.2f), shape);
        OnnxBuilder chosen = new OnnxBuilder().Node("MatMul", ["a", "v"], ["s"]).Node("ArgMax", ["s"], ["i"], ("axis", 1L), ("keepdims", 0L)).Node("Gather", ["v", "i"], ["p"]).Output("p"), other = new OnnxBuilder().Node("MatMul", ["a", "u"], ["q"]).Output("q");
        byte[] model = new OnnxBuilder().Input("x", ElementType.Float32, 2, 64).Initializer("w", Weight(1, 64, 64)).Initializer("v", Weight(2, 64, 64)).Initializer("u", Weight(3, 64, 64)).Initializer("limit", HostTensor.Scalar(1e9f))
            .Node("MatMul", ["x", "w"], ["a"]).Node("ReduceSum", ["a"], ["sum"], ("keepdims", 0L)).Node("Greater", ["sum", "limit"], ["c"]).Node("If", ["c"], ["y"], ("then_branch", chosen), ("else_branch", other)).Output("y", ElementType.Float32, 2, 64).Build();
        Assert.InRange(Compress(model, new CompressionOptions { Threads = 1 }).Meta.Outputs.Single().Mean, 1e-6, OutputGate.Limit);
    }

    /// <summary>Candidates are put in order, whatever is found; each is compared with what was taken. What counts for more than it takes leaves no runs for the tensors alone.</summary>
    [Fact]
    public void ASuppressionCountsAsTheWorkThatItIs()
    {
        byte[] model = new OnnxBuilder().Input("boxes", ElementType.Float32, 1, 200, 4).Input("scores", ElementType.Float32, 1, 1, 200).Initializer("most", HostTensor.Longs(200)).Initializer("overlap", HostTensor.Scalar(0.5f))
            .Node("NonMaxSuppression", ["boxes", "scores", "most", "overlap"], ["y"]).Output("y", ElementType.Int64, null, 3).Build();
        using ManagedChain chain = ManagedChain.Of(model);
        using PlanRunner runner = PlanRunner.Load(chain.Artifact);
        using ModelSession session = runner.CreateSession();
        double[] work = [.. new[] { 0f, 1f }.Select(apart =>
        {
            GateObserver observer = new(chain.Compressed.Plan, default);
            session.Observer = observer;
            session.SetInput<float>(0, [.. Enumerable.Range(0, 800).Select(i => (i % 4 < 2 ? 0 : 1) + apart * (i / 4))], [1, 200, 4]);
            session.SetInput<float>(1, new float[200], [1, 1, 200]);
            session.Run();
            return observer.Work;
        })];
        Assert.Equal(200 * 199, work[1] - work[0]);
        Assert.InRange(work[0] / 200, 100, 10_000);
    }

    [Fact]
    public void ToolsRunAndExportADetector()
    {
        string onnx = Path.Combine(_folder, "detector.onnx"), artifact = Path.Combine(_folder, "detector.lr2vq"), input = Path.Combine(_folder, "x.npy"), exported = Path.Combine(_folder, "exported.onnx");
        File.WriteAllBytes(onnx, SmallModels.Bytes("detector"));
        HostTensor x = RandomTensor.Floats(3, -4f, 4f, 1, 20, 6);
        using (FileStream file = File.Create(input)) new NpyFile(x.Type, x.Shape, x.Bytes).Write(file);
        Assert.Equal(0, ToolRunner.Run("compress", onnx, "-o", artifact, "--preset", "Lossless").Code);
        ToolRun run = ToolRunner.Run("run", artifact, "--input", "x=" + input, "-o", _folder);
        Assert.True(run.Code == 0, run.Error);
        HostTensor[] expected = OrtOracle.Run(File.ReadAllBytes(onnx), ("x", x));
        Assert.Equal(expected[2].Bytes, HostTensor.ReadNpy(Path.Combine(_folder, "at.npy")).Bytes);
        Assert.Equal(0, ToolRunner.Run("export", artifact, "-o", exported).Code);
        HostTensor[] same = OrtOracle.Run(File.ReadAllBytes(exported), ("x", x));
        for (int i = 0; i < same.Length; i++) Tolerance.OfLargest(1e-5).Check(expected[i], same[i], $"output {i}");
        ToolRun inspected = ToolRunner.Run("inspect", artifact);
        Assert.Equal(0, inspected.Code);
    }

    /// <summary>Nothing is found among nothing: outputs are empty.</summary>
    [Fact]
    public void ToolsTellThatNothingWasFound()
    {
        string onnx = Path.Combine(_folder, "detector.onnx"), input = Path.Combine(_folder, "x.npy");
        File.WriteAllBytes(onnx, new OnnxBuilder().Input("x", ElementType.Float32, 1, 4).Node("NonZero", ["x"], ["at"]).Node("Cast", ["at"], ["y"], ("to", 1)).Output("y").Build());
        using (FileStream file = File.Create(input)) new NpyFile(ElementType.Float32, [1, 4], new byte[16]).Write(file);
        ToolRun run = ToolRunner.Run("run", onnx, "--input", "x=" + input);
        Assert.True(run.Code == 0, run.Error);
        Assert.Matches(@"\b2\D{1,3}0\b", run.Output);
        Assert.Equal(0, ToolRunner.Run("run", onnx, "--input", "x=" + input, "--json").Code);
    }

    private CompressedModel Compress(byte[] model, CompressionOptions options)
    {
        string onnx = Path.Combine(_folder, "model.onnx");
        File.WriteAllBytes(onnx, model);
        DiagnosticBag bag = new();
        CompressedModel? made = ModelCompressor.Compress(onnx, Path.Combine(_folder, "model.lr2vq"), new ModelOptions { Compression = options }, null, bag, default);
        Assert.True(made is not null, string.Join('\n', bag.All));
        return made;
    }

    /// <summary>Convolutions over a picture, boxes and scores of its places, and what overlaps least.</summary>
    private static byte[] Detector(bool inBranch = false)
    {
        OnnxBuilder none = new OnnxBuilder().Constant("no", HostTensor.Of(Array.Empty<long>(), 0, 3)).Output("no"), some = Suppress(new OnnxBuilder(), "kept").Output("kept");
        static OnnxBuilder Suppress(OnnxBuilder graph, string to) => graph.Node("NonMaxSuppression", ["boxes", "scores", "most", "overlap", "least"], [to]);
        HostTensor Weight(int seed, float size, params int[] shape) => HostTensor.Of(RandomTensor.Normal(seed, shape.Aggregate(1, (a, b) => a * b), 0, size), shape);
        OnnxBuilder graph = new OnnxBuilder().Input("image", ElementType.Float32, 1, 3, 64, 64)
            .Initializer("w1", Weight(1, 0.2f, 32, 3, 3, 3)).Initializer("w2", Weight(2, 0.06f, 64, 32, 3, 3)).Initializer("wb", Weight(3, 0.1f, 4, 64, 1, 1)).Initializer("ws", Weight(4, 0.3f, 3, 64, 1, 1))
            .Initializer("bshape", HostTensor.Longs(1, 4, -1)).Initializer("sshape", HostTensor.Longs(1, 3, -1)).Initializer("most", HostTensor.Longs(20)).Initializer("overlap", HostTensor.Scalar(0.3f))
            .Initializer("least", HostTensor.Scalar(0.5f)).Initializer("two", HostTensor.Scalar(2L)).Initializer("rows", HostTensor.Longs(-1, 4))
            .Node("Conv", ["image", "w1"], ["a"], ("strides", new[] { 2, 2 })).Node("Relu", ["a"], ["b"]).Node("Conv", ["b", "w2"], ["c"], ("strides", new[] { 2, 2 })).Node("Relu", ["c"], ["d"])
            .Node("Conv", ["d", "wb"], ["e"]).Node("Reshape", ["e", "bshape"], ["f"]).Node("Transpose", ["f"], ["boxes"], ("perm", new[] { 0, 2, 1 }))
            .Node("Conv", ["d", "ws"], ["g"]).Node("Reshape", ["g", "sshape"], ["h"]).Node("Sigmoid", ["h"], ["scores"]);
        if (!inBranch) Suppress(graph, "found");
        else graph.Node("Greater", ["scores", "least"], ["above"]).Node("NonZero", ["above"], ["sure"]).Node("Size", ["sure"], ["count"]).Initializer("zero", HostTensor.Scalar(0L)).Node("Equal", ["count", "zero"], ["empty"])
            .Node("If", ["empty"], ["found"], ("then_branch", none), ("else_branch", some));
        return graph.Node("Gather", ["found", "two"], ["places"], ("axis", 1))
            .Node("Gather", ["boxes", "places"], ["picked"], ("axis", 1)).Node("Reshape", ["picked", "rows"], ["taken"])
            .Output("taken", ElementType.Float32, null, 4).Output("found", ElementType.Int64, null, 3).Build();
    }
}
