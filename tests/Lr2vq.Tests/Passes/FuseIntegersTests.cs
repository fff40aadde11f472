using System.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Passes;

/// <summary>What becomes an operator of integers, and what stays one of floats. Either way the outputs are ONNX Runtime's.</summary>
public sealed class FuseIntegersTests
{
    [Fact]
    public void ConvolutionWithBiasAndRelu() => Check(Conv(0.02f).Node("Relu", ["c"], ["r"]), "r", 0, "QuantizeLinear QLinearConv DequantizeLinear");

    [Fact]
    public void ReluThatTheZeroPointIsNotStays() => Check(Conv(0.02f).Node("Relu", ["c"], ["r"]), "r", 9, "RoundToGrid Conv+relu RoundToGrid ToPlain");

    [Theory]
    [InlineData(6.2f, "QuantizeLinear QLinearConv DequantizeLinear"), InlineData(3.0f, "RoundToGrid Conv+clip RoundToGrid ToPlain")]
    public void ClipWithinTheRange(float most, string steps) => Check(Conv(0.02f).Initializer("low", HostTensor.Scalar(0f)).Initializer("high", HostTensor.Scalar(most)).Node("Clip", ["c", "low", "high"], ["r"]), "r", 0, steps);

    [Fact]
    public void BiasOfAnotherScaleStays() => Check(Conv(0.03f), "c", 128, "RoundToGrid Conv RoundToGrid ToPlain");

    [Fact]
    public void ResultThatIsReadAsFloatsStays() => Check(Conv(0.02f).Output("c"), "c", 128, "RoundToGrid Conv ToPlain RoundToGrid ToPlain");

    [Fact]
    public void SumsAndMeans() => Check(Input().Node("Add", ["xd", "xd"], ["s"]).Node("QuantizeLinear", ["s", "ys", "yz"], ["sq"]).Node("DequantizeLinear", ["sq", "ys", "yz"], ["sd"])
        .Node("GlobalAveragePool", ["sd"], ["g"]), "g", 128, "QuantizeLinear QLinearAdd QLinearGlobalAveragePool DequantizeLinear");

    [Fact]
    public void ProductOfMatrices() => Check(Input().Node("Transpose", ["xd"], ["t"], ("perm", new long[] { 0, 1, 3, 2 })).Node("MatMul", ["xd", "t"], ["m"]), "m", 128,
        "RoundToGrid MatMul RoundToGrid");

    [Fact]
    public void MovementWithTheSameScale() => Check(Input().Node("Transpose", ["xd"], ["m"], ("perm", new long[] { 0, 2, 3, 1 })), "m", 100, "QuantizeLinear Transpose DequantizeLinear", 0.04f);

    [Fact]
    public void MovementWithAnotherScaleStays() => Check(Input().Node("Transpose", ["xd"], ["m"], ("perm", new long[] { 0, 2, 3, 1 })), "m", 100, "RoundToGrid Transpose RoundToGrid", 0.05f);

    private static OnnxBuilder Input() => new OnnxBuilder(21).Input("x", ElementType.Float32, 1, 4, 6, 6)
        .Initializer("xs", HostTensor.Scalar(0.04f)).Initializer("xz", HostTensor.Scalar((byte)100)).Node("QuantizeLinear", ["x", "xs", "xz"], ["xq"]).Node("DequantizeLinear", ["xq", "xs", "xz"], ["xd"]);

    /// <summary>Weights of scale 0.5, so that a bias of scale 0.02 fits.</summary>
    private static OnnxBuilder Conv(float biasScale) => Input()
        .Initializer("w", HostTensor.Of([.. Enumerable.Range(0, 5 * 4 * 9).Select(i => (sbyte)(i * 37 % 255 - 127))], 5, 4, 3, 3)).Initializer("ws", HostTensor.Scalar(0.5f))
        .Initializer("b", HostTensor.Of([-300, 20, 4000, 0, 77], 5)).Initializer("bs", HostTensor.Scalar(biasScale))
        .Node("DequantizeLinear", ["w", "ws"], ["wd"]).Node("DequantizeLinear", ["b", "bs"], ["bd"]).Node("Conv", ["xd", "wd", "bd"], ["c"], ("pads", new long[] { 1, 1, 1, 1 }));

    /// <summary>Rounds the end, makes it the output, the last one, and compares steps and values.</summary>
    private static void Check(OnnxBuilder builder, string end, byte zeroPoint, string steps, float scale = 0.024f)
    {
        builder.Initializer("ys", HostTensor.Scalar(scale)).Initializer("yz", HostTensor.Scalar(zeroPoint)).Node("QuantizeLinear", [end, "ys", "yz"], ["yq"]).Node("DequantizeLinear", ["yq", "ys", "yz"], ["y"]).Output("y");
        byte[] model = builder.Build();
        using ManagedChain chain = ManagedChain.Of(model);
        Assert.Equal(steps, PlannedModel.Operators(chain.Compressed.Plan));
        HostTensor x = RandomTensor.Floats(3, -3f, 3f, 1, 4, 6, 6);
        using OrtOracle oracle = new(model, optimize: false);
        float[] expected = oracle.Run(("x", x))[^1].Values<float>().ToArray(), found = chain.Run(("x", x))[^1].Values<float>().ToArray();
        // Sums of floats are rounded before they are quantized: a half may fall to the other side.
        Assert.All(expected.Zip(found), pair => Assert.InRange(pair.Second, pair.First - 1.01f * scale, pair.First + 1.01f * scale));
        Assert.True(expected.Zip(found).Count(pair => pair.First == pair.Second) >= expected.Length * 99 / 100);
    }
}
