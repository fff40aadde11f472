using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>d̃ where samples choose the codes.</summary>
public sealed class TrainedDimensionsTests
{
    [Fact]
    public void AnOpenDimensionalityIsThatOfRuleT()
    {
        (CompressionResult result, DiagnosticBag bag) = Compress(new() { K = 64 });
        TensorReport[] nines = [.. result.Reports.Where(r => r.Method == CompressionMethod.Lr2vq && r.M == 9)], fours = [.. result.Reports.Where(r => r.Method == CompressionMethod.Lr2vq && r.M == 4)];
        TrainedDimensions.Codebook[] own = [.. nines.Select(r => new TrainedDimensions.Codebook([MemoryWeight.Network().First(w => w.Identity.Name == r.Identity.Name)], new VectorShape(SliceAxis.Spatial, 9, r.K, -1, 1, EntryEncoding.Int8, true)))];
        Assert.Equal(2, own.Length);

        int expected = DimensionChoice.RuleT(TrainedDimensions.Candidates(own, new Workers(1, default))[9]).D;

        // A number for all subvectors of a length, smaller than where nothing is known.
        Assert.All(nines, r => Assert.Equal(expected, r.D));
        Assert.Single(fours.Select(r => r.D).Distinct());
        TensorReport[] plain = [.. Compress(new() { K = 64 }, isKnown: false).Result.Reports.Where(r => r.Method == CompressionMethod.Lr2vq && r.M == 9)];
        Assert.All(plain, r => Assert.True(r.D > expected, $"{r.D} is not above {expected}"));
        Diagnostic told = Assert.Single(bag.All, d => d.Id == "LR2VQ4126");
        Assert.Contains($"{fours[0].D} of 4, {expected} of 9", told.Text);
    }

    [Fact]
    public void AShareOfOneKeepsAllAndOfNoneTheFirst()
    {
        TrainedDimensions.Codebook[] codebooks = [.. MemoryWeight.Network().Where(w => w.Identity.Name is "block1" or "block2").Select(w => new TrainedDimensions.Codebook([w], new VectorShape(SliceAxis.Spatial, 9, 64, -1, 1, EntryEncoding.Int8, true)))];
        DimensionChoice.Candidate[] sums = TrainedDimensions.Candidates(codebooks, new Workers(2, default))[9];
        Assert.Equal(sums, TrainedDimensions.Candidates(codebooks, new Workers(1, default))[9]);
        Assert.Equal(9, DimensionChoice.RuleT(sums, 1).D);
        Assert.Equal(1, DimensionChoice.RuleT(sums, 0).D);
        // Sums over the codebooks.
        DimensionChoice.Candidate[][] each = [.. codebooks.Select(one => TrainedDimensions.Candidates([one], new Workers(1, default))[9])];
        for (int d = 0; d < 9; d++)
        {
            Assert.Equal(each.Sum(c => c[d].LowRankError), sums[d].LowRankError, 1e-6 * each[0][0].Error);
            Assert.Equal(each.Sum(c => c[d].ClusteringError), sums[d].ClusteringError, 1e-6 * each[0][0].Error);
        }
    }

    [Theory]
    [InlineData(3, 3, 3)]
    [InlineData(0, 9, 4)]
    public void ANumberThatWasGivenStays(int given, int ofNine, int ofFour)
    {
        (CompressionResult result, DiagnosticBag bag) = Compress(new() { K = 64, D = new ClusteringDimensionality(given) });
        Assert.All(result.Reports.Where(r => r.Method == CompressionMethod.Lr2vq), r => Assert.Equal(r.M == 9 ? ofNine : ofFour, r.D));
        Assert.DoesNotContain(bag.All, d => d.Id == "LR2VQ4126");
    }

    [Fact]
    public void WhatFewerDimensionsSaveBecomesEntries()
    {
        CompressionOptions options = new() { MaxBytes = 28_000 };
        CompressionResult known = Compress(options).Result, plain = Compress(options, isKnown: false).Result;
        Assert.True(known.FileBytes <= 28_000);
        Assert.All(known.Reports.Zip(plain.Reports).Where(pair => pair.First.Method == CompressionMethod.Lr2vq), pair => Assert.True(pair.First.D <= pair.Second.D && pair.First.K >= pair.Second.K, $"{pair}"));
        Assert.Contains(known.Reports.Zip(plain.Reports), pair => pair.First.D < pair.Second.D);
    }

    private static (CompressionResult Result, DiagnosticBag Bag) Compress(CompressionOptions options, bool isKnown = true)
    {
        DiagnosticBag bag = new();
        options = options with { Preset = Preset.Lr2vq, Method = CompressionMethod.Lr2vq };
        MemoryWeight[] weights = MemoryWeight.Network();
        foreach (MemoryWeight weight in weights)
            if (isKnown && weight.Identity.Role != WeightRole.Bias) weight.Inputs = InputsOf(weight.Identity);
        return (Compressor.Compress(weights, options, lengths => lengths.Sum(l => l.Payload), 1_000_000, null, bag, default), bag);
    }

    /// <summary>Neighbours have something in common.</summary>
    internal static unsafe InputMetric InputsOf(TensorIdentity identity)
    {
        var gram = new InputGram(GramShape.Of(identity, 4608));
        var random = new Random(1);
        int length = gram.Shape.Groups * gram.Shape.Columns;
        float[] samples = new float[64 * length];
        for (int i = 1; i < samples.Length; i++) samples[i] = 0.7f * samples[i - 1] + (float)random.NextDouble() - 0.4f;
        fixed (float* x = samples) gram.Add(x, 64);
        return new InputMetric(gram);
    }
}
