using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Training.FineTuning;
using Xunit;

namespace Lr2vq.Training.Tests;

/// <summary>Training after compression, from the options to the artifact.</summary>
public sealed class FineTuneTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-tune").FullName;

    /// <summary>Levels of blocks take long; that they are tuned is seen by <see cref="TuningRepeatsTests"/> too.</summary>
    public static TheoryData<string, string, int, string[]> Tunings
    {
        get
        {
            TheoryData<string, string, int, string[]> all = new()
            {
                { "EndToEnd", "00:00:30", 128, ["Preset=Lr2vq", "K=16"] },
                { "Blocks", "00:00:30", 128, ["Preset=Lr2vq", "K=16"] },
                { "EndToEnd", "00:01:00", 64, ["TargetRatio=16"] },
            };
            if (TestData.Full) all.Add("Blocks", "00:00:30", 128, ["TargetRatio=16"]);
            return all;
        }
    }

    [Theory, MemberData(nameof(Tunings))]
    public void Tuning_brings_the_answers_nearer(string mode, string limit, int samples, string[] options)
    {
        Torch.Require();
        (CompressedModel? model, DiagnosticBag bag) = Compress(Network(scores: 6), mode, limit, options, samples);
        Assert.True(model is not null, string.Join('\n', bag.All));
        TuningRecord tuning = model.Meta.Tuning!;
        output.WriteLine($"{tuning}");
        Assert.True(tuning.After < 0.9 * tuning.Before, $"{tuning}");
        Assert.Equal(model.FileBytes, new FileInfo(Path.Combine(_folder, "net.lr2vq")).Length);
        Assert.Equal(options.Contains("Preset=Lr2vq"), bag.All.Any(d => d.Id == "LR2VQ4126"));
    }

    [Fact]
    public void Blocks_are_residual_blocks_and_chains()
    {
        File.WriteAllBytes(Path.Combine(_folder, "net.onnx"), Network());
        Torch.WithNetwork(Path.Combine(_folder, "net.onnx"), planned =>
        {
            IReadOnlyList<NetworkBlock> blocks = NetworkBlock.Of(planned.Plan);
            Assert.Equal(["stem.weight", "a.weight b.weight", "fc.weight"], blocks.Select(b => string.Join(' ', b.Steps.SelectMany(s => s.Inputs).Select(i => planned.Plan.Weights.FirstOrDefault(w => w.Value == i))
                .Where(w => w is { Role: WeightRole.Conv or WeightRole.Gemm }).Select(w => w!.Name))));
            Assert.Equal(planned.Plan.Inputs[0].Value, blocks[0].Entry);
            Assert.Equal(blocks[0].Exit, blocks[1].Entry);
            Assert.Equal(planned.Plan.Outputs[0].Value, blocks[^1].Exit);
        });
    }

    [Theory]
    [InlineData("LR2VQ4112", "Preset=Lossless")]
    [InlineData("LR2VQ4112", "Preset=Fast")]
    public void What_cannot_be_tuned_is_refused(string code, params string[] options)
    {
        (CompressedModel? model, DiagnosticBag bag) = Compress(Network(), "Blocks", "00:00:10", options);
        Assert.Null(model);
        Assert.Contains(bag.All, d => d.Id == code);
    }

    [Fact]
    public void Few_samples_are_refused()
    {
        (CompressedModel? model, DiagnosticBag bag) = Compress(Network(), "EndToEnd", "00:00:10", ["Preset=Lr2vq"], samples: 20);
        Assert.Null(model);
        Assert.Equal("LR2VQ4111", Assert.Single(bag.All, d => d.Severity == DiagnosticSeverity.Error).Id);
    }

    [Fact]
    public void A_cancelled_tuning_leaves_no_file()
    {
        Torch.Require();
        using CancellationTokenSource stop = new();
        Assert.ThrowsAny<OperationCanceledException>(() => Compress(Network(), "EndToEnd", "01:00:00", ["Preset=Lr2vq"], cancellation: stop.Token, progress: new Ends(stop)));
        Assert.False(File.Exists(Path.Combine(_folder, "net.lr2vq")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Cancels when training has begun, which is the second half.</summary>
    private sealed class Ends(CancellationTokenSource stop) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value)
        {
            if (value.Fraction > 0.52) stop.Cancel();
        }
    }

    private (CompressedModel? Model, DiagnosticBag Bag) Compress(byte[] network, string mode, string limit, string[] options, int samples = 128, CancellationToken cancellation = default,
        IProgress<CompressionProgress>? progress = null)
    {
        string path = Path.Combine(_folder, "net.onnx"), data = Path.Combine(_folder, "data.npy");
        File.WriteAllBytes(path, network);
        HostTensor.Of(Pictures(samples), samples, 3, 16, 16).WriteNpy(data);
        DiagnosticBag bag = new();
        ModelOptions chosen = OptionParser.Parse([.. options.Select(o => o.Split('=')).Select(o => new KeyValuePair<string, string>(o[0], o[1])), new("CalibrationData", data), new("FineTune", mode), new("TimeLimit", limit)], path, bag);
        Assert.False(bag.HasErrors, string.Join('\n', bag.All));
        return (ModelCompressor.Compress(path, Path.Combine(_folder, "net.lr2vq"), chosen, progress, bag, cancellation, new FineTuner([])), bag);
    }

    /// <summary>A few waves each, around a colour.</summary>
    private static float[] Pictures(int count)
    {
        Random random = new(3);
        float[] values = new float[count * 3 * 256];
        for (int p = 0; p < count * 3; p++)
        {
            (double a, double b, double c, double d, double mean) = (random.NextDouble() * 2, random.NextDouble() - 0.5, random.NextDouble() - 0.5, random.NextDouble() * 6, random.NextDouble() * 4 - 2);
            for (int i = 0; i < 256; i++) values[p * 256 + i] = (float)(mean + a * Math.Sin(b * (i / 16) + c * (i % 16) + d));
        }
        return values;
    }

    /// <summary>A convolution, a residual block, a classifier.</summary>
    /// <param name="scores">Size of the scores: answers of small ones are nearly uniform, and no weight matters much.</param>
    private static byte[] Network(float scores = 0.3f) => new OnnxBuilder(13)
        .Input("image", ElementType.Float32, "N", 3, 16, 16)
        .Initializer("stem.weight", RandomTensor.Floats(1, -0.3f, 0.3f, 32, 3, 3, 3))
        .Initializer("stem.bias", RandomTensor.Floats(2, -0.1f, 0.1f, 32))
        .Initializer("a.weight", RandomTensor.Floats(3, -0.1f, 0.1f, 32, 32, 3, 3))
        .Initializer("a.bias", RandomTensor.Floats(4, -0.1f, 0.1f, 32))
        .Initializer("b.weight", RandomTensor.Floats(5, -0.1f, 0.1f, 32, 32, 3, 3))
        .Initializer("b.bias", RandomTensor.Floats(6, -0.1f, 0.1f, 32))
        .Initializer("fc.weight", RandomTensor.Floats(7, -scores, scores, 10, 32))
        .Initializer("fc.bias", RandomTensor.Floats(8, 10))
        .Node("Conv", ["image", "stem.weight", "stem.bias"], ["s"], ("pads", new long[] { 1, 1, 1, 1 }), ("strides", new long[] { 2, 2 }))
        .Node("Relu", ["s"], ["x"])
        .Node("Conv", ["x", "a.weight", "a.bias"], ["p"], ("pads", new long[] { 1, 1, 1, 1 }))
        .Node("Relu", ["p"], ["q"])
        .Node("Conv", ["q", "b.weight", "b.bias"], ["r"], ("pads", new long[] { 1, 1, 1, 1 }))
        .Node("Add", ["r", "x"], ["t"])
        .Node("Relu", ["t"], ["u"])
        .Node("GlobalAveragePool", ["u"], ["v"])
        .Node("Flatten", ["v"], ["w"])
        .Node("Gemm", ["w", "fc.weight", "fc.bias"], ["scores"], ("transB", 1L))
        .Output("scores", ElementType.Float32, "N", 10)
        .Build();
}
