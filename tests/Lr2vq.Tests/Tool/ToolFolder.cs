using System;
using System.IO;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Tool;

/// <summary>A folder of a test, with small models in it.</summary>
internal sealed class ToolFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("lr2vq-tool").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Conv, Relu, pooling and a classifier over [N, 3, 8, 8] or a fixed batch.</summary>
    public string Classifier(string name = "small.onnx", object? batch = null)
    {
        new OnnxBuilder(13).Input("image", ElementType.Float32, batch ?? "N", 3, 8, 8)
            .Initializer("w", RandomTensor.Floats(1, 16, 3, 3, 3)).Initializer("b", RandomTensor.Floats(2, 16)).Initializer("fc", RandomTensor.Floats(3, 10, 16))
            .Node("Conv", ["image", "w", "b"], ["c"], ("pads", new[] { 1, 1, 1, 1 })).Node("Relu", ["c"], ["r"])
            .Node("GlobalAveragePool", ["r"], ["p"]).Node("Flatten", ["p"], ["f"]).Node("Gemm", ["f", "fc"], ["logits"], ("transB", 1))
            .Output("logits", ElementType.Float32, batch ?? "N", 10).Write(this[name]);
        return this[name];
    }

    /// <summary>A 1×1 convolution <c>deep</c> of 64 channels between two others: large enough for every method.</summary>
    public string Pointwise(string name = "pointwise.onnx")
    {
        new OnnxBuilder(13).Input("image", ElementType.Float32, 1, 3, 8, 8)
            .Initializer("stem", RandomTensor.Floats(4, 64, 3, 1, 1)).Initializer("deep", RandomTensor.Floats(5, 64, 64, 1, 1)).Initializer("head", RandomTensor.Floats(6, 16, 64, 1, 1))
            .Node("Conv", ["image", "stem"], ["a"]).Node("Conv", ["a", "deep"], ["b"]).Node("Conv", ["b", "head"], ["y"])
            .Output("y", ElementType.Float32, 1, 16, 8, 8).Write(this[name]);
        return this[name];
    }

    /// <summary>Names of all files, sorted.</summary>
    public string[] Files => [.. Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories).Select(f => System.IO.Path.GetRelativePath(Path, f)).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
