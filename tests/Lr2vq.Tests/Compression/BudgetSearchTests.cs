using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Metrics;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>How a size without data is shared out among tensors, by a gate whose change is known in closed form.</summary>
public sealed class BudgetSearchTests
{
    private static readonly MemoryWeight[] s_network = MemoryWeight.Network();

    [Theory]
    [InlineData("block1")]
    [InlineData("block2")]
    public void TheTensorThatMattersGetsTheFinestStep(string sensitive)
    {
        var gate = new WeightedGate(s_network, name => name == sensitive ? 1000 : 1);
        CompressionResult shared = Compress(new CompressionOptions { TargetRatio = 8, Threads = 1 }, gate), uniform = Compress(new CompressionOptions { TargetRatio = 8, Threads = 1 }, null);
        Assert.InRange(shared.FileBytes, 0.97 * Budget(8), Budget(8));
        TensorReport own = shared.Reports.Single(r => r.Identity.Name == sensitive);
        Assert.All(shared.Reports.Where(r => r.Step > 0 && r != own), other => Assert.True(other.Step > 4 * own.Step, $"{other.Identity.Name} has {other.Step}, {sensitive} {own.Step}"));
        Assert.True(gate.Measure(shared.Tensors).Share < 0.6 * gate.Measure(uniform.Tensors).Share);
    }

    [Fact]
    public void SmallTensorsAreInTheTrade()
    {
        // What changes nothing needs no int8, what changes everything wants more than that.
        CompressionResult careless = Compress(new CompressionOptions { TargetRatio = 8, Threads = 1 }, new WeightedGate(s_network, name => name == "depthwise" ? 1e-4 : 100));
        Assert.Equal(CompressionMethod.TcEcsq, careless.Reports.Single(r => r.Identity.Name == "depthwise").Method);
        TensorReport careful = Compress(new CompressionOptions { TargetRatio = 8, Threads = 1 }, new WeightedGate(s_network, name => name == "depthwise" ? 1e6 : 1)).Reports.Single(r => r.Identity.Name == "depthwise");
        Assert.True(careful.RelativeError < 1e-6);
    }

    [Fact]
    public void WhereOutputsKeepAllGetTheSameStep()
    {
        CompressionResult kept = Compress(new CompressionOptions { TargetRatio = 8, Threads = 1 }, new WeightedGate(s_network, _ => 1e-9));
        Assert.Equal(Compress(new CompressionOptions { TargetRatio = 8, Threads = 1 }, null).Tensors.Select(t => t.Codes), kept.Tensors.Select(t => t.Codes));
    }

    [Fact]
    public void TinyStopsWhereTheAnswersAreGoneAndSaysSo()
    {
        DiagnosticBag bag = new();
        var gate = new WeightedGate(s_network, _ => 40_000);
        CompressionResult stopped = Compress(new CompressionOptions { Preset = Preset.Tiny, Threads = 1 }, gate, bag);
        Assert.InRange(gate.Measure(stopped.Tensors).Share, 4, 8);
        Assert.True(stopped.FileBytes > 1.05 * Budget(10));
        Assert.Contains(bag.All, d => d.Definition == DiagnosticCatalogue.TinyStopped);
        bag = new();
        Assert.InRange(Compress(new CompressionOptions { Preset = Preset.Tiny, Threads = 1 }, new WeightedGate(s_network, _ => 1), bag).FileBytes, 0.97 * Budget(10), Budget(10));
        Assert.DoesNotContain(bag.All, d => d.Definition == DiagnosticCatalogue.TinyStopped);
    }

    [Theory]
    [InlineData("svd", "block1", 8)]
    [InlineData("svd", "block2", 12)]
    [InlineData("qswd", "block1", 14)]
    [InlineData("uniform", "pointwise", 6)]
    [InlineData("kmeans", "pointwise", 7)]
    public void MethodsWithoutAStepAreSharedOutToo(string word, string sensitive, double ratio)
    {
        CompressionOptions options = new() { Method = OptionValues.Methods.First(m => m.Word == word).Value!.Value, TargetRatio = ratio, Threads = 1 };
        var gate = new WeightedGate(s_network, name => name == sensitive ? 300 : 1);
        CompressionResult shared = Compress(options, gate), same = Compress(options, null);
        Assert.True(shared.FileBytes <= Budget(ratio));
        TensorReport own = shared.Reports.Single(r => r.Identity.Name == sensitive), before = same.Reports.Single(r => r.Identity.Name == sensitive);
        Assert.True(own.RelativeError < 0.9 * before.RelativeError, $"{own.RelativeError} instead of {before.RelativeError}");
        Assert.True(gate.Measure(shared.Tensors).Share < 0.97 * gate.Measure(same.Tensors).Share);
        Assert.Equal(own.Method, before.Method);
    }

    /// <summary>Then all layers get about as much finer, and the build says why.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public void WhatIsNotMeasuredTensorByTensorIsTold(bool isDear)
    {
        DiagnosticBag bag = new();
        Compress(new CompressionOptions { Threads = 1 }, new WeightedGate(s_network, _ => 100_000) { IsDear = isDear }, bag);
        Assert.Equal(isDear, Assert.Single(bag.All, d => d.Definition == DiagnosticCatalogue.SizeHeld).Text.Contains("'y' (what each layer does alone takes too long to measure)", StringComparison.Ordinal));
    }

    private static long Original => 1000 + s_network.Sum(w => 4 * w.Length + 50);

    private static long Budget(double ratio) => (long)(Original / ratio);

    private static CompressionResult Compress(CompressionOptions options, IOutputGate? gate, DiagnosticBag? bag = null) => Compressor.Compress(s_network, options,
        lengths => 500 + lengths.Sum(l => 60 + l.Payload), Original, null, bag ?? new DiagnosticBag(), default, gate);

    /// <summary>The square of the share is the sum of the tensors' relative errors, each in proportion to its weights and a factor of its own.</summary>
    private sealed class WeightedGate(MemoryWeight[] network, Func<string, double> factor) : IOutputGate
    {
        public bool IsDear { get; init; }

        private double Of(int index, EncodedTensor tensor)
        {
            if (network[index].Identity.Role == WeightRole.Bias) return 0;
            (double error, double energy, _) = Verification.Compare(network[index], tensor);
            return factor(network[index].Identity.Name) * network[index].Length / 1000.0 * error / energy;
        }

        public IReadOnlyList<OutputChange> Unmeasured => [];

        public OutputMeasure Measure(IReadOnlyList<EncodedTensor> tensors)
        {
            double share = Math.Sqrt(tensors.Select((t, i) => Of(i, t)).Sum());
            return new OutputMeasure([new OutputChange("y") { Mean = 0.03 * share }], [share], [0.03]);
        }

        public double[]? MeasureAlone(IReadOnlyList<int> tensors, IReadOnlyList<int[]> readers, IReadOnlyList<EncodedTensor> encoded) => IsDear ? null : [.. tensors.Select(i => Of(i, encoded[i]))];
    }
}
