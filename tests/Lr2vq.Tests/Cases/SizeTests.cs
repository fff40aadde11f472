using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>An artifact is not larger than its model, and what makes it small changes no result.</summary>
public sealed class SizeTests : IDisposable
{
    private static readonly Dictionary<string, Func<OnnxBuilder>> s_samples = new(StringComparer.Ordinal)
    {
        // A slope for each channel, spelled out for each pixel.
        ["prelu expand"] = () => Image(new OnnxBuilder(13), 16).Initializer("slope", RandomTensor.Floats(1, 16, 1, 1)).Initializer("full", HostTensor.Longs(1, 16, 64, 64))
            .Node("Expand", ["slope", "full"], ["slopes"]).Node("PRelu", ["x", "slopes"], ["y"]).Output("y", ElementType.Float32, 1, 16, 64, 64),
        ["tile"] = () => Rows(new OnnxBuilder()).Initializer("c", RandomTensor.Floats(1, 2, 64)).Initializer("times", HostTensor.Longs(128, 4))
            .Node("Tile", ["c", "times"], ["t"]).Node("Add", ["x", "t"], ["y"]).Output("y", ElementType.Float32, 256, 256),
        ["constant of shape"] = () => Rows(new OnnxBuilder()).Initializer("shape", HostTensor.Longs(1000, 256))
            .Node("ConstantOfShape", ["shape"], ["t"], ("value", HostTensor.Of([0.5f], 1))).Node("Concat", ["x", "t"], ["y"], ("axis", 0)).Output("y", ElementType.Float32, 1256, 256),
        // Positions that a network computes for itself.
        ["sinusoids"] = () => Rows(new OnnxBuilder()).Initializer("zero", HostTensor.Scalar(0f)).Initializer("one", HostTensor.Scalar(1f)).Initializer("end", HostTensor.Scalar(256f))
            .Initializer("column", HostTensor.Longs(256, 1)).Initializer("f", RandomTensor.Floats(3, 1, 256)).Node("Range", ["zero", "end", "one"], ["r"])
            .Node("Reshape", ["r", "column"], ["p"]).Node("Mul", ["p", "f"], ["a"]).Node("Sin", ["a"], ["s"]).Node("Add", ["x", "s"], ["y"]).Output("y", ElementType.Float32, 256, 256),
        ["causal mask"] = () => Rows(new OnnxBuilder()).Initializer("m", HostTensor.Of([.. from i in Enumerable.Range(0, 256) from j in Enumerable.Range(0, 256) select j <= i], 256, 256))
            .Initializer("low", HostTensor.Scalar(-1e9f)).Node("Where", ["m", "x", "low"], ["y"]).Output("y", ElementType.Float32, 256, 256),
        ["index table"] = () => Rows(new OnnxBuilder()).Initializer("i", HostTensor.Of([.. from i in Enumerable.Range(0, 200) from j in Enumerable.Range(0, 56) select (long)(i + j)], 200, 56))
            .Node("Gather", ["x", "i"], ["y"], ("axis", 0)).Output("y", ElementType.Float32, 200, 56, 256),
        ["six equal weights"] = () => Products(6, i => RandomTensor.Floats(7, 64, 64)),
        // An embedding and a product with the same matrix, turned.
        ["tied embedding"] = () => Tied().Node("Transpose", ["w"], ["t"], ("perm", new long[] { 1, 0 })).Node("MatMul", ["e", "t"], ["y"]).Output("y", ElementType.Float32, 4, 200),
        ["tied embedding, both stored"] = () => Tied().Initializer("t", Turned(RandomTensor.Floats(5, 200, 96))).Node("MatMul", ["e", "t"], ["y"]).Output("y", ElementType.Float32, 4, 200),
        // Probabilities of words times their vectors: the same matrix, not turned.
        ["embedding as a product"] = () => Tied().Initializer("p", RandomTensor.Floats(6, 4, 200)).Node("Softmax", ["p2"], ["q"]).Node("MatMul", ["q", "w"], ["z"])
            .Input("p2", ElementType.Float32, 4, 200).Node("Add", ["e", "z"], ["y"]).Output("y", ElementType.Float32, 4, 96),
        ["a product and its transposition"] = () => Input(new OnnxBuilder(), "x", 4, 200).Initializer("w", RandomTensor.Floats(5, 200, 96)).Node("MatMul", ["x", "w"], ["h"])
            .Node("Transpose", ["w"], ["t"], ("perm", new long[] { 1, 0 })).Node("MatMul", ["h", "t"], ["y"]).Output("y", ElementType.Float32, 4, 200),
        ["two norms after one convolution"] = TwoNorms,
        ["uniform weights"] = () => Image(new OnnxBuilder(), 16).Initializer("shape", HostTensor.Longs(256, 16, 3, 3))
            .Node("ConstantOfShape", ["shape"], ["w"], ("value", HostTensor.Of([0.02f], 1))).Node("Conv", ["x", "w"], ["y"], ("pads", new long[] { 1, 1, 1, 1 }))
            .Output("y", ElementType.Float32, 1, 256, 64, 64),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-sizes").FullName;

    public static TheoryData<string> Names => [.. s_samples.Keys];

    public static TheoryData<string> Cases =>
    [
        "04-bigger/constantofshape.onnx", "04-bigger/one_weight_six_times.onnx", "04-bigger/six_equal_weights.onnx", "04-bigger/tied_embedding.onnx",
        "04-bigger/tied_embedding_gemm.onnx", "04-bigger/tile_constant.onnx", "10-files/prelu_expand.onnx",
    ];

    /// <summary>The most of its bytes that is left of a network. The largest takes long.</summary>
    public static TheoryData<string, double> Published
    {
        get
        {
            TheoryData<string, double> all = new() { { "field/gtcrn.onnx", 0.5 }, { "field/keijiro_iris.onnx", 0.45 }, { "field/deeploy_tinyvit.onnx", 0.45 }, { "light/light_squeezenet.onnx", 1 } };
            if (TestData.Full) all.Add("light/light_bvlc_alexnet.onnx", 1);
            return all;
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Names))]
    public void Stays_small_and_right(string name)
    {
        string path = Path.Combine(_folder, "model.onnx");
        // Where the model is hardly more than its names, the Plan weighs as much.
        File.WriteAllBytes(path, s_samples[name]().Build());
        AssertSmall(path, allowance: 800);
        AssertAgrees(path);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Collected_cases_stay_small_and_right(string file)
    {
        string path = TestData.Case(file);
        // Without loss, 1.7 kB of weights and a Plan are more than a model that is hardly more.
        AssertSmall(path, allowance: file.StartsWith("10", StringComparison.Ordinal) ? 800 : 0);
        AssertAgrees(path);
    }

    [Theory, MemberData(nameof(Published))]
    public void Published_networks_stay_small(string file, double most)
    {
        string path = TestData.Model(file);
        long model = new FileInfo(path).Length;
        (CompressedModel balanced, DiagnosticBag bag) = Compress(path, Preset.Balanced);
        Assert.True(balanced.FileBytes <= most * model || Warned(bag), $"{file}: {model} bytes became {balanced.FileBytes}");
    }

    [Theory, InlineData("field/gtcrn.onnx"), InlineData("field/keijiro_iris.onnx")]
    public void Published_networks_stay_right(string file) => AssertAgrees(TestData.Model(file));

    [Fact]
    public void Equal_weights_are_encoded_once()
    {
        string path = Path.Combine(_folder, "model.onnx");
        // Tiny aims at a part of the model, which is larger with six.
        foreach (Preset preset in Enum.GetValues<Preset>().Where(preset => preset != Preset.Tiny))
        {
            File.WriteAllBytes(path, Products(1, i => RandomTensor.Floats(7, 64, 64)).Build());
            long one = Compress(path, preset).Model.FileBytes;
            File.WriteAllBytes(path, Products(6, i => RandomTensor.Floats(7, 64, 64)).Build());
            CompressedModel six = Compress(path, preset).Model;
            // Fewer are possible: six products let another step pass than one.
            Assert.InRange(six.FileBytes, 0, one + 700);
            Assert.Equal(six.FileBytes, six.Result.FileBytes);
        }
    }

    [Fact]
    public void The_bytes_do_not_depend_on_threads()
    {
        foreach (string name in s_samples.Keys)
        {
            string path = Path.Combine(_folder, "model.onnx");
            File.WriteAllBytes(path, s_samples[name]().Build());
            byte[][] made = [.. new[] { 1, 2 }.Select(threads =>
            {
                string artifact = Path.Combine(_folder, threads + ".lr2vq");
                Assert.NotNull(ModelCompressor.Compress(path, artifact, Options(Preset.Balanced, threads), null, new DiagnosticBag(), default));
                return File.ReadAllBytes(artifact);
            })];
            Assert.Equal(made[0], made[1]);
        }
    }

    [Fact]
    public void A_larger_artifact_says_why()
    {
        string path = Path.Combine(_folder, "model.onnx");
        File.WriteAllBytes(path, new OnnxBuilder().Input("x", ElementType.Float32, 3).Node("Relu", ["x"], ["y"]).Output("y", ElementType.Float32, 3).Build());
        (CompressedModel model, DiagnosticBag bag) = Compress(path, Preset.Balanced);
        Diagnostic warning = Assert.Single(bag.All);
        Assert.Equal(("LR2VQ4006", DiagnosticSeverity.Warning), (warning.Id, warning.Severity));
        Assert.Contains($"{model.FileBytes} bytes", warning.Text);
        Assert.Contains("the Plan", warning.Text);
    }

    /// <summary>No step computes a convolution's weights: what is uniform is stored as one number.</summary>
    [Fact]
    public void Uniform_weights_take_no_memory()
    {
        using ManagedChain chain = ManagedChain.Of(s_samples["uniform weights"]().Build());
        EncodedReport(chain, "w", out string format, out long bytes);
        Assert.Equal(("Fill", 4L), (format, bytes));
    }

    private static void EncodedReport(ManagedChain chain, string tensor, out string format, out long bytes)
    {
        using PlanRunner runner = PlanRunner.Load(chain.Artifact, null);
        TensorInfo info = runner.Info.Tensors.Single(t => t.Name == tensor);
        (format, bytes) = (info.Format, info.StoredBytes);
    }

    private void AssertSmall(string path, long allowance)
    {
        long model = new FileInfo(path).Length;
        foreach (Preset preset in Enum.GetValues<Preset>())
        {
            (CompressedModel made, DiagnosticBag bag) = Compress(path, preset);
            Assert.True(made.FileBytes <= model + allowance, $"{preset}: {model} bytes became {made.FileBytes}");
            Assert.True(made.FileBytes <= model || Warned(bag), $"{preset} says nothing about {made.FileBytes} bytes");
        }
    }

    private static bool Warned(DiagnosticBag bag) => bag.All.Any(d => d.Id == "LR2VQ4006");

    private static void AssertAgrees(string path)
    {
        using OrtOracle oracle = new(path, optimize: false);
        using ManagedChain chain = new(path);
        (string, HostTensor)[] inputs = [.. chain.Compressed.Plan.Inputs.Select((port, i) =>
        {
            int[] shape = [.. port.Shape.Select(d => d.IsConstant ? (int)d.Value : 2)];
            return (port.Name, port.Type == ElementType.Int64 ? RandomTensor.Longs(i + 1, 0, 10, shape) : RandomTensor.Floats(i + 1, shape));
        })];
        HostTensor[] expected = oracle.Run(inputs), found = chain.Run(inputs);
        for (int o = 0; o < expected.Length; o++) Tolerance.OfLargest(1e-4).Check(expected[o], found[o], $"{Path.GetFileName(path)}, output {o}");
    }

    private (CompressedModel Model, DiagnosticBag Bag) Compress(string path, Preset preset)
    {
        DiagnosticBag bag = new();
        CompressedModel? made = ModelCompressor.Compress(path, Path.Combine(_folder, "model.lr2vq"), Options(preset, 1), null, bag, default);
        bag.ThrowIfErrors();
        return (made!, bag);
    }

    private static ModelOptions Options(Preset preset, int threads) => new() { Compression = new CompressionOptions { Preset = preset, Threads = threads } };

    private static OnnxBuilder Input(OnnxBuilder builder, string name, params object?[] shape) => builder.Input(name, ElementType.Float32, shape);

    private static OnnxBuilder Image(OnnxBuilder builder, int channels) => Input(builder, "x", 1, channels, 64, 64);

    private static OnnxBuilder Rows(OnnxBuilder builder) => Input(builder, "x", 256, 256);

    private static OnnxBuilder Tied() => new OnnxBuilder().Input("i", ElementType.Int64, 4).Initializer("w", RandomTensor.Floats(5, 200, 96)).Node("Gather", ["w", "i"], ["e"], ("axis", 0));

    private static OnnxBuilder Products(int count, Func<int, HostTensor> weight)
    {
        OnnxBuilder builder = Input(new OnnxBuilder(), "x", 5, 64);
        string last = "x";
        for (int i = 0; i < count; i++)
        {
            builder.Initializer("w" + i, weight(i)).Node("MatMul", [last, "w" + i], ["m" + i]).Node("Tanh", ["m" + i], ["h" + i]);
            last = "h" + i;
        }
        return builder.Output(last, ElementType.Float32, 5, 64);
    }

    private static OnnxBuilder TwoNorms()
    {
        OnnxBuilder builder = Image(new OnnxBuilder(), 32).Initializer("w", RandomTensor.Floats(2, 32, 32, 3, 3));
        string last = "x";
        for (int n = 0; n < 3; n++)
        {
            foreach ((string part, int seed) in new[] { ("s", 1), ("b", 2), ("m", 3), ("v", 4) })
                builder.Initializer(part + n, RandomTensor.Floats(10 * n + seed, 0.5f, 1.5f, 32));
            builder.Node("Conv", [last, "w"], ["c" + n], ("pads", new long[] { 1, 1, 1, 1 })).Node("BatchNormalization", ["c" + n, "s" + n, "b" + n, "m" + n, "v" + n], ["n" + n])
                .Node("Relu", ["n" + n], ["r" + n]);
            last = "r" + n;
        }
        return builder.Output(last, ElementType.Float32, 1, 32, 64, 64);
    }

    private static HostTensor Turned(HostTensor matrix)
    {
        int rows = matrix.Shape[0], columns = matrix.Shape[1];
        ReadOnlySpan<float> from = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(matrix.Bytes);
        float[] to = new float[from.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) to[c * rows + r] = from[r * columns + c];
        return HostTensor.Of(to, columns, rows);
    }
}
