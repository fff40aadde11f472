using System;
using System.Collections.Generic;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Kernels;
using Lr2vq.Plans;
using Lr2vq.Tests.Codecs;
using Lr2vq.Tests.Kernels;
using Xunit;

namespace Lr2vq.Tests.Compression;

public sealed class CompressorTests
{
    [Fact]
    public void BalancedKeepsTheErrorBelowAThousandth()
    {
        CompressionResult result = Compress(MemoryWeight.Network(), new CompressionOptions());
        foreach (string name in new[] { "block1", "pointwise", "block2", "classifier" })
        {
            TensorReport report = Report(result, name);
            Assert.Equal(TensorFormat.Trellis, report.Format);
            Assert.InRange(report.RelativeError, 0.0007, 0.0013);
            Assert.InRange(report.Ratio, 5, 12);
        }
        foreach (string name in new[] { "stem", "depthwise", "small" }) Assert.Equal(CompressionMethod.Int8, Report(result, name).Method);
        Assert.InRange(result.RelativeError, 0, 0.001);
        Assert.InRange(result.Step, 0.1, 0.12);
    }

    [Theory]
    [InlineData("Balanced", "block1", "Trellis")]
    [InlineData("Fast", "block1", "Scalar")]
    [InlineData("Tiny", "block1", "Trellis")]
    [InlineData("Lr2vq", "block2", "LowRankCodebook")]
    [InlineData("Lossless", "block1", "Dense")]
    public void EveryPresetGivesTensorsThatOpen(string preset, string tensor, string format)
    {
        MemoryWeight[] network = MemoryWeight.Network();
        CompressionResult result = Compress(network, new CompressionOptions { Preset = Enum.Parse<Preset>(preset) });
        Assert.Equal(format, Report(result, tensor).Format.ToString());
        for (int i = 0; i < network.Length; i++)
        {
            using var opened = new OpenedTensor(result.Tensors[i]);
            float[] decoded = opened.Decode(), weights = network[i].Canonical;
            double error = decoded.Zip(weights, (a, b) => Math.Pow((double)a - b, 2)).Sum();
            Assert.Equal(result.Reports[i].RelativeError, error / network[i].Energy, 1e-9);
            if (preset == "Lossless") Assert.Equal(weights, decoded);
        }
    }

    [Theory]
    [InlineData(CompressionMethodName.Uniform, "Scalar")]
    [InlineData(CompressionMethodName.KMeans, "Scalar")]
    [InlineData(CompressionMethodName.Pq, "Codebook")]
    [InlineData(CompressionMethodName.Rvq, "Residual")]
    [InlineData(CompressionMethodName.Ecsq, "Transform")]
    [InlineData(CompressionMethodName.TcEcsq, "Transform")]
    [InlineData(CompressionMethodName.Int8, "Dense")]
    [InlineData(CompressionMethodName.Fp16, "Dense")]
    public void EveryMethodWritesItsFormat(string method, string format)
    {
        CompressionResult result = Compress(MemoryWeight.Network(), new CompressionOptions { Method = Enum.Parse<CompressionMethod>(method) });
        Assert.Equal(format, Report(result, "block2").Format.ToString());
        Assert.Equal(format, Report(result, "classifier").Format.ToString());
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(7.5)]
    [InlineData(12)]
    public void ARatioIsMetAndNotMissedByMuch(double ratio)
    {
        MemoryWeight[] network = MemoryWeight.Network();
        long original = Original(network), budget = (long)(original / ratio);
        CompressionResult result = Compress(network, new CompressionOptions { TargetRatio = ratio });
        Assert.InRange(result.FileBytes, (long)(budget * 0.99), budget);
        Assert.Equal(FileLength(Lengths(result)), result.FileBytes);
    }

    [Fact]
    public void FewerBytesMeanMoreError()
    {
        MemoryWeight[] network = MemoryWeight.Network();
        double before = 0;
        foreach (long bytes in new[] { 120_000, 100_000, 70_000, 50_000 })
        {
            CompressionResult result = Compress(network, new CompressionOptions { MaxBytes = bytes });
            Assert.InRange(result.FileBytes, 0, bytes);
            Assert.True(result.RelativeError > before);
            before = result.RelativeError;
        }
    }

    [Theory]
    [InlineData(CompressionMethodName.Uniform)]
    [InlineData(CompressionMethodName.KMeans)]
    [InlineData(CompressionMethodName.Pq)]
    [InlineData(CompressionMethodName.Rvq)]
    [InlineData(CompressionMethodName.Lr2vq)]
    public void MethodsWithoutAStepMeetASizeByTheirBits(string method)
    {
        MemoryWeight[] network = MemoryWeight.Network();
        long budget = Original(network) / 5;
        CompressionResult result = Compress(network, new CompressionOptions { Method = Enum.Parse<CompressionMethod>(method), MaxBytes = budget });
        Assert.InRange(result.FileBytes, budget / 5, budget);      // k is limited by the subvectors, so not all is used
    }

    [Fact]
    public void ASizeOutOfReachIsAnError()
    {
        var failure = Assert.Throws<DiagnosticException>(() => Compress(MemoryWeight.Network(), new CompressionOptions { MaxBytes = 3000 }));
        Assert.Equal("LR2VQ4003", failure.Diagnostics[0].Id);
        Assert.Throws<DiagnosticException>(() => Compress(MemoryWeight.Network(), new CompressionOptions { Method = CompressionMethod.Int8, TargetRatio = 9 }));
    }

    [Fact]
    public void AHighErrorIsReportedWithTheTensors()
    {
        var bag = new DiagnosticBag();
        Compress(MemoryWeight.Network(), new CompressionOptions { Step = 1 }, bag);
        Diagnostic warning = Assert.Single(bag.All);
        Assert.Equal("LR2VQ4001", warning.Id);
        Assert.Contains("block2", warning.Text, StringComparison.Ordinal);

        bag = new DiagnosticBag();
        Compress(MemoryWeight.Network(), new CompressionOptions { MaxError = 1e-5 }, bag);
        Assert.Equal("LR2VQ4001", Assert.Single(bag.All).Id);

        bag = new DiagnosticBag();
        Compress(MemoryWeight.Network(), new CompressionOptions { Preset = Preset.Lr2vq }, bag);
        Assert.Equal("LR2VQ4002", Assert.Single(bag.All).Id);

        bag = new DiagnosticBag();
        Compress(MemoryWeight.Network(), new CompressionOptions(), bag);
        Assert.Empty(bag.All);
    }

    [Fact]
    public void ThePapersSlicingsAreTheirs()
    {
        MemoryWeight[] network = [MemoryWeight.With(MemoryWeight.Conv("stem", 64, 3, 7, 1), first: true), MemoryWeight.Conv("a", 64, 64, 3, 2),
            MemoryWeight.Conv("b", 256, 64, 1, 3), MemoryWeight.Gemm("fc", 1000, 64, 4)];
        CompressionOptions options = new() { Preset = Preset.Lr2vq, Slicing = Slicing.PapersLarge, K = 256, D = ClusteringDimensionality.Whole };
        CompressionResult large = Compress(network, options);
        Assert.Equal((TensorFormat.Dense, CompressionMethod.Fp16), (Report(large, "stem").Format, Report(large, "stem").Method));
        Assert.Equal((18, 18, 256, "sp"), Shape(large, "a"));
        Assert.Equal((8, 8, 256, "ic"), Shape(large, "b"));        // mostly 1×1: a network of bottlenecks
        Assert.Equal((4, 4, 2048, "ic"), Shape(large, "fc"));
        CompressionResult small = Compress(network, options with { Slicing = Slicing.PapersSmall });
        Assert.Equal((9, 9, 256, "sp"), Shape(small, "a"));
        Assert.Equal((4, 4, 256, "ic"), Shape(small, "b"));
    }

    [Fact]
    public void KIsAtMostAQuarterOfTheSubvectors()
    {
        MemoryWeight[] network = [MemoryWeight.Conv("w", 16, 16, 3, 1)];
        CompressionResult result = Compress(network, new CompressionOptions { Method = CompressionMethod.Lr2vq, K = 4096, Slicing = Slicing.PapersSmall });
        Assert.Equal(64, Report(result, "w").K);
    }

    [Fact]
    public void SmallTensorsShareACodebook()
    {
        MemoryWeight[] network = [.. Enumerable.Range(0, 6).Select(i => MemoryWeight.Conv("w" + i, 32, 64, 1, i + 1)), MemoryWeight.Conv("large", 512, 512, 1, 9)];
        CompressionResult result = Compress(network, new CompressionOptions { Method = CompressionMethod.Pq });
        EncodedTensor[] shared = [.. result.Tensors.Take(6)];
        Assert.All(shared, t => Assert.Equal(shared[0].Codebook, t.Codebook));
        Assert.NotEqual(shared[0].Codebook, result.Tensors[6].Codebook);
        Assert.True(result.Reports[0].Bytes > result.Reports[1].Bytes);      // the first carries the codebook
    }

    /// <summary>What a tensor was given by name is not undone by the others of its group.</summary>
    [Fact]
    public void ASharedCodebookHasTheEntriesThatWereAskedFor()
    {
        MemoryWeight[] network = [.. Enumerable.Range(0, 6).Select(i => MemoryWeight.Conv("w" + i, 32, 64, 1, i + 1))];
        CompressionResult result = Compress(network, new CompressionOptions { Method = CompressionMethod.Pq, K = 256, Overrides = [.. Enumerable.Range(0, 3).Select(i => new TensorOverride("w" + i) { K = 64 })] });
        Assert.Equal([64, 64, 64, 256, 256, 256], result.Reports.Select(r => r.K));
        Assert.Equal(result.Tensors[0].Codebook, result.Tensors[2].Codebook);
        Assert.Equal(result.Tensors[3].Codebook, result.Tensors[5].Codebook);
    }

    [Fact]
    public void OverridesDecideByName()
    {
        CompressionResult result = Compress(MemoryWeight.Network(), new CompressionOptions
        {
            Overrides = [new TensorOverride("block*") { Method = CompressionMethod.Uniform, K = 16 }, new TensorOverride("block2") { Method = CompressionMethod.Fp16 },
                new TensorOverride("pointwise") { Step = 0.5 }],
        });
        Assert.Equal((TensorFormat.Scalar, 16), (Report(result, "block1").Format, Report(result, "block1").K));
        Assert.Equal(CompressionMethod.Fp16, Report(result, "block2").Method);
        Assert.Equal(0.5, Report(result, "pointwise").Step);
        Assert.NotEqual(0.5, Report(result, "classifier").Step);
    }

    [Fact]
    public void OtherTypesAndConstantsStayExact()
    {
        byte[] raw = [1, 2, 3, 4, 5, 6, 7, 8];
        var integers = new RawWeight(new TensorIdentity("shape", WeightRole.Constant, ElementType.Int64, [1], 1), raw);
        MemoryWeight constant = new(new TensorIdentity("epsilon", WeightRole.Constant, ElementType.Float32, [3], 1), [1e-12f, 1f, float.NaN]);
        MemoryWeight zeros = new(new TensorIdentity("padding", WeightRole.Constant, ElementType.Float32, [1, 64, 64], 1), new float[4096]);
        CompressionResult result = Compress([integers, constant, zeros], new CompressionOptions { Preset = Preset.Tiny });
        Assert.InRange(result.Reports[2].Bytes, 1, 256);
        Assert.Equal(raw, result.Tensors[0].Dense);
        Assert.Empty(result.Tensors[0].Parameters);
        using var opened = new OpenedTensor(result.Tensors[1]);
        Assert.Equal(constant.Canonical, opened.Decode());
    }

    [Theory]
    [InlineData("Balanced")]
    [InlineData("Lr2vq")]
    [InlineData("Fast")]
    [Trait("Isa", "true")]
    public void BytesDependOnNeitherThreadsNorInstructionSet(string preset)
    {
        CompressionOptions options = new() { Preset = Enum.Parse<Preset>(preset) };
        MemoryWeight[] network = [MemoryWeight.Conv("a", 64, 32, 3, 3, whiteness: 0.2), MemoryWeight.Conv("b", 64, 64, 1, 5), MemoryWeight.Bias("c", 64, 1)];
        string expected = Hash(Compress(network, options with { Threads = 1 }));
        Assert.Equal(expected, Hash(Compress(network, options with { Threads = 2 })));
        foreach (Isa isa in VectorWidths.Compared)
        {
            using Lanes.Forced forced = Lanes.Force(isa);
            Assert.Equal(expected, Hash(Compress(network, options with { Threads = 2 })));
        }
    }

    [Fact]
    [Trait("Isa", "true")]
    public void BytesAreTheSameOnEveryMachine()
    {
        // Not of random numbers but of a sequence that integers make, so that no library decides the input.
        float[] weights = new float[64 * 64 * 9];
        uint state = 1;
        for (int i = 0; i < weights.Length; i++)
        {
            state = state * 1664525 + 1013904223;
            weights[i] = (int)(state >> 8) % 1000 / 1000f + (i % 9) * 0.1f;
        }
        MemoryWeight[] network = [new(CodecCases.Conv(64, 64, 3, 3), weights)];
        Assert.Equal("6b461836bf36e200", Hash(Compress(network, new CompressionOptions()))[..16]);
        Assert.Equal("1be84df0d1a08934", Hash(Compress(network, new CompressionOptions { Trellis = TrellisUse.Off }))[..16]);
        Assert.Equal("333be5d81b6b32f1", Hash(Compress(network, new CompressionOptions { Method = CompressionMethod.Lr2vq, Slicing = Slicing.Spatial, K = 64 }))[..16]);
    }

    [Fact]
    public void SeedsChangeClusters()
    {
        MemoryWeight[] network = [MemoryWeight.Conv("b", 64, 64, 1, 5)];
        CompressionOptions options = new() { Method = CompressionMethod.Pq };
        Assert.NotEqual(Hash(Compress(network, options)), Hash(Compress(network, options with { Seed = 1 })));
    }

    [Fact]
    public void ProgressThatBeginsAgainStaysWhereItWas()
    {
        var seen = new List<double>();
        var progress = new ForwardProgress(new Collector(seen));
        foreach (double fraction in new[] { 0.1, 0.9, 0.2, 0.95 }) progress.Report(new CompressionProgress(fraction, "encode"));
        Assert.Equal([0.1, 0.9, 0.9, 0.95], seen);
    }

    [Fact]
    public void ProgressRisesAndCancellationEnds()
    {
        var seen = new List<double>();
        Compressor.Compress(MemoryWeight.Network(), new CompressionOptions { TargetRatio = 7, Threads = 1 }, FileLength, Original(MemoryWeight.Network()),
            new Collector(seen), new DiagnosticBag(), default);
        Assert.Equal(seen.Order(), seen);
        Assert.InRange(seen[^1], 0.5, 1);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Compressor.Compress(MemoryWeight.Network(), new CompressionOptions(), FileLength, 1 << 20, null,
            new DiagnosticBag(), cancellation.Token));
    }

    [Fact]
    public void LengthsAreKnownBeforeEncoding()
    {
        foreach (CompressionMethod method in new[] { CompressionMethod.Uniform, CompressionMethod.KMeans, CompressionMethod.Pq, CompressionMethod.Rvq,
            CompressionMethod.Int8, CompressionMethod.Fp16, CompressionMethod.BFloat16, CompressionMethod.Fp32, CompressionMethod.Lr2vq, CompressionMethod.Binary, CompressionMethod.Svd })
        {
            CompressionOptions options = new() { Method = method, D = ClusteringDimensionality.Whole };
            MemoryWeight[] network = [MemoryWeight.Conv("a", 24, 18, 3, 3), MemoryWeight.Conv("b", 40, 70, 1, 5), MemoryWeight.Conv("small", 8, 16, 1, 7)];
            TensorSpec[] specs = PresetRules.Decide(options, network);
            CompressionResult result = Compress(network, options);
            for (int i = 0; i < network.Length; i++)
            {
                if (specs[i].Treatment == TensorTreatment.Bias) continue;
                TensorLengths predicted = TensorEncoder.Predict(network[i], specs[i], i);
                EncodedTensor packed = result.Tensors[i];
                Assert.Equal((predicted.Parameters, (int)predicted.Codes.Length, (int)predicted.Codebook.Length, (int)predicted.Dense.Length),
                    (packed.Parameters.Length, packed.Codes.Length, packed.Codebook.Length, packed.Dense.Length));
            }
        }
    }

    [Fact]
    public void StrangeTensorsSurvive()
    {
        foreach (CompressionMethod method in Enum.GetValues<CompressionMethod>())
        {
            MemoryWeight[] network =
            [
                Filled("zeros", 64, 64, _ => 0f), Filled("constant", 64, 64, _ => 3.25f), Filled("tiny", 64, 64, i => i % 7 * 1e-38f),
                Filled("huge", 64, 64, i => (i % 13 - 6) * 1e37f), Filled("outlier", 64, 64, i => i == 77 ? 1e6f : i % 5 * 0.01f),
                Filled("dead", 64, 64, i => i / 64 % 2 == 0 ? 0f : i % 11 - 5f), Filled("one", 2500, 1, i => i % 17), Filled("row", 1, 2500, i => i % 17),
            ];
            CompressionResult result = Compress(network, new CompressionOptions { Method = method });
            for (int i = 0; i < network.Length; i++)
            {
                using var opened = new OpenedTensor(result.Tensors[i]);
                Assert.DoesNotContain(opened.Decode(), w => !float.IsFinite(w));
                Assert.InRange(result.Reports[i].RelativeError, 0, 1.01);
            }
        }
    }

    /// <summary>Names of methods, so that the theory's arguments are public types.</summary>
    private static class CompressionMethodName
    {
        public const string Uniform = "Uniform", KMeans = "KMeans", Pq = "Pq", Rvq = "Rvq", Ecsq = "Ecsq", TcEcsq = "TcEcsq", Int8 = "Int8", Fp16 = "Fp16", Lr2vq = "Lr2vq";
    }

    private static MemoryWeight Filled(string name, int rows, int inputs, Func<int, float> value) =>
        new(new TensorIdentity(name, WeightRole.Conv, ElementType.Float32, [rows, inputs, 1, 1], 1), [.. Enumerable.Range(0, rows * inputs).Select(value)]);

    private static CompressionResult Compress(IReadOnlyList<WeightSource> network, CompressionOptions options, DiagnosticBag? bag = null) =>
        Compressor.Compress(network, options, FileLength, Original(network), null, bag ?? new DiagnosticBag(), default);

    private static long Original(IReadOnlyList<WeightSource> network) => 1000 + network.Sum(w => 4 * w.Length + 50);

    private static long FileLength(IReadOnlyList<TensorLengths> tensors)
    {
        HashSet<(int Section, object)> seen = [];
        long Own(int section, StoredRange range) => range.Content is { } content && !seen.Add((section, content)) ? 0 : range.Length;
        return 500 + tensors.Sum(t => 60 + t.Parameters + Own(0, t.Codes) + Own(1, t.Codebook) + Own(2, t.Dense));
    }

    private static TensorLengths[] Lengths(CompressionResult result) => [.. result.Tensors.Select(TensorLengths.Of)];

    private static TensorReport Report(CompressionResult result, string name) => result.Reports.Single(r => r.Identity.Name == name);

    private static (int M, int D, int K, string Slicing) Shape(CompressionResult result, string name)
    {
        TensorReport report = Report(result, name);
        return (report.M, report.D, report.K, report.Slicing);
    }

    private static string Hash(CompressionResult result)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (EncodedTensor tensor in result.Tensors)
            foreach (byte[] range in new[] { tensor.Parameters, tensor.Codes, tensor.Codebook, tensor.Dense }) hash.AppendData(range);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed class Collector(List<double> seen) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value) => seen.Add(value.Fraction);
    }

    private sealed class RawWeight(TensorIdentity identity, byte[] raw) : WeightSource(identity)
    {
        public override void ReadCanonical(Span<float> destination) => throw new InvalidOperationException();

        public override byte[] ReadRaw() => raw;
    }
}
