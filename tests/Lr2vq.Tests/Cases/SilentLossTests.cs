using System;
using System.IO;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Options;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Weights whose columns differ in scale while their inputs differ inversely: what the weights' error does not show, the output does.</summary>
public sealed class SilentLossTests
{
    // An error of 0.001 of the weights of two or three layers, in amplitude.
    private const double Limit = 0.06;

    private static readonly ModelOptions s_balanced = new() { Compression = new CompressionOptions { Threads = 1 } };

    [Theory]
    [InlineData("outlier_column")]
    [InlineData("tabular8")]
    public void TheCaseKeepsItsOutput(string name) => AssertKept(TestData.Case($"03-silent-loss/{name}.onnx"), _ => HostTensor.ReadNpy(TestData.Case($"03-silent-loss/{name}.x.npy")));

    /// <summary>Features in units of their own: small enough for int8, and large enough for levels.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(200)]
    public void FeaturesInDifferentUnits(int width) => AssertKept(
        new OnnxBuilder().Input("x", ElementType.Float32, 32, 24)
            .Initializer("w", Scaled(1, (width, 24), j => 1 / Unit(j % 24))).Node("Gemm", ["x", "w"], ["h"], ("transB", 1L)).Node("Relu", ["h"], ["r"])
            .Initializer("v", RandomTensor.Floats(2, width, 16)).Node("MatMul", ["r", "v"], ["y"]).Output("y", ElementType.Float32, 32, 16),
        Scaled(3, (32, 24), j => Unit(j % 24)));

    [Theory]
    [InlineData("Conv", 1, 1)]
    [InlineData("Conv", 3, 1)]
    [InlineData("Conv", 3, 2)]
    [InlineData("ConvTranspose", 2, 1)]
    public void ChannelsOfDifferentScale(string op, int size, int groups)
    {
        const int inputs = 32, outputs = 48;
        int taps = size * size;
        HostTensor image = Scaled(4, (inputs, 12 * 12), j => Unit(j / 144));
        HostTensor weight = op == "Conv"
            ? Scaled(5, (outputs, inputs / groups * taps), j => 1 / Unit(j / taps % (inputs / groups) + j / (inputs / groups * taps) / (outputs / groups) * (inputs / groups)))
            : Scaled(5, (inputs, outputs * taps), j => 1 / Unit(j / (outputs * taps)));
        int[] shape = op == "Conv" ? [outputs, inputs / groups, size, size] : [inputs, outputs, size, size];
        // A first convolution is spared; this one is not the first.
        AssertKept(new OnnxBuilder().Input("x", ElementType.Float32, 1, inputs, 12, 12)
            .Initializer("one", HostTensor.Of([.. Enumerable.Range(0, inputs * 9).Select(i => i % 9 == 4 ? 1f : 0f)], inputs, 1, 3, 3))
            .Node("Conv", ["x", "one"], ["c"], ("group", (long)inputs), ("pads", new long[] { 1, 1, 1, 1 }))
            .Initializer("w", HostTensor.Of(weight.Values<float>().ToArray(), shape)).Node(op, ["c", "w"], ["y"], ("group", (long)groups)).Output("y"),
            HostTensor.Of(image.Values<float>().ToArray(), 1, inputs, 12, 12));
    }

    private static double Unit(int channel) => Math.Pow(10, channel * 7 % 11 / 2.0 - 2.5);

    private static HostTensor Scaled(int seed, (int Rows, int Columns) shape, Func<int, double> scale)
    {
        float[] values = RandomTensor.Floats(seed, shape.Rows, shape.Columns).Values<float>().ToArray();
        return HostTensor.Of([.. values.Select((v, j) => (float)(v * scale(j)))], shape.Rows, shape.Columns);
    }

    private static void AssertKept(OnnxBuilder model, HostTensor input)
    {
        string path = Path.Combine(Path.GetTempPath(), "lr2vq-test-" + Guid.NewGuid().ToString("n") + ".onnx");
        try
        {
            File.WriteAllBytes(path, model.Build());
            AssertKept(path, _ => input);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void AssertKept(string path, Func<string, HostTensor> input)
    {
        using OrtOracle oracle = new(path);
        using ManagedChain chain = new(path, s_balanced);
        (string Name, HostTensor)[] inputs = [.. oracle.InputNames.Select(name => (name, input(name)))];
        HostTensor[] expected = oracle.Run(inputs), found = chain.Run(inputs);
        for (int o = 0; o < expected.Length; o++)
        {
            double error = 0, energy = 0;
            foreach ((float a, float b) in expected[o].Values<float>().ToArray().Zip(found[o].Values<float>().ToArray()))
            {
                error += Math.Pow((double)a - b, 2);
                energy += (double)a * a;
            }
            Assert.InRange(Math.Sqrt(error / energy), 0, Limit);
        }
    }
}
