using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Networks with types of 4 bits and floats of 8: constants, what moves them, weights that were quantized to them, and what is refused.</summary>
public sealed class NarrowTypeTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public static TheoryData<ElementType> All =>
        [ElementType.Float8E4M3FN, ElementType.Float8E4M3FNUZ, ElementType.Float8E5M2, ElementType.Float8E5M2FNUZ, ElementType.UInt4, ElementType.Int4, ElementType.Float4E2M1, ElementType.Float8E8M0];

    public void Dispose() => _folder.Dispose();

    /// <summary>An odd number of elements of four bits, in every form in which files have them.</summary>
    [Theory, MemberData(nameof(All))]
    public void ConstantsAreMovedAndGivenAsTheyAre(ElementType type)
    {
        HostTensor constant = Any(type, 3, 5), x = Any(type, 5, 3);
        foreach (OnnxBuilder.Form form in new[] { OnnxBuilder.Form.Raw, OnnxBuilder.Form.Typed })
        {
            byte[] model = new OnnxBuilder(24, irVersion: 12).Input("x", type, 5, 3).Initializer("w", constant, form).Initializer("s", HostTensor.Longs(15))
                .Node("Transpose", ["x"], ["t"], ("perm", new long[] { 1, 0 })).Node("Reshape", ["t", "s"], ["y"]).Output("y", type, 15)
                .Node("Transpose", ["w"], ["z"], ("perm", new long[] { 1, 0 })).Output("z", type, 5, 3).Node("Identity", ["w"], ["i"]).Output("i", type, 3, 5).Build();
            HostTensor[] found = ManagedChain.Run(model, ("x", x));
            Assert.Equal([type, type, type], found.Select(f => f.Type));
            Assert.Equal(Transposed(x.Bytes, 5, 3), found[0].Bytes);
            Assert.Equal(Transposed(constant.Bytes, 3, 5), found[1].Bytes);
            Assert.Equal(constant.Bytes, found[2].Bytes);
        }
    }

    /// <summary>A weight that was quantized is a weight of floats again, whatever it was quantized to; so no step is left that says so.</summary>
    [Theory]
    [InlineData(ElementType.Float8E4M3FN, "Lossless"), InlineData(ElementType.Float8E5M2, "Lossless"), InlineData(ElementType.Float8E4M3FNUZ, "Balanced")]
    [InlineData(ElementType.Int4, "Lossless"), InlineData(ElementType.UInt4, "Balanced"), InlineData(ElementType.Int4, "Balanced")]
    public void QuantizedWeightsAreRecovered(ElementType type, string preset)
    {
        const int Rows = 32, Columns = 48;
        HostTensor weight = Finite(type, Rows, Columns), scales = RandomTensor.Floats(3, 0.01f, 0.02f, Rows), x = RandomTensor.Floats(4, -1f, 1f, 2, Columns);
        bool hasZero = type is ElementType.UInt4 or ElementType.Int4;
        OnnxBuilder model = new OnnxBuilder(21, irVersion: 10).Input("x", ElementType.Float32, "N", Columns).Initializer("q", weight).Initializer("s", scales);
        if (hasZero) model.Initializer("z", Finite(type, Rows));
        byte[] onnx = model.Node("DequantizeLinear", hasZero ? ["q", "s", "z"] : ["q", "s"], ["w"], ("axis", 0)).Node("Gemm", ["x", "w"], ["y"], ("transB", 1)).Output("y", ElementType.Float32, "N", Rows).Build();
        using ManagedChain chain = ManagedChain.Of(onnx, null, new ModelOptions { Compression = new CompressionOptions { Preset = Enum.Parse<Preset>(preset), Threads = 1 } });
        Assert.Equal(["Gemm"], chain.Compressed.Plan.Steps.Select(step => step.Operator));
        Assert.Equal(ElementType.Float32, chain.Compressed.Plan.Weights[0].Type);
        float[] expected = OrtOracle.Run(onnx, ("x", x))[0].Values<float>().ToArray(), found = chain.Run(("x", x))[0].Values<float>().ToArray();
        // Balanced allows outputs to change by 3 %.
        double largest = expected.Max(Math.Abs), tolerance = preset == "Lossless" ? 1e-6 : 0.03;
        Assert.All(expected.Zip(found), pair => Assert.InRange(pair.Second, pair.First - tolerance * largest, pair.First + tolerance * largest));
    }

    /// <summary>Activations: what is taken back, and what goes on.</summary>
    [Fact]
    public void FloatsOfFourBitsHaveZeroPointsThatAreAdded()
    {
        HostTensor x = HostTensor.Of([-0f, 0.2f, -0.26f, 2.5f, -5f, 100f], 6), zero = new(ElementType.Float4E2M1, [], [0]);
        byte[] model = new OnnxBuilder(23, irVersion: 11).Input("x", ElementType.Float32, 6).Initializer("s", HostTensor.Scalar(1f)).Initializer("z", zero)
            .Node("QuantizeLinear", ["x", "s", "z"], ["y"]).Output("y", ElementType.Float4E2M1, 6).Node("DequantizeLinear", ["y", "s", "z"], ["d"]).Output("d", ElementType.Float32, 6).Build();
        HostTensor[] found = ManagedChain.Run(model, ("x", x));
        Assert.Equal([0, 0, 9, 4, 14, 7], found[0].Bytes);
        Assert.Equal([0, 0, -0.5f, 2, -4, 6], found[1].Values<float>().ToArray());
        HostTensor one = zero with { Bytes = [2] };
        Assert.Equal("LR2VQ2002", Refusal(new OnnxBuilder(23, irVersion: 11).Input("x", ElementType.Float32, 6).Initializer("s", HostTensor.Scalar(1f)).Initializer("z", one)
            .Node("QuantizeLinear", ["x", "s", "z"], ["y"]).Output("y", ElementType.Float4E2M1, 6).Build()));
    }

    [Theory]
    [InlineData("Add", ElementType.Int4), InlineData("Concat", ElementType.Float8E5M2), InlineData("Where", ElementType.UInt4), InlineData("Equal", ElementType.Float8E4M3FN)]
    [InlineData("NonZero", ElementType.Float4E2M1), InlineData("Relu", ElementType.Float8E8M0), InlineData("MatMul", ElementType.Int4), InlineData("ReduceSum", ElementType.Float8E4M3FN)]
    [InlineData("CumSum", ElementType.UInt4), InlineData("Unique", ElementType.Int4), InlineData("Trilu", ElementType.Float8E8M0), InlineData("QuantizeLinear", ElementType.Float8E4M3FN)]
    public void WhatOnnxDoesNotDefineIsRefused(string op, ElementType type)
    {
        string[] inputs = op switch { "Add" or "Concat" or "Equal" or "MatMul" or "QuantizeLinear" => ["x", "x"], "Where" => ["c", "x", "x"], "CumSum" => ["x", "a"], _ => ["x"] };
        OnnxBuilder model = new OnnxBuilder(24, irVersion: 12).Input("x", type, 4, 4).Initializer("c", HostTensor.Of([true], 1)).Initializer("a", HostTensor.Scalar(0L));
        Assert.Equal("LR2VQ2005", Refusal(op == "Concat" ? model.Node(op, inputs, ["y"], ("axis", 0)).Output("y").Build() : model.Node(op, inputs, ["y"]).Output("y").Build()));
    }

    /// <summary>Of 2 bits, and numbers that ONNX does not have.</summary>
    [Theory, InlineData(25), InlineData(26), InlineData(99)]
    public void OtherTypesAreRefused(int type) =>
        Assert.Equal("LR2VQ1027", Refusal(new OnnxBuilder(24).Input("x", (ElementType)type, 4).Node("Identity", ["x"], ["y"]).Output("y").Build()));

    /// <summary>ONNX Runtime's package for .NET has no such ports.</summary>
    [Theory, MemberData(nameof(All))]
    public void TheBackEndOfOnnxRuntimeRefusesPorts(ElementType type)
    {
        byte[] model = new OnnxBuilder(24, irVersion: 12).Input("x", ElementType.Float32, 4).Node("Cast", ["x"], ["y"], ("to", (int)type)).Output("y", type, 4).Build();
        Assert.Equal("LR2VQ2033", Refusal(model, new ModelOptions { Backend = Backend.OnnxRuntime }));
    }

    [Theory, MemberData(nameof(All))]
    public void TheToolReadsAndWritesCodes(ElementType type)
    {
        string model = _folder["copy.onnx"];
        new OnnxBuilder(24, irVersion: 12).Input("x", type, 2, 3).Node("Identity", ["x"], ["y"]).Output("y", type, 2, 3).Write(model);
        HostTensor x = Any(type, 2, 3);
        bool isSigned = type == ElementType.Int4;
        new HostTensor(isSigned ? ElementType.Int8 : ElementType.UInt8, [2, 3], x.Bytes).WriteNpy(_folder["x.npy"]);
        ToolRun run = ToolRunner.Run("run", model, "-i", _folder["x.npy"], "-o", _folder.Path);
        Assert.Equal((0, ""), (run.Code, run.Error));
        NpyFile y = NpyFile.Read(_folder["y.npy"]);
        Assert.Equal(isSigned ? ElementType.Int8 : ElementType.UInt8, y.Type);
        Assert.Equal(x.Bytes, y.Bytes);
        Assert.Equal(0, ToolRunner.Run("run", model, "--random", "1").Code);
        HostTensor.Of(new float[6], 2, 3).WriteNpy(_folder["x.npy"]);
        Assert.Contains($"it holds Float32, the input wants {type}", ToolRunner.Run("run", model, "-i", _folder["x.npy"]).Error);
        ToolRun inspected = ToolRunner.Run("inspect", model);
        Assert.True(inspected.Code == 0, inspected.Error);
    }

    [Fact]
    public void InputsOfFourBitsCanBeFixed()
    {
        byte[] model = new OnnxBuilder(21, irVersion: 10).Input("x", ElementType.Float32, 2).Input("a", ElementType.Int4, 2).Node("Cast", ["a"], ["f"], ("to", 1)).Node("Add", ["x", "f"], ["y"])
            .Output("y", ElementType.Float32, 2).Build();
        using ManagedChain chain = ManagedChain.Of(model, null, Fixing("a", "-8,7"));
        Assert.Equal([-7f, 9], chain.Run(("x", HostTensor.Of([1f, 2], 2)))[0].Values<float>().ToArray());
        Assert.StartsWith("LR2VQ", Refusal(model, Fixing("a", "8")));
    }

    [Theory, MemberData(nameof(All))]
    public void APlanNamesThem(ElementType type)
    {
        Assert.Equal(type, Lr2vq.Plans.ElementTypes.FromWord(Lr2vq.Plans.ElementTypes.Word(type)));
        Assert.Equal(1, Lr2vq.Plans.ElementTypes.ByteLength(type));
        Assert.Equal(ElementType.Undefined, Lr2vq.Plans.ElementTypes.FromWord(Lr2vq.Plans.ElementTypes.Word(type) + "x"));
    }

    private static ModelOptions Fixing(string input, string value) =>
        ManagedChain.Exact with { Fixed = new FixedInputs(new Dictionary<string, long>(), new Dictionary<string, string> { [input] = value }) };

    private static string Refusal(byte[] model, ModelOptions? options = null)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-refused-").FullName;
        try
        {
            string path = Path.Combine(folder, "m.onnx");
            File.WriteAllBytes(path, model);
            DiagnosticBag bag = new();
            Assert.Null(ModelCompressor.Compress(path, Path.Combine(folder, "m.lr2vq"), options ?? ManagedChain.Exact, null, bag, CancellationToken.None));
            return bag.All.First(problem => problem.Severity == DiagnosticSeverity.Error).Id;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Codes of a type, NaN and infinities among them.</summary>
    private static HostTensor Any(ElementType type, params int[] shape)
    {
        byte[] codes = new byte[shape.Aggregate(1, (n, d) => n * d)];
        new Random(shape[0]).NextBytes(codes);
        if (Lr2vq.Testing.ElementTypes.IsNibble(type)) codes = Array.ConvertAll(codes, code => (byte)(code & 15));
        return new HostTensor(type, shape, type == ElementType.Int4 ? Array.ConvertAll(codes, code => (byte)((code ^ 8) - 8)) : codes);
    }

    private static HostTensor Finite(ElementType type, params int[] shape)
    {
        HostTensor any = Any(type, shape);
        double[] values = any.ToDoubles();
        // Around 1: what is far larger hides the rest.
        for (int i = 0; i < values.Length; i++)
            if (!(Math.Abs(values[i]) <= 16)) any.Bytes[i] = 0;
        return any;
    }

    private static byte[] Transposed(byte[] x, int rows, int columns) => [.. Enumerable.Range(0, columns).SelectMany(c => Enumerable.Range(0, rows).Select(r => x[r * columns + c]))];
}
