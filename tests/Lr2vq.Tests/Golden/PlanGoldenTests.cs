using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Passes;
using Xunit;

namespace Lr2vq.Tests.Golden;

/// <summary>Recorded Plans: a change of any of them is a change that a person should see.</summary>
public sealed class PlanGoldenTests
{
    private static HostTensor Weights(int seed, params int[] shape) => RandomTensor.Floats(seed, shape);

    private static OnnxBuilder Conv(OnnxBuilder builder, string x, string y, int from, int to, int kernel, long stride = 1, long group = 1) => builder
        .Initializer(y + ".weight", Weights(1, to, from / (int)group, kernel, kernel)).Node("Conv", [x, y + ".weight"], [y + ".conv"], ("strides", new[] { stride, stride }), ("group", group),
            ("pads", new long[] { kernel / 2, kernel / 2, kernel / 2, kernel / 2 }))
        .Initializer(y + ".scale", Weights(2, to)).Initializer(y + ".shift", Weights(3, to)).Initializer(y + ".mean", Weights(4, to)).Initializer(y + ".variance", RandomTensor.Floats(5, 0.5f, 1f, to))
        .Node("BatchNormalization", [y + ".conv", y + ".scale", y + ".shift", y + ".mean", y + ".variance"], [y]);

    private static void Check(string name, OnnxBuilder builder) => Lr2vq.Testing.Golden.Check(name + ".plan", PlanText.Write(PlannedModel.Plan(builder)));

    [Fact]
    public void ConvBatchNormRelu() => Check("conv-bn-relu",
        Conv(new OnnxBuilder(13).Input("image", ElementType.Float32, "batch", 3, 32, 32), "image", "stem", 3, 24, 3, 2).Node("Relu", ["stem"], ["features"]).Output("features"));

    [Fact]
    public void ResidualBlock()
    {
        OnnxBuilder builder = Conv(new OnnxBuilder(13).Input("x", ElementType.Float32, "N", 64, 16, 16), "x", "conv1", 64, 128, 3, 2).Node("Relu", ["conv1"], ["relu1"]);
        Check("residual-block", Conv(Conv(builder, "relu1", "conv2", 128, 128, 3), "x", "down", 64, 128, 1, 2).Node("Add", ["conv2", "down"], ["sum"]).Node("Relu", ["sum"], ["y"]).Output("y"));
    }

    [Fact]
    public void MobileNetBlock()
    {
        OnnxBuilder builder = new OnnxBuilder(13).Input("x", ElementType.Float32, "N", 16, "H", "W").Initializer("zero", HostTensor.Scalar(0f)).Initializer("six", HostTensor.Scalar(6f));
        Conv(builder, "x", "expand", 16, 96, 1).Node("Clip", ["expand", "zero", "six"], ["expand6"]);
        Conv(builder, "expand6", "depthwise", 96, 96, 3, 1, 96).Node("Clip", ["depthwise", "zero", "six"], ["depthwise6"]);
        Check("mobilenet-block", Conv(builder, "depthwise6", "project", 96, 16, 1).Node("Add", ["x", "project"], ["y"]).Output("y"));
    }

    [Fact]
    public void AttentionBlock()
    {
        OnnxBuilder builder = new OnnxBuilder(17).Input("tokens", ElementType.Float32, "N", "T", 32).Initializer("gamma", Weights(1, 32)).Initializer("beta", Weights(2, 32))
            .Initializer("two", HostTensor.Scalar(2f)).Initializer("eps", HostTensor.Scalar(1e-6f)).Initializer("scale", HostTensor.Scalar(0.35355338f))
            .Initializer("qkv.weight", Weights(3, 32, 96)).Initializer("qkv.bias", Weights(4, 96)).Initializer("heads", HostTensor.Longs(0, -1, 3, 4, 8)).Initializer("merge", HostTensor.Longs(0, 0, 32))
            .Initializer("out.weight", Weights(5, 32, 32)).Initializer("out.bias", Weights(6, 32))
            .Node("ReduceMean", ["tokens"], ["mean"], ("axes", new long[] { -1 })).Node("Sub", ["tokens", "mean"], ["centred"]).Node("Pow", ["centred", "two"], ["square"])
            .Node("ReduceMean", ["square"], ["variance"], ("axes", new long[] { -1 })).Node("Add", ["variance", "eps"], ["stable"]).Node("Sqrt", ["stable"], ["deviation"]).Node("Div", ["centred", "deviation"], ["normal"])
            .Node("Mul", ["normal", "gamma"], ["scaled"]).Node("Add", ["scaled", "beta"], ["norm"])
            .Node("MatMul", ["norm", "qkv.weight"], ["qkv0"]).Node("Add", ["qkv0", "qkv.bias"], ["qkv1"]).Node("Reshape", ["qkv1", "heads"], ["qkv2"])
            .Node("Transpose", ["qkv2"], ["qkv3"], ("perm", new long[] { 2, 0, 3, 1, 4 })).Node("Split", ["qkv3"], ["q0", "k0", "v0"], ("axis", 0L))
            .Initializer("first", HostTensor.Longs(0)).Node("Squeeze", ["q0", "first"], ["q"]).Node("Squeeze", ["k0", "first"], ["k"]).Node("Squeeze", ["v0", "first"], ["v"])
            .Node("Mul", ["q", "scale"], ["qs"]).Node("Transpose", ["k"], ["kt"], ("perm", new long[] { 0, 1, 3, 2 })).Node("MatMul", ["qs", "kt"], ["scores"]).Node("Softmax", ["scores"], ["weights"])
            .Node("MatMul", ["weights", "v"], ["mixed"]).Node("Transpose", ["mixed"], ["mixedT"], ("perm", new long[] { 0, 2, 1, 3 })).Node("Reshape", ["mixedT", "merge"], ["merged"])
            .Node("MatMul", ["merged", "out.weight"], ["out0"]).Node("Add", ["out0", "out.bias"], ["out1"]).Node("Add", ["tokens", "out1"], ["y"]).Output("y");
        Check("attention-block", builder);
    }

    [Fact]
    public void SqueezeAndExcite()
    {
        OnnxBuilder builder = new OnnxBuilder(13).Input("x", ElementType.Float32, 1, 3, 32, 32).Initializer("three", HostTensor.Scalar(3f)).Initializer("zero", HostTensor.Scalar(0f)).Initializer("six", HostTensor.Scalar(6f));
        Conv(builder, "x", "stem", 3, 40, 3, 2).Node("Add", ["stem", "three"], ["a"]).Node("Clip", ["a", "zero", "six"], ["c"]).Node("Mul", ["stem", "c"], ["m"]).Node("Div", ["m", "six"], ["h"])
            .Node("GlobalAveragePool", ["h"], ["pool"]).Initializer("w1", Weights(8, 10, 40, 1, 1)).Initializer("b1", Weights(9, 10)).Initializer("w2", Weights(10, 40, 10, 1, 1)).Initializer("b2", Weights(11, 40))
            .Node("Conv", ["pool", "w1", "b1"], ["s1"]).Node("Relu", ["s1"], ["r1"]).Node("Conv", ["r1", "w2", "b2"], ["s2"]).Node("HardSigmoid", ["s2"], ["gate"]).Node("Mul", ["h", "gate"], ["y"]).Output("y");
        Check("squeeze-and-excite", builder);
    }

    [Fact]
    public void TextRecognizer() => CheckFile("ch_PP-OCRv4_rec_infer");

    [Fact]
    public void TextDetector() => CheckFile("ch_PP-OCRv4_det_infer");

    [Fact]
    public void Cifar10ResNet20() => CheckFile("cifar10-resnet20");

    private static void CheckFile(string name)
    {
        Lr2vq.Diagnostics.DiagnosticBag bag = new();
        Plans.Plan? plan = Lr2vq.Compression.ModelCompressor.Plan(TestData.Model(name + ".onnx"), new System.Collections.Generic.Dictionary<string, long>(), bag);
        bag.ThrowIfErrors();
        Lr2vq.Testing.Golden.Check(name + ".plan", PlanText.Write(plan!));
    }
}
