using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Compression.Metrics;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Evaluation;

/// <summary>A low ratio is explained.</summary>
public sealed class HeldSizeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ALowRatioNamesOutputAndLayers()
    {
        // Peaks: of neighbours that are nearly the same another one becomes the largest.
        string model = Path.Combine(_folder, "peaks.onnx"), artifact = Path.Combine(_folder, "peaks.lr2vq");
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 1, 3, 16, 16);
        int[] channels = [3, 32, 48, 3];
        for (int i = 0; i < 3; i++)
        {
            float largest = 1.6f / MathF.Sqrt(9 * channels[i]);
            builder.Initializer($"w{i}", RandomTensor.Floats(10 + i, -largest, largest, channels[i + 1], channels[i], 3, 3))
                .Node("Conv", [i == 0 ? "x" : $"r{i - 1}", $"w{i}"], [$"c{i}"], ("pads", new long[] { 1, 1, 1, 1 }));
            if (i < 2) builder.Node("Relu", [$"c{i}"], [$"r{i}"]);
        }
        builder.Node("MaxPool", ["c2"], ["around"], ("kernel_shape", new long[] { 3, 3 }), ("pads", new long[] { 1, 1, 1, 1 })).Node("Equal", ["c2", "around"], ["chosen"])
            .Node("Cast", ["chosen"], ["mask"], ("to", 1L)).Node("Mul", ["c2", "mask"], ["peaks"]).Output("peaks", ElementType.Float32, 1, 3, 16, 16).Write(model);
        DiagnosticBag bag = new();
        CompressedModel made = ModelCompressor.Compress(model, artifact, new ModelOptions { Compression = new CompressionOptions { Threads = 1 } }, null, bag, default)!;
        Diagnostic note = Assert.Single(bag.All);
        Assert.Equal(DiagnosticCatalogue.SizeHeld, note.Definition);
        Assert.Contains("'peaks' (it jumps", note.Text, StringComparison.Ordinal);
        Assert.Contains("w1 (", note.Text, StringComparison.Ordinal);
        Assert.Contains("1.5 %", note.Text, StringComparison.Ordinal);
        Assert.Equal(new FileInfo(artifact).Length, made.Result.FileBytes);
        Assert.True(made.Meta.Held is { Output: 0 } held && held.Bytes < made.FileBytes / 1.2);
        Assert.Contains("held by the output 'peaks'", ToolRunner.Run("inspect", artifact).Output, StringComparison.Ordinal);
        JsonElement json = ToolRunner.Run("inspect", artifact, "--json").Json().GetProperty("held");
        Assert.Equal("peaks", json.GetProperty("output").GetString());
        Assert.Equal(made.Meta.Held.Bytes, json.GetProperty("bytesWithout").GetInt64());
        Assert.StartsWith("w1", json.GetProperty("layers").GetString(), StringComparison.Ordinal);
        // What was asked for needs no reason.
        bag = new();
        Assert.NotNull(ModelCompressor.Compress(model, artifact, new ModelOptions { Compression = new CompressionOptions { Threads = 1, Step = 0.05 } }, null, bag, default));
        Assert.DoesNotContain(bag.All, d => d.Definition == DiagnosticCatalogue.SizeHeld);
        Assert.DoesNotContain("held by", ToolRunner.Run("inspect", artifact).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void LayersAreThoseWithTheBytesBeyond()
    {
        // 1,000 bytes beside the tensors; without the limit a weight takes half a byte.
        (string, long, long)[] tensors = [("a", 1000, 500), ("b", 1000, 2000), ("c", 4000, 2500), ("d", 10, 5)];
        Assert.Equal("b (75 % of it), c (25 % of it)", LayersThatHold.Of(tensors, 6005, 4005));
        Assert.Equal("", LayersThatHold.Of([("a", 1000, 500)], 1500, 1500));
    }

    [Fact]
    public void TheReasonSurvivesTheFile()
    {
        ArtifactMeta meta = ArtifactMeta.Empty with { Held = new HeldSize(2, 123456789) };
        Assert.Equal(meta.Held, ArtifactMeta.FromJson(meta.ToJson()).Held);
        Assert.Null(ArtifactMeta.FromJson(ArtifactMeta.Empty.ToJson()).Held);
    }
}
