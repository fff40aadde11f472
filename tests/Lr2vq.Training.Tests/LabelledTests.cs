using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.FineTuning;
using Lr2vq.Options;
using Lr2vq.Testing;
using Lr2vq.Training.FineTuning;
using Xunit;

namespace Lr2vq.Training.Tests;

/// <summary>Training a network's own weights with labels, from the options to the .onnx, which ONNX Runtime runs.</summary>
public sealed class LabelledTests(ITestOutputHelper output) : IDisposable
{
    private const int Classes = 4, Samples = 160, Side = 8;

    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-train").FullName;

    /// <summary>The measure that the tool tells is that of the file, run by ONNX Runtime, and the graph is the given one.</summary>
    [Theory]
    [InlineData("conv")]
    [InlineData("shared")]
    [InlineData("matmul")]
    [InlineData("probabilities")]
    [InlineData("twice")]
    public void A_trained_network_answers_as_it_was_trained(string kind)
    {
        Torch.Require();
        (TrainedNetwork? trained, DiagnosticBag bag) = Train(kind, "out.onnx");
        Assert.True(trained is not null, string.Join('\n', bag.All));
        output.WriteLine($"{trained}");
        Assert.True(trained.After.Loss < 0.7 * trained.Before.Loss, $"{trained}");
        (double loss, double right) = Oracle(Path.Combine(_folder, "out.onnx"), kind == "probabilities");
        Assert.InRange(loss, trained.After.Loss * (1 - 1e-4) - 1e-5, trained.After.Loss * (1 + 1e-4) + 1e-5);
        Assert.Equal(right, trained.After.Right, 6);
        (double before, _) = Oracle(Path.Combine(_folder, kind + ".onnx"), kind == "probabilities");
        Assert.InRange(before, trained.Before.Loss * (1 - 1e-4) - 1e-5, trained.Before.Loss * (1 + 1e-4) + 1e-5);
        Assert.Equal(Nodes(Path.Combine(_folder, kind + ".onnx")), Nodes(Path.Combine(_folder, "out.onnx")));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes()
    {
        Torch.Require();
        Train("conv", "one.onnx");
        Train("conv", "two.onnx");
        Train("conv", "other.onnx", ["Seed=1"]);
        byte[] one = File.ReadAllBytes(Path.Combine(_folder, "one.onnx"));
        Assert.Equal(one, File.ReadAllBytes(Path.Combine(_folder, "two.onnx")));
        Assert.NotEqual(one, File.ReadAllBytes(Path.Combine(_folder, "other.onnx")));
    }

    /// <summary>Collections free what libtorch still reads, where nothing keeps finalizers away.</summary>
    [Fact]
    public void Collections_during_steps_change_nothing()
    {
        Torch.Require();
        Train("conv", "still.onnx");
        using CancellationTokenSource end = new();
        Thread collector = new(() =>
        {
            while (!end.IsCancellationRequested)
            {
                GC.KeepAlive(new byte[1 << 16]);
                GC.Collect(0);
                Thread.Sleep(1);
            }
        });
        collector.Start();
        try
        {
            (TrainedNetwork? trained, DiagnosticBag bag) = Train("conv", "busy.onnx");
            Assert.True(trained is not null, string.Join('\n', bag.All));
        }
        finally
        {
            end.Cancel();
            collector.Join();
        }
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "still.onnx")), File.ReadAllBytes(Path.Combine(_folder, "busy.onnx")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(30)]
    public void A_training_that_was_cut_goes_on(int cut)
    {
        Torch.Require();
        Train("conv", "whole.onnx");
        string checkpoint = Path.Combine(_folder, "checkpoint");
        using CancellationTokenSource stop = new();
        int steps = 0;
        (TrainedNetwork? first, _) = Train("conv", "part.onnx", [], checkpoint, () => { if (++steps == cut) stop.Cancel(); }, stop.Token);
        Assert.Equal((TrainingStop.Cancelled, cut), (first!.Stop, first.Steps));
        Assert.True(File.Exists(checkpoint));
        Assert.Equal(first.IsWritten, File.Exists(Path.Combine(_folder, "part.onnx")));
        (TrainedNetwork? rest, DiagnosticBag bag) = Train("conv", "rest.onnx", [], checkpoint);
        Assert.True(rest is not null, string.Join('\n', bag.All));
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "whole.onnx")), File.ReadAllBytes(Path.Combine(_folder, "rest.onnx")));
        Assert.False(File.Exists(checkpoint));
    }

    [Fact]
    public void A_weight_that_two_products_share_stays()
    {
        Torch.Require();
        (TrainedNetwork? trained, DiagnosticBag bag) = Train("tied", "out.onnx");
        Assert.True(trained is not null, string.Join('\n', bag.All));
        Assert.Contains("both", Assert.Single(bag.All, d => d.Id == "LR2VQ4123").Text, StringComparison.Ordinal);
        (double loss, _) = Oracle(Path.Combine(_folder, "out.onnx"), false);
        Assert.InRange(loss, trained.After.Loss * (1 - 1e-4), trained.After.Loss * (1 + 1e-4));
    }

    [Fact]
    public void A_class_beyond_those_of_the_network_is_refused()
    {
        Torch.Require();
        (TrainedNetwork? trained, DiagnosticBag bag) = Train("three", "out.onnx");
        Assert.Null(trained);
        Assert.Equal("LR2VQ4122", Assert.Single(bag.All, d => d.Severity == DiagnosticSeverity.Error).Id);
        Assert.False(File.Exists(Path.Combine(_folder, "out.onnx")));
    }

    [Fact]
    public void A_network_without_classes_is_refused()
    {
        Torch.Require();
        (TrainedNetwork? trained, DiagnosticBag bag) = Train("map", "out.onnx");
        Assert.Null(trained);
        Assert.Equal("LR2VQ4121", Assert.Single(bag.All, d => d.Severity == DiagnosticSeverity.Error).Id);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private (TrainedNetwork? Trained, DiagnosticBag Bag) Train(string kind, string to, string[]? options = null, string? checkpoint = null, Action? step = null, CancellationToken cancellation = default)
    {
        string path = Path.Combine(_folder, kind + ".onnx"), data = Path.Combine(_folder, "data.npy"), labels = Path.Combine(_folder, "labels.npy");
        File.WriteAllBytes(path, Network(kind));
        HostTensor.Of(Pictures(), Samples, 3, Side, Side).WriteNpy(data);
        HostTensor.Of(Labels(), Samples).WriteNpy(labels);
        DiagnosticBag bag = new();
        ModelOptions chosen = OptionParser.Parse([.. (options ?? []).Select(o => o.Split('=')).Select(o => new KeyValuePair<string, string>(o[0], o[1])), new("CalibrationData", data), new("CalibrationLabels", labels)], null, bag);
        Assert.False(bag.HasErrors, string.Join('\n', bag.All));
        NetworkTraining training = new(path, Path.Combine(_folder, to), chosen with { Compression = chosen.Compression with { Threads = 1 } })
        {
            Epochs = 8, Batch = 32, LearningRate = 2e-2, Shift = 1, Mirror = false, Checkpoint = checkpoint,
        };
        return (new FineTuner([]).Train(training, new Steps(step), bag, cancellation), bag);
    }

    /// <summary>Cross-entropy and right answers of ONNX Runtime on the fifth that is held out.</summary>
    private static (double Loss, double Right) Oracle(string path, bool areProbabilities)
    {
        float[] pictures = Pictures();
        long[] labels = Labels();
        int[] heldOut = [.. Enumerable.Range(0, Samples).Where(i => (i + 1) % 5 == 0)];
        float[] chosen = [.. heldOut.SelectMany(i => pictures.AsSpan(i * 3 * Side * Side, 3 * Side * Side).ToArray())];
        float[] scores = OrtOracle.Run(path, ("image", HostTensor.Of(chosen, heldOut.Length, 3, Side, Side)))[0].Values<float>().ToArray();
        double loss = 0;
        int right = 0;
        for (int r = 0; r < heldOut.Length; r++)
        {
            float[] row = scores[(r * Classes)..((r + 1) * Classes)];
            int label = (int)labels[heldOut[r]];
            loss += areProbabilities ? -Math.Log(row[label]) : Math.Log(row.Sum(v => Math.Exp(v))) - row[label];
            if (Array.IndexOf(row, row.Max()) == label) right++;
        }
        return (loss / heldOut.Length, (double)right / heldOut.Length);
    }

    private static string[] Nodes(string path)
    {
        using Onnx.OnnxModel model = ModelCompressor.Open(path, new Dictionary<string, long>(), new DiagnosticBag())!;
        return [.. model.Graph.Nodes.Select(n => $"{n.OpType} {n.Name} {n.Outputs[0]}")];
    }

    private static long[] Labels() => [.. Enumerable.Range(0, Samples).Select(i => (long)(i * 7 / 3 % Classes))];

    /// <summary>Each class is a wave of its own, in noise.</summary>
    private static float[] Pictures()
    {
        Random random = new(3);
        long[] labels = Labels();
        float[] values = new float[Samples * 3 * Side * Side];
        for (int i = 0; i < values.Length; i++)
        {
            int place = i % (Side * Side), picture = i / (3 * Side * Side);
            values[i] = (float)(Math.Sin(0.9 * (labels[picture] % 2 == 0 ? place / Side : place % Side) * (1 + labels[picture] / 2)) + 1.2 * (random.NextDouble() - 0.5));
        }
        return values;
    }

    private static byte[] Network(string kind)
    {
        int classes = kind == "three" ? 3 : Classes;
        OnnxBuilder builder = new OnnxBuilder(13).Input("image", ElementType.Float32, "N", 3, Side, Side)
            .Initializer("stem", RandomTensor.Floats(1, -0.4f, 0.4f, 16, 3, 3, 3)).Initializer("both", kind == "tied" ? RandomTensor.Floats(2, -0.4f, 0.4f, 16, 16, 1, 1) : RandomTensor.Floats(2, -0.2f, 0.2f, 16, 16, 3, 3))
            .Initializer("gamma", HostTensor.Of<float>([.. Enumerable.Range(0, 16).Select(i => i == 3 ? 0 : i == 5 ? -0.7f : 1f)], 16)).Initializer("beta", RandomTensor.Floats(3, -0.1f, 0.1f, 16))
            .Initializer("mean", RandomTensor.Floats(4, -0.2f, 0.2f, 16)).Initializer("variance", RandomTensor.Floats(5, 0.5f, 1.5f, 16))
            .Initializer("bias", RandomTensor.Floats(6, -0.1f, 0.1f, 16));
        long[] pads = [1, 1, 1, 1], inner = kind == "tied" ? [0, 0, 0, 0] : pads;
        string[] norm = ["gamma", "beta", "mean", "variance"];
        builder.Node("Conv", ["image", "stem", "bias"], ["c"], ("pads", pads), ("strides", new long[] { 2, 2 })).Node("BatchNormalization", ["c", .. norm], ["n"]).Node("Relu", ["n"], ["x"]);
        if (kind is "shared" or "tied" or "twice") builder.Node("Conv", ["x", "both"], ["d"], ("pads", inner)).Node("BatchNormalization", ["d", .. norm], ["m"]).Node("Relu", ["m"], ["u"]);
        if (kind is "tied" or "twice")
            builder.Initializer("gamma2", RandomTensor.Floats(9, 0.5f, 1.5f, 16)).Node("Conv", ["u", "both"], ["e"], ("pads", inner)).Node("BatchNormalization", ["e", "gamma2", "beta", "mean", "variance"], ["f"]).Node("Add", ["f", "x"], ["g"]);
        string last = kind switch { "shared" => "u", "tied" or "twice" => "g", _ => "x" };
        if (kind == "map") return builder.Node("Sigmoid", ["x"], ["y"]).Output("y", ElementType.Float32, "N", 16, Side / 2, Side / 2).Build();
        builder.Node("GlobalAveragePool", [last], ["p"]).Node("Flatten", ["p"], ["q"]).Initializer("fc", RandomTensor.Floats(7, -0.3f, 0.3f, classes, 16)).Initializer("fcb", RandomTensor.Floats(8, -0.1f, 0.1f, classes));
        if (kind == "matmul") builder.Node("Transpose", ["fc"], ["t"], ("perm", new long[] { 1, 0 })).Node("MatMul", ["q", "t"], ["o"]).Node("Add", ["o", "fcb"], ["y"]);
        else builder.Node("Gemm", ["q", "fc", "fcb"], [kind == "probabilities" ? "o" : "y"], ("transB", 1L));
        if (kind == "probabilities") builder.Node("Softmax", ["o"], ["y"], ("axis", 1L));
        return builder.Output("y", ElementType.Float32, "N", classes).Build();
    }

    private sealed class Steps(Action? step) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value)
        {
            if (value.Stage.StartsWith("epoch", StringComparison.Ordinal)) step?.Invoke();
        }
    }
}
