using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;
using Lr2vq.Training.FineTuning;
using Xunit;

namespace Lr2vq.Training.Tests;

/// <summary>Training after compression, from the options to the artifact.</summary>
public sealed class FineTuneTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-tune").FullName;

    [Theory]
    [InlineData("EndToEnd", "Preset=Lr2vq", "K=16")]
    public void Tuning_brings_the_answers_nearer(string mode, params string[] options)
    {
        Torch.Require();
        (CompressedModel? model, DiagnosticBag bag) = Compress(Network(), mode, "00:00:20", options);
        Assert.True(model is not null, string.Join('\n', bag.All));
        TuningRecord tuning = model.Meta.Tuning!;
        output.WriteLine($"{tuning}");
        Assert.True(tuning.After < 0.7 * tuning.Before, $"{tuning}");
        Assert.Equal(model.FileBytes, new FileInfo(Path.Combine(_folder, "net.lr2vq")).Length);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private (CompressedModel? Model, DiagnosticBag Bag) Compress(byte[] network, string mode, string limit, string[] options)
    {
        string path = Path.Combine(_folder, "net.onnx"), data = Path.Combine(_folder, "data.npy");
        File.WriteAllBytes(path, network);
        HostTensor.Of(Pictures(128), 128, 3, 16, 16).WriteNpy(data);
        DiagnosticBag bag = new();
        ModelOptions chosen = OptionParser.Parse([.. options.Select(o => o.Split('=')).Select(o => new KeyValuePair<string, string>(o[0], o[1])), new("CalibrationData", data), new("FineTune", mode), new("TimeLimit", limit)], path, bag);
        Assert.False(bag.HasErrors, string.Join('\n', bag.All));
        return (ModelCompressor.Compress(path, Path.Combine(_folder, "net.lr2vq"), chosen, new Told(output), bag, CancellationToken.None, new FineTuner([])), bag);
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
    private static byte[] Network() => new OnnxBuilder(13)
        .Input("image", ElementType.Float32, "N", 3, 16, 16)
        .Initializer("stem.weight", RandomTensor.Floats(1, -0.3f, 0.3f, 32, 3, 3, 3))
        .Initializer("stem.bias", RandomTensor.Floats(2, -0.1f, 0.1f, 32))
        .Initializer("a.weight", RandomTensor.Floats(3, -0.1f, 0.1f, 32, 32, 3, 3))
        .Initializer("a.bias", RandomTensor.Floats(4, -0.1f, 0.1f, 32))
        .Initializer("b.weight", RandomTensor.Floats(5, -0.1f, 0.1f, 32, 32, 3, 3))
        .Initializer("b.bias", RandomTensor.Floats(6, -0.1f, 0.1f, 32))
        .Initializer("fc.weight", RandomTensor.Floats(7, -0.3f, 0.3f, 10, 32))
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

    private sealed class Told(ITestOutputHelper output) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value) => output.WriteLine($"{value.Fraction:0.00} {value.Stage}");
    }
}
