using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Onnx;
using Lr2vq.Planning;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Calibration;

/// <summary>A small network made in code, planned, with its weights and samples for it.</summary>
internal sealed class CalibrationNetwork : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), "lr2vq-test-" + Guid.NewGuid().ToString("n") + ".onnx");
    private readonly OnnxModel _model;

    private CalibrationNetwork(OnnxBuilder builder)
    {
        builder.Write(_path);
        DiagnosticBag bag = new();
        _model = ModelCompressor.Open(_path, new Dictionary<string, long>(), bag)!;
        Network = Planner.Plan(_model, "network", _path, null, bag)!;
        Assert.Empty(bag.All);
        Weights = ModelCompressor.Sources(Network);
    }

    public PlannedNetwork Network { get; }

    /// <summary>Plans the model once more.</summary>
    public PlannedNetwork? PlanAgain(CancellationToken cancellation) => Planner.Plan(_model, "network", _path, null, new DiagnosticBag(), cancellation: cancellation);

    public WeightSource[] Weights { get; }

    /// <summary>Every kind of step with a weight, and nothing but them.</summary>
    public static CalibrationNetwork Linear() => new(new OnnxBuilder().Input("x", ElementType.Float32, 1, 5, 13, 11)
        .Initializer("a", RandomTensor.Floats(1, 18, 5, 3, 3)).Initializer("ab", RandomTensor.Floats(2, 18))
        .Node("Conv", ["x", "a", "ab"], ["u"], ("strides", new long[] { 2, 1 }), ("pads", new long[] { 1, 0, 2, 1 }), ("dilations", new long[] { 1, 2 }))
        .Initializer("b", RandomTensor.Floats(3, 12, 9, 1, 3)).Initializer("bb", RandomTensor.Floats(4, 12))
        .Node("Conv", ["u", "b", "bb"], ["v"], ("group", 2L), ("pads", new long[] { 0, 1, 0, 1 }))
        .Initializer("c", RandomTensor.Floats(5, 12, 1, 3, 3)).Initializer("cb", RandomTensor.Floats(6, 12))
        .Node("Conv", ["v", "c", "cb"], ["w"], ("group", 12L), ("pads", new long[] { 1, 1, 1, 1 }))
        .Initializer("d", RandomTensor.Floats(7, 12, 7, 3, 2)).Initializer("db", RandomTensor.Floats(8, 7))
        .Node("ConvTranspose", ["w", "d", "db"], ["t"], ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 0, 0, 1 }), ("output_padding", new long[] { 1, 0 }))
        .Node("GlobalAveragePool", ["t"], ["p"]).Node("Flatten", ["p"], ["f"])
        .Initializer("e", RandomTensor.Floats(9, 6, 7)).Initializer("eb", RandomTensor.Floats(10, 6))
        .Node("Gemm", ["f", "e", "eb"], ["y"], ("transB", 1L)).Output("y", ElementType.Float32, 1, 6));

    /// <summary>A classifier with a stem, depthwise and pointwise convolutions.</summary>
    public static CalibrationNetwork Classifier()
    {
        static HostTensor Scaled(int seed, params int[] shape)
        {
            double scale = 1.6 / Math.Sqrt(shape.Skip(1).Aggregate(1, (a, b) => a * b));
            return RandomTensor.Floats(seed, (float)-scale, (float)scale, shape);
        }
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 1, 3, 16, 16);
        void Conv(string from, string to, string weight, HostTensor value, long groups = 1, long stride = 1)
        {
            long pad = value.Shape[2] / 2;
            builder.Initializer(weight, value).Initializer(weight + ".bias", RandomTensor.Floats(50 + weight.Length, -0.1f, 0.1f, value.Shape[0]))
                .Node("Conv", [from, weight, weight + ".bias"], [to + "c"], ("group", groups), ("strides", new[] { stride, stride }), ("pads", new[] { pad, pad, pad, pad }))
                .Node("Relu", [to + "c"], [to]);
        }
        Conv("x", "a", "stem", Scaled(1, 16, 3, 3, 3));
        Conv("a", "b", "depthwise", Scaled(2, 16, 1, 3, 3), groups: 16, stride: 2);
        Conv("b", "c", "pointwise", Scaled(3, 48, 16, 1, 1));
        Conv("c", "d", "spatial", Scaled(4, 32, 48, 3, 3));
        Conv("d", "e", "last", Scaled(5, 64, 32, 1, 1));
        return new(builder.Node("GlobalAveragePool", ["e"], ["p"]).Node("Flatten", ["p"], ["f"]).Initializer("head", RandomTensor.Floats(6, -4f, 4f, 64, 10))
            .Initializer("head.bias", RandomTensor.Floats(7, 10)).Node("Gemm", ["f", "head", "head.bias"], ["y"]).Output("y", ElementType.Float32, 1, 10));
    }

    public InputSample[] Samples(int count, int seed = 100) => [.. Enumerable.Range(0, count).Select(i =>
    {
        int[] shape = [.. Network.Plan.Inputs[0].Shape.Select(d => (int)d.Value)];
        // Smooth, so that inputs have much in common.
        float[] noise = RandomTensor.Uniform(seed + i, shape.Aggregate(1, (a, b) => a * b)), values = new float[noise.Length];
        float last = 0;
        for (int k = 0; k < values.Length; k++) values[k] = last = 0.8f * last + noise[k];
        return new InputSample([new NpyFile(ElementType.Float32, shape, MemoryMarshal.AsBytes<float>(values).ToArray())]);
    })];

    /// <summary>Length of an artifact that is nothing but payloads.</summary>
    public static long Length(IReadOnlyList<TensorLengths> lengths) => lengths.Sum(l => l.Payload);

    public void Dispose()
    {
        _model.Dispose();
        File.Delete(_path);
    }
}
