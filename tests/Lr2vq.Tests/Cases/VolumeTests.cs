using System;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Networks over three axes, and convolutions whose weights a network computes.</summary>
public sealed class VolumeTests
{
    /// <summary>Every method that asks for no calibration data: what is computed from the artifact is what the artifact holds.</summary>
    [Theory]
    [InlineData("Uniform"), InlineData("KMeans"), InlineData("Rvq"), InlineData("Ecsq"), InlineData("TcEcsq"), InlineData("Lr2vq"), InlineData("Binary")]
    [InlineData("Svd"), InlineData("Pqf"), InlineData("Qswd"), InlineData("Int8"), InlineData("Fp16")]
    public void WeightsOfVolumesAreCompressed(string method)
    {
        byte[] model = Network();
        CompressionOptions options = new() { Method = Enum.Parse<CompressionMethod>(method), MaxError = 10, Threads = 1 };
        using ManagedChain chain = ManagedChain.Of(model, options: new ModelOptions { Compression = options });
        (string, HostTensor) x = ("x", RandomTensor.Floats(9, 1, 16, 4, 9, 9));
        byte[] exported = chain.Export();
        Tolerance.OfLargest(1e-4).Check(OrtOracle.Run(exported, x)[0], chain.Run(x)[0], method);
        Assert.True(chain.Artifact.Length < model.Length * 0.7, $"{chain.Artifact.Length} of {model.Length} bytes");
    }

    [Fact]
    public void WhatFollowsAConvolutionOfVolumesIsDoneByItsStep()
    {
        using ManagedChain chain = ManagedChain.Of(Network());
        Assert.Equal(["Conv3D relu", "ConvTranspose3D relu", "Conv3D none", "Reshape none", "Conv relu", "Reshape none", "GlobalAveragePool none"],
            chain.Compressed.Plan.Steps.Where(step => step.Operator is not ("ToBlocked" or "ToPlain")).Select(step => step.Operator + " " + step.Attributes.Text("act", "none")));
        (string, HostTensor) x = ("x", RandomTensor.Floats(9, 1, 16, 4, 9, 9));
        Tolerance.OfLargest(1e-5).Check(OrtOracle.Run(Network(), x)[0], chain.Run(x)[0], "the network");
    }

    /// <summary>A convolution, a transposed one, a depthwise one, and one along the depth.</summary>
    private static byte[] Network() => new OnnxBuilder(17).Input("x", ElementType.Float32, "n", 16, 4, 9, 9)
        .Initializer("w", RandomTensor.Floats(1, 32, 16, 3, 3, 3)).Initializer("t", RandomTensor.Floats(2, 32, 16, 2, 2, 2)).Initializer("d", RandomTensor.Floats(3, 16, 1, 3, 3, 3))
        .Initializer("a", RandomTensor.Floats(4, 64, 16, 3, 1, 1)).Initializer("scale", RandomTensor.Floats(5, 32)).Initializer("shift", RandomTensor.Floats(6, 32))
        .Initializer("mean", RandomTensor.Floats(7, 32)).Initializer("variance", RandomTensor.Floats(8, 0.5f, 2f, 32))
        .Node("Conv", ["x", "w"], ["c"], ("pads", new[] { 1, 1, 1, 1, 1, 1 })).Node("BatchNormalization", ["c", "scale", "shift", "mean", "variance"], ["b"]).Node("Relu", ["b"], ["r"])
        .Node("ConvTranspose", ["r", "t"], ["u"], ("strides", new[] { 2, 2, 2 })).Node("Relu", ["u"], ["v"]).Node("Conv", ["v", "d"], ["e"], ("group", 16), ("pads", new[] { 1, 1, 1, 1, 1, 1 }))
        .Node("Conv", ["e", "a"], ["f"], ("strides", new[] { 2, 1, 1 })).Node("Relu", ["f"], ["g"]).Node("GlobalAveragePool", ["g"], ["y"]).Output("y", ElementType.Float32, "n", 64, 1, 1, 1).Build();

    /// <summary>A network that makes the weights of a convolution of the one beside it: other weights in every call, any number of images.</summary>
    [Theory, InlineData(1, "Conv"), InlineData(8, "Conv"), InlineData(1, "ConvTranspose")]
    public void AHypernetworkMakesWeights(int groups, string op)
    {
        const int channels = 8;
        int second = op == "Conv" ? channels / groups : channels;
        OnnxBuilder builder = new OnnxBuilder(17).Input("x", ElementType.Float32, "n", channels, 12, 12).Input("style", ElementType.Float32, 1, 5)
            .Initializer("m", RandomTensor.Floats(1, 5, channels * second * 9)).Initializer("k", RandomTensor.Floats(2, 5, channels)).Constant("shape", HostTensor.Longs(channels, second, 3, 3))
            .Constant("row", HostTensor.Longs(channels)).Node("MatMul", ["style", "m"], ["flat"]).Node("Reshape", ["flat", "shape"], ["w"]).Node("MatMul", ["style", "k"], ["biases"]).Node("Reshape", ["biases", "row"], ["b"])
            .Node(op, ["x", "w", "b"], ["y"], ("group", groups), ("pads", new[] { 1, 1, 1, 1 })).Node("Relu", ["y"], ["z"]).Output("z", ElementType.Float32, "n", channels, null, null);
        byte[] model = builder.Build();
        using ManagedChain chain = ManagedChain.Of(model);
        for (int call = 0; call < 3; call++)
        {
            (string, HostTensor)[] inputs = [("x", RandomTensor.Floats(10 + call, 1 + call, channels, 12, 12)), ("style", RandomTensor.Floats(20 + call, 1, 5))];
            Tolerance.OfLargest(1e-5).Check(OrtOracle.Run(model, inputs)[0], chain.Run(inputs)[0], $"call {call}");
        }
    }

    /// <summary>A weight for each image: images are groups (dynamic convolution).</summary>
    [Fact]
    public void EveryImageHasWeightsOfItsOwn()
    {
        byte[] model = new OnnxBuilder(17).Input("x", ElementType.Float32, 3, 4, 10, 10).Input("w", ElementType.Float32, 3, 6, 4, 3, 3)
            .Constant("one", HostTensor.Longs(1, 12, 10, 10)).Constant("rows", HostTensor.Longs(18, 4, 3, 3)).Constant("back", HostTensor.Longs(3, 6, 8, 8))
            .Node("Reshape", ["x", "one"], ["a"]).Node("Reshape", ["w", "rows"], ["b"]).Node("Conv", ["a", "b"], ["c"], ("group", 3)).Node("Reshape", ["c", "back"], ["y"])
            .Output("y", ElementType.Float32, 3, 6, 8, 8).Build();
        using ManagedChain chain = ManagedChain.Of(model);
        (string, HostTensor)[] inputs = [("x", RandomTensor.Floats(1, 3, 4, 10, 10)), ("w", RandomTensor.Floats(2, 3, 6, 4, 3, 3))];
        Tolerance.OfLargest(1e-5).Check(OrtOracle.Run(model, inputs)[0], chain.Run(inputs)[0], "the images");
    }

    [Fact]
    public void AWeightOfUnknownShapeNamesTheDimensions()
    {
        byte[] model = new OnnxBuilder(17).Input("x", ElementType.Float32, 1, 4, 10, 10).Input("w", ElementType.Float32, "o", 4, 3, 3).Node("Conv", ["x", "w"], ["y"]).Output("y", ElementType.Float32, 1, null, null, null).Build();
        DiagnosticException refused = Assert.Throws<DiagnosticException>(() => ManagedChain.Of(model));
        Assert.Contains("Dimensions=\"o=64\"", refused.Diagnostics[0].Text, StringComparison.Ordinal);
    }
}
