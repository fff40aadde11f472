using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using Xunit;

namespace Lr2vq.Tests.Compression;

public sealed class DimensionChoiceTests
{
    private const int Count = 1500, M = 6, K = 64;

    /// <summary>Normal subvectors, rotated by a Householder reflection; the standard deviation falls by <paramref name="decay"/> from one component to the next.</summary>
    private static SubvectorMatrix Subvectors(double decay)
    {
        var random = new SeededRandom(7);
        var subvectors = new SubvectorMatrix(Count, M);
        for (int n = 0; n < Count; n++)
        {
            double[] z = [.. Enumerable.Range(0, M).Select(j => random.Normal() * Math.Pow(decay, j))];
            double mean = z.Average();
            for (int t = 0; t < M; t++) subvectors[n, t] = (float)(z[t] - 2 * mean);
        }
        return subvectors;
    }

    [Theory]
    [InlineData(nameof(EntryEncoding.Int8))]
    [InlineData(nameof(EntryEncoding.Fp16))]
    public void EveryCandidateExhaustsTheBytesOfExactVectorQuantization(string name)
    {
        EntryEncoding encoding = Enum.Parse<EntryEncoding>(name);
        DimensionChoice.Candidate[] candidates = DimensionChoice.AtEqualBytes(Subvectors(0.6), K, encoding, new SeededRandom(1));
        long budget = DimensionChoice.ByteLength(Count, K, M, M, encoding);
        Assert.Equal((Count * 6 + 7) / 8 + CodebookEntries.ByteLength(encoding, K, M), budget);
        Assert.Equal(Enumerable.Range(1, M), candidates.Select(c => c.D));
        Assert.Equal(K, candidates[^1].K);
        foreach (DimensionChoice.Candidate candidate in candidates.SkipLast(1))
        {
            Assert.True(DimensionChoice.ByteLength(Count, candidate.K, candidate.D, M, encoding) <= budget);
            Assert.True(DimensionChoice.ByteLength(Count, candidate.K + 1, candidate.D, M, encoding) > budget);
        }
    }

    [Fact]
    public void ErrorsAddUpToThoseOfTheWholeSubvectors()
    {
        SubvectorMatrix subvectors = Subvectors(0.6);
        double energy = Enumerable.Range(0, Count).Sum(subvectors.SquaredNorm);
        DimensionChoice.Candidate[] candidates = DimensionChoice.AtEqualEntries(subvectors, K, new SeededRandom(1));
        Assert.Equal(0, candidates[^1].LowRankError);
        for (int i = 0; i < M; i++)
        {
            Assert.Equal(K, candidates[i].K);
            Assert.InRange(candidates[i].Error, 0, energy);
            if (i == 0) continue;
            Assert.True(candidates[i].LowRankError < candidates[i - 1].LowRankError);
            Assert.True(candidates[i].ClusteringError > candidates[i - 1].ClusteringError);
        }
        // One component, one centroid: nothing but the first component's variance about its mean is left to cluster.
        DimensionChoice.Candidate one = DimensionChoice.AtEqualEntries(subvectors, 1, new SeededRandom(1))[0];
        Assert.InRange(one.Error / energy, 0.98, 1.0001);
    }

    [Fact]
    public void AFlatSpectrumKeepsEveryDimensionAndASteepOneFew()
    {
        DimensionChoice.Candidate[] flat = DimensionChoice.AtEqualBytes(Subvectors(1), K, EntryEncoding.Fp16, new SeededRandom(1));
        DimensionChoice.Candidate[] steep = DimensionChoice.AtEqualBytes(Subvectors(0.3), K, EntryEncoding.Fp16, new SeededRandom(1));
        Assert.Equal(M, DimensionChoice.RuleA(flat).D);
        DimensionChoice.Candidate chosen = DimensionChoice.RuleA(steep);
        Assert.InRange(chosen.D, 2, 4);
        Assert.True(chosen.Error < steep[^1].Error, "a smaller codebook and more entries are better here");
    }

    [Fact]
    public void RuleATakesTheSmallestWithinTwoPercent()
    {
        DimensionChoice.Candidate[] candidates = [new(1, 9, 3, 0), new(2, 9, 1.03, 0), new(3, 9, 0.519, 0.5), new(4, 9, 0.3, 0.7), new(5, 9, 0, 1.01)];
        Assert.Equal(3, DimensionChoice.RuleA(candidates).D);
    }

    [Fact]
    public void RuleTCountsALowRankErrorLess()
    {
        DimensionChoice.Candidate[] candidates = [new(1, 9, 4, 0.5), new(2, 9, 1, 0.6), new(3, 9, 0.2, 1.3), new(4, 9, 0, 1.4)];
        Assert.Equal(2, DimensionChoice.RuleT(candidates).D);
        Assert.Equal(0.75 * 1 + 0.6, candidates[1].EffectiveError(DimensionChoice.TrainedShare));
        Assert.Equal(4, DimensionChoice.RuleT(candidates, share: 1).D);
        Assert.Equal(1, DimensionChoice.RuleT(candidates, share: 0).D);
        // Measured: training lets fewer dimensions do than the error alone.
        DimensionChoice.Candidate[] measured = DimensionChoice.AtEqualEntries(Subvectors(0.6), K, new SeededRandom(1));
        Assert.True(DimensionChoice.RuleT(measured, share: 0.25).D < measured.MinBy(c => c.Error).D);
    }

    [Fact]
    public void TheSameSeedMeasuresTheSame() =>
        Assert.Equal(DimensionChoice.AtEqualBytes(Subvectors(0.6), 16, EntryEncoding.Int8, new SeededRandom(3)),
            DimensionChoice.AtEqualBytes(Subvectors(0.6), 16, EntryEncoding.Int8, new SeededRandom(3)));
}
