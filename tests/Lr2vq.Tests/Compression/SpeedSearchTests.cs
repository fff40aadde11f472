using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Kernels;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Testing.Docs;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>The second aim <c>Optimize="Speed"</c>: within the first one, deterministic, and never predicted to be slower.</summary>
public sealed class SpeedSearchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void BalancedIsFasterForAFewBytesAndOutputsStay()
    {
        string model = Kernels();
        (CompressedModel size, byte[] sizeBytes) = Compress(model, false, new CompressionOptions());
        (CompressedModel speed, byte[] speedBytes) = Compress(model, true, new CompressionOptions());
        PredictedTime time = speed.Meta.Time!;
        Assert.Null(size.Meta.Time);
        Assert.True(time.Speed < 0.97 * time.Size, $"{time}");
        Assert.InRange(speedBytes.Length, 1, 1.05 * sizeBytes.Length);
        Assert.Equal(speedBytes.Length, speed.Result.FileBytes);
        Assert.InRange(speed.OutputChange!.Value, 0, 0.03);
        // Exactly what was predicted is what the artifact has.
        TimeModel times = new(speed.Plan);
        Assert.Equal(times.Of(speed.Result.Tensors) / times.Of(size.Result.Tensors), time.Speed / time.Size, 1e-9);
        Assert.Contains(size.Result.Tensors, tensor => tensor.Codebook.Length > 0);
        Assert.True(speed.Result.Tensors.Count(tensor => tensor.Codebook.Length > 0) < size.Result.Tensors.Count(tensor => tensor.Codebook.Length > 0));
    }

    public static TheoryData<double> Ratios => TestData.Full ? [8, 14] : [14];

    [Theory, MemberData(nameof(Ratios))]
    public void ASizeIsMet(double ratio)
    {
        string model = Kernels();
        var options = new CompressionOptions { TargetRatio = ratio };
        (CompressedModel size, _) = Compress(model, false, options);
        (CompressedModel speed, byte[] bytes) = Compress(model, true, options);
        Assert.InRange(bytes.Length, 1, new FileInfo(model).Length / ratio);
        Assert.True(speed.Meta.Time!.Speed <= speed.Meta.Time.Size);
        Assert.InRange(speed.Result.Outputs!.Share, 0, Math.Max(1, 1.1 * size.Result.Outputs!.Share));
    }

    [Theory]
    [InlineData("TargetRatio", "9"), InlineData("MaxDrop", "4")]
    public void WithDataTheAimIsMet(string aim, string value)
    {
        string model = Kernels(channels: 48);
        for (int i = 0; i < 12; i++) RandomTensor.Floats(60 + i, 1, 3, 8, 8).WriteNpy(Path.Combine(_folder, $"x{i}.npy"));
        CompressedModel[] made = [.. new[] { "Size", "Speed" }.Select(second =>
        {
            DiagnosticBag bag = new();
            ModelOptions options = OptionParser.Parse([new("CalibrationData", Path.Combine(_folder, "x*.npy")), new(aim, value), new("Optimize", second)], null, bag);
            CompressedModel? one = ModelCompressor.Compress(model, Path.Combine(_folder, second + ".lr2vq"), options, null, bag, default);
            Assert.DoesNotContain(bag.All, d => d.Severity == DiagnosticSeverity.Error || d.Definition == DiagnosticCatalogue.CalibratedSizeMissed || d.Definition == DiagnosticCatalogue.CalibratedDropMissed);
            return one!;
        })];
        Assert.InRange(made[1].FileBytes, 1, aim == "TargetRatio" ? new FileInfo(model).Length / 9.0 : 1.05 * made[0].FileBytes + 100);
        Assert.True(made[1].Meta.Time is { } time && time.Speed <= time.Size);
    }

    [Fact]
    public void WhatIsPredictedTakesTheSameBytesWhateverItIs()
    {
        ArtifactMeta meta = ArtifactMeta.Empty with { Time = new PredictedTime(1.25, 0.5) };
        Assert.Equal(meta.Time, ArtifactMeta.FromJson(meta.ToJson()).Time);
        Assert.Equal(meta.ToJson().Length, (meta with { Time = new PredictedTime(0, 1234567) }).ToJson().Length);
        Assert.Null(ArtifactMeta.FromJson(ArtifactMeta.Empty.ToJson()).Time);
    }

    [Fact]
    public void BytesDoNotDependOnThreads()
    {
        string model = Kernels();
        byte[] one = Compress(model, true, new CompressionOptions { Threads = 1 }).Bytes;
        Assert.Equal(one, Compress(model, true, new CompressionOptions { Threads = 2 }).Bytes);
        using Lanes.Forced narrow = Lanes.Force(Isa.Vector128);
        Assert.Equal(one, Compress(model, true, new CompressionOptions { Threads = 1 }).Bytes);
    }

    [Fact]
    public void SizeIsWhatNobodyHasToSay()
    {
        string model = Kernels();
        DiagnosticBag bag = new();
        ModelOptions silent = OptionParser.Parse([], null, bag), said = OptionParser.Parse([new("Optimize", "size")], null, bag), speed = OptionParser.Parse([new("Optimize", "Speed")], null, bag);
        Assert.Empty(bag.All);
        Assert.Equal(silent.ToCanonicalText(), said.ToCanonicalText());
        Assert.NotEqual(silent.ToCanonicalText(), speed.ToCanonicalText());
        Assert.Equal(Compress(model, false, silent.Compression).Bytes, Compress(model, said.OptimizesSpeed, said.Compression).Bytes);
    }

    [Fact]
    public void InspectSaysWhatWasPredicted()
    {
        string model = Kernels(), artifact = Path.Combine(_folder, "made.lr2vq");
        ToolRun run = ToolRunner.Run("compress", model, "--optimize", "Speed", "-o", artifact, "--threads", "1");
        Assert.Equal(0, run.Code);
        Assert.Contains("predicted time 0.", run.Output, StringComparison.Ordinal);
        Assert.Contains("predicted time 0.", ToolRunner.Run("inspect", artifact).Output, StringComparison.Ordinal);
        JsonElement json = ToolRunner.Run("inspect", artifact, "--json").Json().GetProperty("predictedTime");
        Assert.True(json.GetProperty("forSpeed").GetDouble() < json.GetProperty("forSize").GetDouble());
    }

    [Theory]
    [InlineData("Lossless", "auto"), InlineData("Fast", "auto"), InlineData("Tiny", "auto"), InlineData("Balanced", "ecsq")]
    public void WhereItHasNoSayThatIsSaid(string preset, string method)
    {
        string model = Kernels(channels: 8);
        DiagnosticBag bag = new();
        CompressedModel? made = ModelCompressor.Compress(model, Path.Combine(_folder, "made.lr2vq"), OptionParser.Parse([new("Preset", preset), new("Method", method), new("Optimize", "Speed")], null, bag), null, bag, default);
        Assert.Null(made!.Meta.Time);
        Assert.Contains(bag.All, d => d.Definition == DiagnosticCatalogue.SettingNotUsed && d.Text.Contains("Optimize", StringComparison.Ordinal));
    }

    [Fact]
    public void ATensorWithSettingsOfItsOwnKeepsThem()
    {
        var options = new CompressionOptions { Overrides = [new TensorOverride("w1") { Method = CompressionMethod.TcEcsq }] };
        CompressedModel speed = Compress(Kernels(), true, options).Made;
        Assert.NotEmpty(speed.Result.Tensors.Single(tensor => tensor.Name == "w1").Codebook);
    }

    [Fact]
    public void CostsAreTheMeasuredOnes()
    {
        Dictionary<string, JsonElement> rows = DocsFiles.Figures(TestData.RepositoryRoot, "formats").ToDictionary(row => row.GetProperty("case").GetString()!);
        Assert.Equal(Enum.GetNames<DecodeKind>().Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        foreach (DecodeKind kind in Enum.GetValues<DecodeKind>())
            foreach (Isa isa in (Isa[])[Isa.Vector512, Isa.Vector256])
            {
                DecodeCost cost = DecodeCosts.Of(kind, isa);
                Assert.Equal(rows[kind.ToString()].GetProperty("decode").GetProperty(isa.ToString()).GetDouble(), cost.Decode);
                // Products read one tap, which has no basis.
                string product = kind.ToString().Replace("Basis", "Levels", StringComparison.Ordinal);
                Assert.Equal(rows[product].GetProperty("product").GetProperty(isa.ToString()).GetDouble(), cost.Product);
            }
    }

    /// <summary>Convolutions with a few pixels for each weight: what decoding costs is seen. The taps of a kernel have something in common, so that a basis saves
    /// a few bytes.</summary>
    private string Kernels(int channels = 64)
    {
        string path = Path.Combine(_folder, "kernels.onnx");
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 1, 3, 8, 8);
        int[] lengths = [3, channels, channels, channels, channels];
        for (int i = 0; i < 4; i++)
        {
            int[] shape = [lengths[i + 1], lengths[i], 3, 3];
            builder.Initializer($"w{i}", HostTensor.Of(Weights(i, shape), shape)).Node("Conv", [i == 0 ? "x" : $"r{i - 1}", $"w{i}"], [$"c{i}"], ("pads", new long[] { 1, 1, 1, 1 }))
                .Node("Relu", [$"c{i}"], [$"r{i}"]);
        }
        builder.Node("GlobalAveragePool", ["r3"], ["mean"]).Node("Flatten", ["mean"], ["flat"]).Initializer("last", HostTensor.Of(RandomTensor.Normal(9, 10 * channels, 0, 0.2f), 10, channels))
            .Node("Gemm", ["flat", "last"], ["y"], ("transB", 1L)).Output("y", ElementType.Float32, 1, 10).Write(path);
        return path;
    }

    private static float[] Weights(int seed, int[] shape)
    {
        int kernels = shape[0] * shape[1];
        float deviation = 1 / MathF.Sqrt(9 * shape[1]);
        float[] weights = RandomTensor.Normal(20 + seed, 9 * kernels, 0, deviation), means = RandomTensor.Normal(40 + seed, kernels, 0, deviation / 2);
        for (int i = 0; i < weights.Length; i++) weights[i] += means[i / 9];
        return weights;
    }

    private (CompressedModel Made, byte[] Bytes) Compress(string model, bool isFast, CompressionOptions options)
    {
        DiagnosticBag bag = new();
        string artifact = Path.Combine(_folder, Guid.NewGuid().ToString("N") + ".lr2vq");
        CompressedModel? made = ModelCompressor.Compress(model, artifact, new ModelOptions { OptimizesSpeed = isFast, Compression = options }, null, bag, default);
        Assert.True(made is not null, string.Join('\n', bag.All.Select(d => d.ToString())));
        return (made, File.ReadAllBytes(artifact));
    }
}
