using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Diagnostics;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>d̃ of what is trained after the search.</summary>
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

        // A number for all subvectors of a length, smaller than where nothing is trained.
        Assert.All(nines, r => Assert.Equal(expected, r.D));
        Assert.Single(fours.Select(r => r.D).Distinct());
        TensorReport[] untrained = [.. Compress(new() { K = 64 }, isTrained: false).Result.Reports.Where(r => r.Method == CompressionMethod.Lr2vq && r.M == 9)];
        Assert.All(untrained, r => Assert.True(r.D > expected, $"{r.D} is not above {expected}"));
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
        CompressionResult trained = Compress(options).Result, untrained = Compress(options, isTrained: false).Result;
        Assert.True(trained.FileBytes <= 28_000);
        Assert.All(trained.Reports.Zip(untrained.Reports).Where(pair => pair.First.Method == CompressionMethod.Lr2vq), pair => Assert.True(pair.First.D <= pair.Second.D && pair.First.K >= pair.Second.K, $"{pair}"));
        Assert.Contains(trained.Reports.Zip(untrained.Reports), pair => pair.First.D < pair.Second.D);
    }

    private static (CompressionResult Result, DiagnosticBag Bag) Compress(CompressionOptions options, bool isTrained = true)
    {
        DiagnosticBag bag = new();
        options = options with { Preset = Preset.Lr2vq, Method = CompressionMethod.Lr2vq, IsTrainedAtLowRank = isTrained };
        return (Compressor.Compress(MemoryWeight.Network(), options, lengths => lengths.Sum(l => l.Payload), 1_000_000, null, bag, default), bag);
    }
}
