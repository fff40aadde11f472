using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Options;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Backends;

/// <summary>What ONNX Runtime computes from an artifact is what it computes from the model that is exported of it, bit for bit.</summary>
public sealed class OnnxRuntimeTests
{
    /// <summary>An operator of ONNX Runtime's own that the compiler does not have: distances between rows.</summary>
    private const string Foreign = "CDist";

    [Theory, InlineData("Fast", true), InlineData("Balanced", true), InlineData("Lossless", false)]
    public void ANetworkThatTheCompilerTakesKeepsItsPlan(string preset, bool optimize)
    {
        OnnxBuilder builder = Body(new OnnxBuilder(17), foreign: false);
        using OnnxRuntimeChain chain = OnnxRuntimeChain.Of(builder.Build(), Enum.Parse<Preset>(preset), optimize);
        AssertSame(chain, ("x", RandomTensor.Floats(1, 2, 3, 16, 16)), ("ids", HostTensor.Of([3L, 0, 61], 3)));
        Assert.DoesNotContain(chain.Said.All, d => d.Id == "LR2VQ2030");
        // The same artifact serves the managed back end.
        using PlanRunner managed = PlanRunner.Load(chain.Artifact);
        Assert.True(managed.Info.Tensors.Count > 3);
    }

    [Theory, InlineData("Fast"), InlineData("Balanced"), InlineData("Lossless")]
    public void ANetworkThatTheCompilerRefusesIsCompressedByItsGraph(string preset)
    {
        byte[] model = Body(new OnnxBuilder(17).Opset("com.microsoft", 1), foreign: true).Build();
        using OnnxRuntimeChain chain = OnnxRuntimeChain.Of(model, Enum.Parse<Preset>(preset));
        (string, HostTensor)[] inputs = [("x", RandomTensor.Floats(1, 2, 3, 16, 16)), ("ids", HostTensor.Of([3L, 0, 61], 3))];
        HostTensor[] found = AssertSame(chain, inputs);
        Assert.Equal(preset == "Lossless" ? [] : ["LR2VQ2030"], chain.Said.All.Select(d => d.Id));
        if (preset != "Lossless") Assert.Contains(Foreign, chain.Said.All[0].Text);
        if (preset == "Lossless") AssertEqual(OrtOracle.Run(model, inputs), found);
        else Assert.True(chain.Compressed.Ratio > 2, $"{chain.Compressed.Ratio}");
        Assert.Equal(["conv.w Conv", "up.w ConvTranspose", "lstm.w Gemm", "lstm.r Gemm", "table Gather", "fc.w Gemm", "turned.w Gemm", "batch.w MatMul"],
            chain.Model.Info.Tensors.Select(t => t.Name + " " + Role(chain.Artifact, t.Name)));
    }

    /// <summary>Sums of two products are above what 16 bits hold, which ONNX Runtime adds them in by default where the processor has no VNNI.</summary>
    [Fact]
    public void SumsOfBytesDoNotSaturate()
    {
        const int rows = 2, k = 64, columns = 48;
        sbyte[] weight = [.. Enumerable.Range(0, k * columns).Select(i => (sbyte)(i % 5 == 0 ? -100 : 127 - i % 9))];
        byte[] x = [.. Enumerable.Range(0, rows * k).Select(i => (byte)(255 - i % 7))];
        byte[] model = new OnnxBuilder(17).Input("x", ElementType.UInt8, "N", k).Initializer("w", HostTensor.Of(weight, k, columns)).Node("MatMulInteger", ["x", "w"], ["y"])
            .Output("y", ElementType.Int32, "N", columns).Build();
        using OnnxRuntimeChain chain = OnnxRuntimeChain.Of(model);
        int[] expected = [.. Enumerable.Range(0, rows * columns).Select(i => Enumerable.Range(0, k).Sum(j => x[i / columns * k + j] * weight[j * columns + i % columns]))];
        Assert.Equal(expected, chain.Run(("x", HostTensor.Of(x, rows, k))).Single().Values<int>().ToArray());
    }

    [Theory, InlineData(ElementType.Float16), InlineData(ElementType.BFloat16)]
    public void NarrowWeightsStayNarrow(ElementType type)
    {
        float[] values = RandomTensor.Normal(5, 64 * 48);
        HostTensor weight = type == ElementType.Float16 ? HostTensor.Of(Array.ConvertAll(values, v => (Half)v), 64, 48)
            : new HostTensor(type, [64, 48], HostTensor.Of(Array.ConvertAll(values, v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16)), 64 * 48).Bytes);
        byte[] model = new OnnxBuilder(17).Opset("com.microsoft", 1).Input("x", ElementType.Float32, "N", 64).Initializer("w", weight)
            .Node("Cast", ["w"], ["wide"], ("to", 1L)).Node("MatMul", ["x", "wide"], ["m"]).Node(Foreign, ["m", "m"], ["y"], null, "com.microsoft", ("metric", "euclidean"))
            .Output("y", ElementType.Float32, "N", "N").Build();
        using OnnxRuntimeChain chain = OnnxRuntimeChain.Of(model, Preset.Lossless);
        (string, HostTensor)[] inputs = [("x", RandomTensor.Floats(2, 3, 64))];
        AssertEqual(OrtOracle.Run(model, inputs), AssertSame(chain, inputs));
        Assert.Equal("MatMul", Role(chain.Artifact, "w"));
        using OnnxRuntimeChain lossy = OnnxRuntimeChain.Of(model);
        AssertSame(lossy, inputs);
    }

    [Fact]
    public void WeightsOfBranchesAreCompressed()
    {
        OnnxBuilder Branch(string name, int seed) => new OnnxBuilder(17, name).Initializer("w", RandomTensor.Floats(seed, 64, 64)).Node("MatMul", ["x", "w"], [name]).Output(name, ElementType.Float32, "N", 64);
        byte[] model = new OnnxBuilder(17).Opset("com.microsoft", 1).Input("x", ElementType.Float32, "N", 64).Input("first", ElementType.Bool)
            .Node("If", ["first"], ["m"], ("then_branch", Branch("a", 1)), ("else_branch", Branch("b", 2)))
            .Node(Foreign, ["m", "m"], ["y"], null, "com.microsoft", ("metric", "euclidean")).Output("y", ElementType.Float32, "N", "N").Build();
        using OnnxRuntimeChain chain = OnnxRuntimeChain.Of(model, Preset.Lossless);
        Assert.Equal(2, chain.Model.Info.Tensors.Count);
        Assert.All(chain.Model.Info.Tensors, t => Assert.Equal("MatMul", Role(chain.Artifact, t.Name)));
        foreach (bool first in new[] { true, false })
        {
            (string, HostTensor)[] inputs = [("x", RandomTensor.Floats(3, 2, 64)), ("first", HostTensor.Of(new[] { first }))];
            AssertEqual(OrtOracle.Run(model, inputs), AssertSame(chain, inputs));
        }
    }

    /// <summary>The network is exported for ONNX Runtime with its loop; both back ends read one artifact.</summary>
    [Fact]
    public void LoopsOfAPlanAreLoopsThere()
    {
        OnnxBuilder body = new OnnxBuilder(17).Input("i", ElementType.Int64).Input("going", ElementType.Bool).Input("h", ElementType.Float32, "N", 64).Node("MatMul", ["h", "w"], ["p"]).Node("Tanh", ["p"], ["t"]).Node("Identity", ["going"], ["more"])
            .Output("more", ElementType.Bool).Output("t", ElementType.Float32, "N", 64);
        byte[] model = new OnnxBuilder(17).Input("x", ElementType.Float32, "N", 64).Input("m", ElementType.Int64).Initializer("w", RandomTensor.Floats(1, -0.3f, 0.3f, 64, 64)).Initializer("go", HostTensor.Scalar(true))
            .Node("Loop", ["m", "go", "x"], ["y"], ("body", body)).Output("y", ElementType.Float32, "N", 64).Build();
        using OnnxRuntimeChain chain = OnnxRuntimeChain.Of(model, Preset.Lossless);
        using PlanRunner managed = PlanRunner.Load(chain.Artifact);
        using ModelSession session = managed.CreateSession();
        foreach (long turns in new[] { 0L, 1, 7 })
        {
            (string, HostTensor)[] inputs = [("x", RandomTensor.Floats(2, -1f, 1f, 3, 64)), ("m", HostTensor.Scalar(turns))];
            HostTensor[] there = AssertSame(chain, inputs);
            AssertEqual(OrtOracle.Run(model, inputs), there);
            session.SetInput(0, inputs[0].Item2.Values<float>(), [3, 64]);
            session.SetInput(1, [turns], []);
            session.Run();
            Tolerance.OfLargest(1e-5).Check(there[0].Values<float>(), session.Output<float>(0));
        }
    }

    [Theory, InlineData(true), InlineData(false)]
    public void ExternalDataAreReadWhereTheyAre(bool foreign)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-external-").FullName;
        try
        {
            HostTensor weight = RandomTensor.Floats(4, 64, 96);
            File.WriteAllBytes(Path.Combine(folder, "weights.bin"), [.. new byte[64], .. weight.Bytes]);
            OnnxBuilder builder = new OnnxBuilder(17).Opset("com.microsoft", 1).Input("x", ElementType.Float32, "N", 64)
                .ExternalInitializer("w", ElementType.Float32, [64, 96], "weights.bin", 64, weight.Bytes.Length).Node("MatMul", ["x", "w"], ["m"]);
            builder = foreign ? builder.Node(Foreign, ["m", "m"], ["y"], null, "com.microsoft", ("metric", "euclidean")).Output("y", ElementType.Float32, "N", "N")
                : builder.Node("Relu", ["m"], ["y"]).Output("y", ElementType.Float32, "N", 96);
            string path = Path.Combine(folder, "m.onnx");
            builder.Write(path);
            using OnnxRuntimeChain chain = new(path, Preset.Lossless);
            (string, HostTensor)[] inputs = [("x", RandomTensor.Floats(2, 3, 64))];
            AssertEqual(OrtOracle.Run(path, inputs), AssertSame(chain, inputs));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void InputsThatAreInitializersAreNone()
    {
        byte[] model = new OnnxBuilder(11, irVersion: 3).Opset("com.microsoft", 1).Input("x", ElementType.Float32, 2, 64).Input("w", ElementType.Float32, 64, 64)
            .Initializer("w", RandomTensor.Floats(4, 64, 64)).Node("MatMul", ["x", "w"], ["m"])
            .Node(Foreign, ["m", "m"], ["y"], null, "com.microsoft", ("metric", "euclidean")).Output("y", ElementType.Float32, 2, 2).Build();
        using OnnxRuntimeChain chain = OnnxRuntimeChain.Of(model, Preset.Lossless);
        (string, HostTensor)[] inputs = [("x", RandomTensor.Floats(2, 2, 64))];
        AssertEqual(OrtOracle.Run(model, inputs), AssertSame(chain, inputs));
        Assert.Equal("x", Assert.Single(chain.Model.Info.Inputs).Name);
    }

    [Theory, InlineData(ElementType.Float16), InlineData(ElementType.Float32), InlineData(ElementType.Float64)]
    public void AnInputThatIsFixedIsPartOfTheModel(ElementType type)
    {
        byte[] model = new OnnxBuilder(17).Opset("com.microsoft", 1).Input("x", ElementType.Float32, "N", 64).Input("scale", type, "one")
            .Initializer("w", RandomTensor.Floats(4, 64, 64)).Node("MatMul", ["x", "w"], ["m"]).Node("Cast", ["scale"], ["s"], ("to", 1L)).Node("Mul", ["m", "s"], ["t"])
            .Node(Foreign, ["t", "t"], ["y"], null, "com.microsoft", ("metric", "euclidean")).Output("y", ElementType.Float32, "N", "N").Build();
        var choices = new FixedInputs(new Dictionary<string, long> { ["one"] = 1 }, new Dictionary<string, string> { ["scale"] = "0.7" });
        using OnnxRuntimeChain chain = OnnxRuntimeChain.Of(model, Preset.Lossless, choices: choices);
        Assert.Equal("x", Assert.Single(chain.Model.Info.Inputs).Name);
        HostTensor x = RandomTensor.Floats(2, 3, 64), scale = type == ElementType.Float16 ? HostTensor.Of([(Half)0.7f], 1) : type == ElementType.Float32 ? HostTensor.Of([0.7f], 1) : HostTensor.Of([0.7], 1);
        AssertEqual(OrtOracle.Run(model, ("x", x), ("scale", scale)), AssertSame(chain, ("x", x)));
    }

    /// <summary>Products of every kind; eight weights.</summary>
    private static OnnxBuilder Body(OnnxBuilder builder, bool foreign)
    {
        builder.Input("x", ElementType.Float32, "N", 3, 16, 16).Input("ids", ElementType.Int64, "L")
            .Initializer("conv.w", RandomTensor.Floats(10, 48, 3, 3, 3)).Node("Conv", ["x", "conv.w"], ["c"], ("pads", new long[] { 1, 1, 1, 1 }), ("strides", new long[] { 2, 2 })).Node("Relu", ["c"], ["cr"])
            .Initializer("up.w", RandomTensor.Floats(11, 48, 16, 2, 2)).Node("ConvTranspose", ["cr", "up.w"], ["u"], ("strides", new long[] { 2, 2 }))
            .Initializer("to", HostTensor.Longs(0, 16, 256)).Node("Reshape", ["u", "to"], ["s"]).Node("Transpose", ["s"], ["t"], ("perm", new long[] { 1, 0, 2 }))
            .Initializer("lstm.w", RandomTensor.Floats(12, 4 * 24, 256)).Node("Unsqueeze", ["lstm.w", "first"], ["lw"]).Initializer("lstm.r", RandomTensor.Floats(13, 1, 4 * 24, 24))
            .Node("LSTM", ["t", "lw", "lstm.r"], ["", "h"], ("hidden_size", 24L)).Initializer("first", HostTensor.Longs(0)).Node("Squeeze", ["h", "first"], ["hs"])
            .Initializer("table", RandomTensor.Floats(14, 62, 24)).Node("Gather", ["table", "ids"], ["e"]).Initializer("axis", HostTensor.Longs(0)).Node("ReduceMean", ["e"], ["em"], ("axes", new long[] { 0 }), ("keepdims", 1L))
            .Node("Add", ["hs", "em"], ["a"])
            .Initializer("fc.w", RandomTensor.Floats(15, 64, 24)).Node("Gemm", ["a", "fc.w"], ["f"], ("transB", 1L))
            .Constant("batch.w", RandomTensor.Floats(16, 1, 64, 32)).Node("MatMul", ["f", "batch.w"], ["b"]).Node("Squeeze", ["b", "first"], ["bs"])
            .Initializer("turned.w", RandomTensor.Floats(17, 40, 32)).Node("Transpose", ["turned.w"], ["tw"], ("perm", new long[] { 1, 0 })).Node("MatMul", ["bs", "tw"], ["m"]);
        return foreign ? builder.Node(Foreign, ["m", "m"], ["y"], null, "com.microsoft", ("metric", "euclidean")).Output("y", ElementType.Float32, "N", "N")
            : builder.Node("Tanh", ["m"], ["y"]).Output("y", ElementType.Float32, "N", 40);
    }

    private static string Role(byte[] artifact, string name)
    {
        using ArtifactReader reader = ArtifactReader.Open(ArtifactMemory.Copy("memory", artifact));
        return reader.Find(name)!.Role.ToString();
    }

    internal static HostTensor[] AssertSame(OnnxRuntimeChain chain, params (string Name, HostTensor Value)[] inputs)
    {
        HostTensor[] found = chain.Run(inputs);
        AssertEqual(chain.Exported.Run([.. inputs.Where(input => chain.Exported.InputNames.Contains(input.Name))]), found);
        return found;
    }

    private static void AssertEqual(HostTensor[] expected, HostTensor[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal((expected[i].Type, string.Join(',', expected[i].Shape)), (found[i].Type, string.Join(',', found[i].Shape)));
            Assert.True(expected[i].Bytes.AsSpan().SequenceEqual(found[i].Bytes), $"output {i} differs");
        }
    }
}
