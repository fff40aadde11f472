using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Lr2vq.Data;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Tool;

/// <summary><c>lr2vq estimate</c>: what it tells is what compressing then does.</summary>
public sealed class EstimateTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void BytesAreThoseOfTheArtifactNearlyAndTheCurveFallsFromAllToNothing()
    {
        string model = Network();
        JsonElement estimate = ToolRunner.Run("estimate", model, "--step", "0.2", "--json").Json();
        Assert.Equal(0, ToolRunner.Run("compress", model, "--step", "0.2", "-o", _folder["net.lr2vq"]).Code);

        Assert.InRange(estimate.GetProperty("bytes").GetDouble() / new FileInfo(_folder["net.lr2vq"]).Length, 0.95, 1.05);
        JsonElement[] cut = [.. estimate.GetProperty("tensors").EnumerateArray().Where(t => t.GetProperty("m").ValueKind == JsonValueKind.Number)];
        Assert.NotEmpty(cut);
        foreach (JsonElement tensor in cut)
        {
            double[] spectrum = Numbers(tensor, "spectrum"), beyond = Numbers(tensor, "beyond");
            Assert.Equal(1, spectrum.Sum(), 4);
            Assert.Equal(spectrum.OrderDescending(), spectrum);
            Assert.Equal(spectrum.Length + 1, beyond.Length);
            Assert.Equal((1, 0), (Math.Round(beyond[0], 4), Math.Round(beyond[^1], 4)));
            Assert.InRange(tensor.GetProperty("d").GetInt32(), 1, spectrum.Length);
        }
    }

    /// <summary>The kernels of <c>flat</c> lie in a plane, those of <c>full</c> anywhere: d̃ has to see it.</summary>
    [Fact]
    public void KernelsOfFewShapesNeedFewDimensions()
    {
        JsonElement[] tensors = [.. ToolRunner.Run("estimate", Network(), "--json").Json().GetProperty("tensors").EnumerateArray()];
        JsonElement Of(string name) => tensors.Single(t => t.GetProperty("name").GetString() == name);

        Assert.Equal(2, Of("flat").GetProperty("d").GetInt32());
        Assert.InRange(Numbers(Of("flat"), "beyond")[2], 0, 1e-5);
        Assert.InRange(Numbers(Of("full"), "beyond")[2], 0.4, 1);
    }

    [Theory]
    [InlineData]
    [InlineData("--target-ratio", "7")]
    public void RanksAndTheirBytesAreThoseOfTheArtifactNearly(params string[] aim)
    {
        string model = Network();
        JsonElement estimate = ToolRunner.Run(["estimate", model, "--method", "svd", .. aim, "--json"]).Json();
        Assert.Equal(0, ToolRunner.Run(["compress", model, "--method", "svd", .. aim, "-o", _folder["net.lr2vq"]]).Code);
        Assert.InRange(estimate.GetProperty("bytes").GetDouble() / new FileInfo(_folder["net.lr2vq"]).Length, 0.9, 1.1);
        JsonElement[] factors = [.. estimate.GetProperty("tensors").EnumerateArray().Where(t => t.GetProperty("rank").ValueKind == JsonValueKind.Number)];
        Assert.NotEmpty(factors);
        Assert.All(factors, t => Assert.InRange(t.GetProperty("relativeError").GetDouble(), 0, 0.9));
        Assert.Contains("rank", ToolRunner.Run(["estimate", model, "--method", "svd", .. aim]).Output);
        Assert.DoesNotContain(" rank", ToolRunner.Run("estimate", model).Output);
    }

    [Fact]
    public void DataMakesAConfigThatCompressTakes()
    {
        string model = Network();
        string data = Directory.CreateDirectory(_folder["data"]).FullName;
        for (int i = 0; i < 8; i++) new NpyFile(ElementType.Float32, [1, 3, 16, 16], System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(RandomTensor.Floats(i, 1, 3, 16, 16).Values<float>()).ToArray()).Write(Path.Combine(data, $"{i}.npy"));

        ToolRun run = ToolRunner.Run("estimate", model, "--target-ratio", "6", "--calibration-data", data, "--write", _folder["steps.json"]);

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("output change", run.Output, StringComparison.Ordinal);
        JsonElement tensors = JsonDocument.Parse(File.ReadAllText(_folder["steps.json"])).RootElement.GetProperty("tensors");
        Assert.True(tensors.EnumerateObject().Select(t => t.Value.GetProperty("step").GetDouble()).Distinct().Count() > 1);
        Assert.Equal(0, ToolRunner.Run("compress", model, "--config", _folder["steps.json"], "-o", _folder["net.lr2vq"]).Code);
        Assert.InRange(new FileInfo(model).Length / (double)new FileInfo(_folder["net.lr2vq"]).Length, 5.7, 6.6);
    }

    private static double[] Numbers(JsonElement tensor, string field) => [.. tensor.GetProperty(field).EnumerateArray().Select(v => v.GetDouble())];

    private string Network()
    {
        float[] full = RandomTensor.Floats(2, 64, 32, 3, 3).Values<float>().ToArray(), flat = new float[full.Length], noise = RandomTensor.Floats(3, 64, 32, 3, 3).Values<float>().ToArray();
        for (int i = 0; i < flat.Length; i++)
        {
            int kernel = i / 9 * 9, tap = i % 9;
            // Two shapes, mixed by two numbers of each kernel.
            flat[i] = noise[kernel] * MathF.Cos(tap) + noise[kernel + 1] * (tap - 4) / 4f;
        }
        string path = _folder["net.onnx"];
        new OnnxBuilder(13).Input("x", ElementType.Float32, 1, 3, 16, 16).Initializer("first", RandomTensor.Floats(1, 32, 3, 3, 3))
            .Initializer("full", HostTensor.Of(full, 64, 32, 3, 3)).Initializer("flat", HostTensor.Of(flat, 64, 32, 3, 3)).Initializer("last", RandomTensor.Floats(4, 40, 128))
            .Node("Conv", ["x", "first"], ["a"]).Node("Relu", ["a"], ["b"]).Node("Conv", ["b", "full"], ["c"]).Node("Conv", ["b", "flat"], ["d"]).Node("Concat", ["c", "d"], ["e"], ("axis", 1))
            .Node("GlobalAveragePool", ["e"], ["f"]).Node("Flatten", ["f"], ["g"]).Node("Gemm", ["g", "last"], ["y"], ("transB", 1)).Output("y", ElementType.Float32, 1, 40).Write(path);
        return path;
    }
}
