using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Allocation;
using Lr2vq.Compression.Metrics;
using Lr2vq.Plans;
using Lr2vq.Tests.Codecs;
using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>How ranks are chosen together, by a loss whose value is known in closed form.</summary>
public sealed class JointSearchTests
{
    private const int ExactRank = 6;

    // A weight of rank 6, one whose spectrum falls fast, and one that is white.
    private static readonly MemoryWeight[] s_network =
    [
        Product("exact", 64, 80, component => component < ExactRank ? 1 : 0),
        Product("falling", 60, 70, component => Math.Pow(0.8, component)),
        Product("white", 64, 64, _ => 1),
        MemoryWeight.Bias("bias", 64, 9),
    ];

    [Fact]
    public void LosslessRemovesExactlyTheZeros()
    {
        // Rounding costs nothing, any missing component does.
        var loss = new WeightedLoss(s_network, error => Math.Max(0, error - 0.002));
        (CompressionResult result, JointResult found) = Search(loss, isCompact: false, null, 0, k: 256);
        Assert.Equal(loss.Original.Loss, found.Loss.Loss, 1e-9);
        Assert.Equal(ExactRank, RankOf(result, "exact"));
        Assert.Null(RankOf(result, "white"));
        double[] spectrum = [.. Enumerable.Range(0, 60).Select(c => Math.Pow(0.8, 2 * c))];
        // The menu has half octaves.
        Assert.InRange(RankOf(result, "falling")!.Value, Enumerable.Range(1, 59).First(r => spectrum.Skip(r).Sum() / spectrum.Sum() < 0.002), 32);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheLossStaysWithinItsBoundThereAndOnSamplesHeldOut(bool isCompact)
    {
        // Errors of one weight help, those of the others hurt, on held-out samples more so.
        var loss = new WeightedLoss(s_network, error => error, name => name == "white" ? -0.5 : 1) { HeldOutFactor = name => name == "falling" ? 20 : 1 };
        (CompressionResult result, JointResult found) = Search(loss, isCompact, null, 0);
        Assert.True(found.Loss.Loss <= loss.Original.Loss + 1e-9);
        Assert.True(found.HeldOut.Loss <= loss.OriginalHeldOut.Loss + 1e-9);
        Assert.NotNull(RankOf(result, "white"));
    }

    [Fact]
    public void CompactIsNoLargerThanLosslessAndUsesItsTolerance()
    {
        var loss = new WeightedLoss(s_network, error => error, name => name == "white" ? -0.02 : 1);
        long lossless = Search(loss, isCompact: false, null, 0).Result.FileBytes, compact = Search(loss, isCompact: true, null, 0).Result.FileBytes;
        (CompressionResult tolerant, JointResult found) = Search(loss, isCompact: true, null, 0.05);
        Assert.True(compact <= lossless);
        Assert.True(tolerant.FileBytes < compact);
        Assert.InRange(found.Loss.Loss, loss.Original.Loss + 0.005, loss.Original.Loss + 0.05 + 1e-9);
    }

    [Theory]
    [InlineData(false, 6)]
    [InlineData(true, 6)]
    [InlineData(false, 14)]
    [InlineData(true, 14)]
    public void ASizeIsMetAndSharedOutByWhatWeightsDo(bool isCompact, double ratio)
    {
        long bytes = (long)(4 * s_network.Sum(w => w.Length) / ratio);
        var even = new WeightedLoss(s_network, error => error);
        (CompressionResult result, JointResult found) = Search(even, isCompact, bytes, 0);
        Assert.InRange(result.FileBytes, 0.8 * bytes, bytes);
        // The same rank for all is worse.
        Assert.True(found.Loss.Distance < even.Measure(SameRanks(bytes)).Distance);
        var careful = new WeightedLoss(s_network, error => error, name => name == "white" ? 300 : 1);
        Assert.True(ErrorOf(Search(careful, isCompact, bytes, 0).Result, "white") <= ErrorOf(result, "white"));
    }

    [Fact]
    public void WhatIsOutOfReachComesAsSmallAsItGets()
    {
        var loss = new WeightedLoss(s_network, error => error);
        CompressionResult result = Search(loss, isCompact: false, 100, 0).Result;
        Assert.All(s_network.Where(w => w.Identity.Name != "bias"), w => Assert.InRange(RankOf(result, w.Identity.Name)!.Value, 1, 3));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GradientsSpareMeasuringAndKeepTheBound(bool isCompact)
    {
        var loss = new LinearLoss(s_network, curvature: 0.0005);
        (CompressionResult result, JointResult found) = Search(loss, isCompact, null, 0);
        Assert.True(found.Loss.Loss <= loss.Original.Loss + 1e-9);
        Assert.True(found.Factored > 0);
        Assert.True(result.FileBytes < 2 * s_network.Sum(w => w.Length));
        // Three probes for each weight and pass.
        Assert.InRange(loss.Trials, 1, 3 * 3 * 4);
        var blind = new LinearLoss(s_network, curvature: 0.0005) { KnowsGradients = false };
        JointResult measured = Search(blind, isCompact, null, 0).Found;
        Assert.True(blind.Trials > 2 * loss.Trials);
        Assert.True(measured.Loss.Loss <= loss.Original.Loss + 1e-9);
    }

    private static (CompressionResult Result, JointResult Found) Search(IJointLoss loss, bool isCompact, long? bytes, double tolerance, int? k = null)
    {
        CompressionOptions options = new() { Method = isCompact ? CompressionMethod.JointCompact : CompressionMethod.Joint, K = k, Threads = 1 };
        var run = new CompressionRun(s_network, PresetRules.Decide(options, s_network), options, lengths => lengths.Sum(l => l.Payload), null, default);
        JointResult found = new JointSearch(run, loss, new Workers(1, default), isCompact, bytes is not null, _ => { }).Run(bytes, tolerance);
        return (run.Result(0), found);
    }

    private static EncodedTensor[] SameRanks(long bytes)
    {
        CompressionOptions options = new() { Method = CompressionMethod.Svd, Threads = 1, Step = 0.125 };
        for (int rank = 60; ; rank--)
        {
            CompressionOptions own = options with { D = new ClusteringDimensionality(rank) };
            var run = new CompressionRun(s_network, PresetRules.Decide(own, s_network), own, lengths => lengths.Sum(l => l.Payload), null, default);
            run.EncodeFixed();
            if (run.FileBytes <= bytes) return run.Tensors;
        }
    }

    private static int? RankOf(CompressionResult result, string name) => result.Reports.Single(r => r.Identity.Name == name) is { Method: CompressionMethod.Joint or CompressionMethod.JointCompact, D: var rank } ? rank : null;

    private static double ErrorOf(CompressionResult result, string name) => result.Reports.Single(r => r.Identity.Name == name).RelativeError;

    private static MemoryWeight Product(string name, int rows, int columns, Func<int, double> size)
    {
        Matrix<double> Basis(int side, int seed) => Matrix<double>.Build.DenseOfRowMajor(side, side, CodecCases.Weights(side, side, seed).Select(v => (double)v)).QR().Q;
        Matrix<double> left = Basis(rows, 1), right = Basis(columns, 2);
        float[] weights = new float[rows * columns];
        for (int c = 0; c < Math.Min(rows, columns); c++)
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < columns; j++) weights[i * columns + j] += (float)(size(c) * left[i, c] * right[j, c]);
        return new MemoryWeight(new TensorIdentity(name, WeightRole.Gemm, ElementType.Float32, [rows, columns], 1), weights);
    }

    /// <summary>2 + Σ factor · of(relative error).</summary>
    private sealed class WeightedLoss(MemoryWeight[] weights, Func<double, double> of, Func<string, double>? factor = null) : IJointLoss
    {
        public Func<string, double> HeldOutFactor { get; init; } = _ => 1;

        public AnswerLoss Original => new(2, 0);

        public AnswerLoss OriginalHeldOut => new(3, 0);

        public AnswerLoss Measure(IReadOnlyList<EncodedTensor> tensors) => Of(2, weights.Select((_, i) => Part(i, tensors[i])).Sum());

        public AnswerLoss MeasureHeldOut(IReadOnlyList<EncodedTensor> tensors) => Of(3, weights.Select((w, i) => HeldOutFactor(w.Identity.Name) * Part(i, tensors[i])).Sum());

        public (AnswerLoss Base, AnswerLoss[] Each) MeasureEach(IReadOnlyList<EncodedTensor> tensors, IReadOnlyList<(int Weight, EncodedTensor Tensor)> others)
        {
            double all = weights.Select((_, i) => Part(i, tensors[i])).Sum();
            return (Of(2, all), [.. others.Select(o => Of(2, all - Part(o.Weight, tensors[o.Weight]) + Part(o.Weight, o.Tensor)))]);
        }

        public float[]?[]? Gradients(IReadOnlyList<EncodedTensor>? tensors) => null;

        private double Part(int weight, EncodedTensor tensor)
        {
            (double error, double energy, _) = Verification.Compare(weights[weight], tensor);
            return (factor?.Invoke(weights[weight].Identity.Name) ?? 1) * of(error / energy);
        }

        private static AnswerLoss Of(double start, double change) => new(start + change, Math.Abs(change));
    }

    /// <summary>2 + Σ ⟨g, ŵ − w⟩ + curvature·½·‖ŵ − w‖², with a fixed g for each weight.</summary>
    private sealed class LinearLoss(MemoryWeight[] weights, double curvature) : IJointLoss
    {
        private readonly float[][] _gradients = [.. weights.Select((w, i) => w.Canonical.Select((v, k) => (i % 2 == 0 ? 0.002f : -0.001f) * v + 0.0005f * MathF.Sin(k)).ToArray())];

        public bool KnowsGradients { get; init; } = true;

        public int Trials { get; private set; }

        public AnswerLoss Original => new(2, 0);

        public AnswerLoss OriginalHeldOut => new(2, 0);

        public AnswerLoss Measure(IReadOnlyList<EncodedTensor> tensors) => new(2 + weights.Select((_, i) => Part(i, tensors[i])).Sum(), 0);

        public AnswerLoss MeasureHeldOut(IReadOnlyList<EncodedTensor> tensors) => Measure(tensors);

        public (AnswerLoss Base, AnswerLoss[] Each) MeasureEach(IReadOnlyList<EncodedTensor> tensors, IReadOnlyList<(int Weight, EncodedTensor Tensor)> others)
        {
            Trials += others.Count;
            double all = Measure(tensors).Loss;
            return (new(all, 0), [.. others.Select(o => new AnswerLoss(all - Part(o.Weight, tensors[o.Weight]) + Part(o.Weight, o.Tensor), 0))]);
        }

        public float[]?[]? Gradients(IReadOnlyList<EncodedTensor>? tensors) => !KnowsGradients ? null : [.. weights.Select((w, i) =>
        {
            float[] now = tensors is null ? w.Canonical : Verification.Decode(tensors[i]);
            return (float[]?)[.. _gradients[i].Select((g, k) => (float)(g + curvature * (now[k] - w.Canonical[k])))];
        })];

        private double Part(int weight, EncodedTensor tensor)
        {
            float[] now = Verification.Decode(tensor), then = weights[weight].Canonical;
            double sum = 0;
            for (int k = 0; k < now.Length; k++) sum += _gradients[weight][k] * (double)(now[k] - then[k]) + 0.5 * curvature * ((double)now[k] - then[k]) * (now[k] - then[k]);
            return sum;
        }
    }
}
