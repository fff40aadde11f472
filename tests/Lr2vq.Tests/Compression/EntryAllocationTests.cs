using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>Numbers of entries where samples choose the codes.</summary>
public sealed class EntryAllocationTests
{
    private const string Sensitive = "block1";

    [Theory]
    [InlineData(27_500), InlineData(28_000)]
    public void WhatTheAnswersNeedHasMoreEntries(int bytes)
    {
        CompressionOptions options = new() { MaxBytes = bytes };
        CompressionResult even = Compress(options, null), shared = Compress(options, new Sensitivity(1000));
        Assert.True(shared.FileBytes <= bytes);
        Assert.True(EntriesOf(shared, Sensitive) > EntriesOf(even, Sensitive));
        Assert.True(ErrorOf(shared, Sensitive) < ErrorOf(even, Sensitive));
        Assert.Contains(shared.Reports, r => r.Method == CompressionMethod.Lr2vq && r.K < EntriesOf(even, r.Identity.Name));
    }

    /// <summary>d̃ that was left open is each codebook's own, and one that was given stays.</summary>
    [Fact]
    public void EachCodebookHasItsOwnDimensions()
    {
        CompressionOptions options = new() { MaxBytes = 28_000 };
        CompressionResult even = Compress(options, null), own = Compress(options, new Sensitivity(1000)), given = Compress(options with { D = new ClusteringDimensionality(6) }, new Sensitivity(1000));
        Assert.True(DimensionsOf(own, Sensitive) > DimensionsOf(even, Sensitive));
        Assert.All(given.Reports.Where(r => r.Method == CompressionMethod.Lr2vq && r.M == 9), r => Assert.Equal(6, r.D));
    }

    /// <summary>What answers do not come nearer by is not done, nor where numbers were given.</summary>
    [Fact]
    public void ElseAllStaysAsItWas()
    {
        CompressionOptions options = new() { MaxBytes = 28_000 };
        CompressionResult even = Compress(options, null);
        AssertSame(even, Compress(options, new Sensitivity(1000) { IsNearerBefore = true }));
        options = new() { K = 64 };
        AssertSame(Compress(options, null), Compress(options, new Sensitivity(1000)));
    }

    /// <summary>A codebook that several share with a number that was given is not mixed up with those that part.</summary>
    [Fact]
    public void NumbersThatWereGivenStay()
    {
        CompressionOptions options = new() { MaxBytes = 40_000, Overrides = [new("block*") { K = 128 }] };
        MemoryWeight[] more = [MemoryWeight.Conv("pointwise2", 128, 64, 1, 11), MemoryWeight.Conv("other", 128, 64, 1, 12), MemoryWeight.Conv("other2", 128, 64, 1, 13)];
        CompressionResult even = Compress(options, null, more), shared = Compress(options, new Sensitivity(1000) { Name = "pointwise", More = more }, more);
        Assert.Contains(shared.Reports, r => r.K != EntriesOf(even, r.Identity.Name));
        foreach (string name in new[] { "block1", "block2" })
        {
            Assert.Equal(128, EntriesOf(shared, name));
            Assert.Equal(even.Tensors.First(t => t.Name == name).Codes, shared.Tensors.First(t => t.Name == name).Codes);
        }
    }

    [Fact]
    public void ThreadsChangeNothing()
    {
        CompressionOptions options = new() { MaxBytes = 28_000, Threads = 1 };
        AssertSame(Compress(options, new Sensitivity(30)), Compress(options with { Threads = 3 }, new Sensitivity(30)));
    }

    private static void AssertSame(CompressionResult expected, CompressionResult actual) =>
        Assert.All(expected.Tensors.Zip(actual.Tensors), pair => Assert.True(pair.First.Codes.AsSpan().SequenceEqual(pair.Second.Codes) && pair.First.Codebook.AsSpan().SequenceEqual(pair.Second.Codebook), pair.First.Name));

    private static int EntriesOf(CompressionResult result, string name) => result.Reports.First(r => r.Identity.Name == name).K;

    private static int DimensionsOf(CompressionResult result, string name) => result.Reports.First(r => r.Identity.Name == name).D;

    private static double ErrorOf(CompressionResult result, string name) => result.Reports.First(r => r.Identity.Name == name).RelativeError;

    private static CompressionResult Compress(CompressionOptions options, IAnswerDistance? answers, params MemoryWeight[] more)
    {
        options = options with { Preset = Preset.Lr2vq, Method = CompressionMethod.Lr2vq };
        MemoryWeight[] weights = [.. MemoryWeight.Network(), .. more];
        foreach (MemoryWeight weight in weights)
            if (weight.Identity.Role != WeightRole.Bias) weight.Inputs = TrainedDimensionsTests.InputsOf(weight.Identity);
        return Compressor.Compress(weights, options, lengths => lengths.Sum(l => l.Payload), 1_000_000, null, new DiagnosticBag(), default, answers: answers);
    }

    /// <summary>Answers that change by the errors of the weights, one of which counts so many times.</summary>
    private sealed class Sensitivity(double factor) : IAnswerDistance
    {
        private double _first = -1;
        private MemoryWeight[]? _weights;

        /// <summary>How the names of what counts begin.</summary>
        public string Name { get; init; } = Sensitive;

        public MemoryWeight[] More { get; init; } = [];

        /// <summary>Whatever comes after the first is further away.</summary>
        public bool IsNearerBefore { get; init; }

        public double Of(IReadOnlyList<EncodedTensor> tensors)
        {
            double now = tensors.Select((tensor, i) => Of(i, tensor)).Sum();
            if (_first < 0) _first = now;
            return IsNearerBefore ? _first + 1 : now;
        }

        public double[] Alone(IReadOnlyList<int[]> readers, IReadOnlyList<EncodedTensor> encoded) => [.. readers.Select(of => of.Sum(i => Of(i, encoded[i])))];

        private double Of(int i, EncodedTensor tensor)
        {
            if (tensor.Codebook.Length == 0) return 0;
            using OpenedTensor opened = new(tensor);
            _weights ??= [.. MemoryWeight.Network(), .. More];
            return (tensor.Name.StartsWith(Name, StringComparison.Ordinal) ? factor : 1) * opened.Decode().Zip(_weights[i].Canonical, (a, b) => (double)(a - b) * (a - b)).Sum();
        }
    }
}
