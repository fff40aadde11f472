using System;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Lr2vq.Tests.Passes;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>What importers must not lose: ranks, types, rounding, functions of single elements. The oracle's value, or a refusal that says what to do.</summary>
public sealed class ImportNumericsTests
{
    private const ElementType F16 = ElementType.Float16, F32 = ElementType.Float32, F64 = ElementType.Float64, I32 = ElementType.Int32, I64 = ElementType.Int64;

    /// <summary>Beyond f16, between its numbers, between those of bf16, and special ones.</summary>
    private static readonly float[] Odd = [1e5f, -70000f, 65519f, 65520f, 1 / 3f, 2049f, 257f, 1e-8f, -0f, float.NaN, float.PositiveInfinity, 3.3e38f];

    [Theory]
    [InlineData("numerics-01-matmul-constant-1xKxN")]
    [InlineData("numerics-04-constant-output-float16")]
    [InlineData("numerics-05-shape-arithmetic-output-float16")]
    [InlineData("numerics-06-pow-int-base-float-exponent")]
    [InlineData("numerics-07-noop-with-empty-axes")]
    [InlineData("numerics-08-bitwise-not-uint8")]
    [InlineData("numerics-10-batchnorm-of-constant")]
    [InlineData("numerics-11-int64-through-float64")]
    [InlineData("numerics-12-cast-through-float16")]
    public void TheCaseHasItsValue(string name)
    {
        string folder = TestData.Case(name);
        using ManagedChain chain = new(Path.Combine(folder, "model.onnx"));
        Plans.Plan plan = chain.Compressed.Plan;
        HostTensor[] found = chain.Run([.. plan.Inputs.Select(input => (input.Name, HostTensor.ReadNpy(Path.Combine(folder, input.Name + ".npy"))))]);
        for (int i = 0; i < found.Length; i++)
        {
            HostTensor expected = HostTensor.ReadNpy(Path.Combine(folder, "expected_" + plan.Outputs[i].Name + ".npy"));
            Assert.Equal(expected.Type, found[i].Type);
            Tolerance.OfLargest(1e-5).Check(expected, found[i], plan.Outputs[i].Name);
        }
    }

    [Theory]
    [InlineData("01-bn-five-outputs/model.onnx", "LR2VQ2012", "eval()")]
    [InlineData("02-squeeze-without-axes/model.onnx", "LR2VQ2013", "Dimensions=\"n=1\"")]
    [InlineData("numerics-13-squeeze-without-axes-symbolic/model.onnx", "LR2VQ2013", "Dimensions=\"s")]
    public void TheCaseIsRefusedWithItsRemedy(string name, string id, string remedy)
    {
        string path = TestData.Case(name);
        DiagnosticBag bag = new();
        Assert.Null(Lr2vq.Compression.ModelCompressor.Plan(path, new System.Collections.Generic.Dictionary<string, long>(), bag));
        Diagnostic only = Assert.Single(bag.All);
        Assert.Equal(id, only.Id);
        Assert.Contains(remedy, only.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 4, 6 }, new[] { 1, 6, 5 })]
    [InlineData(new[] { 4, 6 }, new[] { 1, 1, 1, 6, 5 })]
    [InlineData(new[] { 3, 4, 6 }, new[] { 1, 1, 6, 5 })]
    [InlineData(new[] { 6 }, new[] { 1, 6, 5 })]
    [InlineData(new[] { 2, 3, 4, 6 }, new[] { 1, 6, 5 })]
    [InlineData(new[] { 4, 6 }, new[] { 2, 6, 5 })]
    public void ProductsKeepTheRankOfAConstant(int[] left, int[] right) => Check(new OnnxBuilder(13).Input("x", F32, [.. left.Cast<object>()])
        .Initializer("w", RandomTensor.Floats(1, -1f, 1f, right)).Node("MatMul", ["x", "w"], ["m"]).Node("Relu", ["m"], ["y"]).Output("y"),
        ("x", RandomTensor.Floats(2, -1f, 1f, left)));

    [Theory]
    [InlineData("ReduceSum", 13)]
    [InlineData("ReduceMean", 18)]
    [InlineData("ReduceMax", 18)]
    [InlineData("ReduceProd", 18)]
    [InlineData("ReduceL1", 18)]
    [InlineData("ReduceL2", 18)]
    [InlineData("ReduceLogSum", 18)]
    [InlineData("ReduceSumSquare", 18)]
    public void NoAxesStillMeanTheFunctionOfEachElement(string op, int opset)
    {
        HostTensor x = op == "ReduceLogSum" ? RandomTensor.Floats(3, 0.5f, 2, 2, 3) : RandomTensor.Floats(3, -2f, 2f, 2, 3);
        Check(new OnnxBuilder(opset).Input("x", F32, 2, 3).Node(op, ["x"], ["y"], ("noop_with_empty_axes", 1L)).Output("y", F32, 2, 3), ("x", x));
        Check(new OnnxBuilder(opset).Input("x", F32, 2, 3).Initializer("axes", HostTensor.Longs()).Node(op, ["x", "axes"], ["y"], ("noop_with_empty_axes", 1L), ("keepdims", 0L)).Output("y"), ("x", x));
    }

    [Fact]
    public void ALogarithmOfExponentialsOfOneElementIsTheElement()
    {
        HostTensor x = RandomTensor.Floats(3, -90f, 90f, 2, 3);
        HostTensor[] found = ManagedChain.Run(new OnnxBuilder(18).Input("x", F32, 2, 3).Node("ReduceLogSumExp", ["x"], ["y"], ("noop_with_empty_axes", 1L)).Output("y").Build(), ("x", x));
        Tolerance.OfLargest(1e-6).Check(x, found[0]);
    }

    [Theory]
    [InlineData(I64, F32, new[] { 0.5, 2, -1, 1.5 })]
    [InlineData(I32, F32, new[] { 2, 3.0, 9, 2 })]
    [InlineData(I64, F64, new[] { 0.5, 2.5, 13, 1.1 })]
    [InlineData(I32, I64, new[] { 2.0, 3, 4, 5 })]
    [InlineData(F32, I64, new[] { 2.0, 3, -1, 5 })]
    [InlineData(F32, F64, new[] { 2.5, 3, -1, 0.1 })]
    public void PowersOfMixedTypes(ElementType type, ElementType exponent, double[] exponents)
    {
        HostTensor x = Numbers(type, [7, 5, 2, 11]), e = Numbers(exponent, exponents);
        foreach (bool constant in new[] { false, true })
        {
            OnnxBuilder builder = new OnnxBuilder(15).Input("x", type, 4);
            if (constant) builder.Initializer("e", e);
            else builder.Input("e", exponent, 4);
            builder.Node("Pow", ["x", "e"], ["y"]).Output("y", type, 4);
            if (constant) Check(builder, ("x", x));
            else Check(builder, ("x", x), ("e", e));
        }
    }

    [Theory]
    [InlineData(F16)]
    [InlineData(ElementType.BFloat16)]
    public void ACastToANarrowFloatRoundsAndOverflows(ElementType narrow)
    {
        HostTensor x = HostTensor.Of(Odd, Odd.Length);
        Check(Through(narrow, F32).Output("y", F32, Odd.Length), ("x", x));
        // The same of a constant, of whole numbers, and as an output.
        Check(new OnnxBuilder(13).Input("z", F32, Odd.Length).Initializer("x", x).Node("Cast", ["x"], ["h"], ("to", (long)narrow)).Node("Cast", ["h"], ["f"], ("to", 1L))
            .Node("Add", ["z", "f"], ["y"]).Output("y"), ("z", HostTensor.Of(new float[Odd.Length], Odd.Length)));
        HostTensor whole = HostTensor.Longs(2049, 257, 70000, -100000, 33);
        Check(new OnnxBuilder(13).Input("x", I64, 5).Node("Cast", ["x"], ["h"], ("to", (long)narrow)).Node("Cast", ["h"], ["y"], ("to", 1L)).Output("y", F32, 5), ("x", whole));
        Check(Through(narrow, narrow).Output("y", narrow, Odd.Length), ("x", x));
    }

    [Fact]
    public void CastLikeTakesTheModelsType()
    {
        HostTensor x = HostTensor.Of(Odd, Odd.Length);
        Check(new OnnxBuilder(15).Input("x", F32, Odd.Length).Input("like", F16, 1).Node("Relu", ["like"], ["l"]).Node("CastLike", ["x", "l"], ["h"]).Node("Cast", ["h"], ["y"], ("to", 1L))
            .Output("y", F32, Odd.Length), ("x", x), ("like", HostTensor.Of<Half>([(Half)1], 1)));
    }

    [Theory]
    [InlineData(I64)]
    [InlineData(I32)]
    public void WholeNumbersKeepTheirDigitsThroughDoubles(ElementType type)
    {
        HostTensor x = Numbers(type, [16777217, -123456789, 2147483647, 5]);
        Check(new OnnxBuilder(13).Input("x", type, 4).Node("Cast", ["x"], ["d"], ("to", 11L)).Node("Identity", ["d"], ["e"]).Node("Cast", ["e"], ["y"], ("to", (long)type)).Output("y", type, 4), ("x", x));
        Check(new OnnxBuilder(13).Input("x", type, 4).Node("Cast", ["x"], ["y"], ("to", 11L)).Output("y", F64, 4), ("x", x));
        Check(new OnnxBuilder(13).Input("x", I64, 1).Initializer("c", Numbers(F64, [16777217, 9007199254740991])).Node("Cast", ["c"], ["i"], ("to", 7L)).Node("Add", ["x", "i"], ["y"]).Output("y", I64, 2),
            ("x", HostTensor.Longs(0)));
        HostTensor wide = Numbers(F64, [0.1, 1e300, 16777217]);
        Check(new OnnxBuilder(13).Input("x", F64, 3).Node("Identity", ["x"], ["y"]).Output("y", F64, 3), ("x", wide));
        Check(new OnnxBuilder(13).Input("x", F64, 3).Node("Cast", ["x"], ["y"], ("to", 7L)).Output("y", I64, 3), ("x", Numbers(F64, [-3.7, 123456789.5, 4e9])));
    }

    [Fact]
    public void ComputingInDoublesIsNotedOnce()
    {
        DiagnosticBag bag = PlannedModel.TryPlan(new OnnxBuilder(13).Input("x", F64, 3).Node("Relu", ["x"], ["a"]).Node("Exp", ["a"], ["y"]).Output("y", F64, 3)).Bag;
        Diagnostic note = Assert.Single(bag.All);
        Assert.Equal(("LR2VQ2015", DiagnosticSeverity.Info), (note.Id, note.Severity));
        Assert.Contains("Relu_0, Exp_1", note.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(F16)]
    [InlineData(ElementType.BFloat16)]
    [InlineData(F64)]
    public void ConstantsAndComputedSizesAreOutputsOfTheirType(ElementType type)
    {
        HostTensor c = Numbers(type, [0.1, -2.7, 1e4, 3.5]), half = Numbers(type, [0.5]);
        OnnxBuilder builder = new OnnxBuilder(13).Input("x", F32, 3, 5).Initializer("c", c).Initializer("half", half).Node("Identity", ["c"], ["z"]).Node("Shape", ["x"], ["s"])
            .Node("Cast", ["s"], ["f"], ("to", (long)type)).Node("Relu", ["x"], ["r"]).Output("z", type, 4).Output("y", type, 2).Output("r");
        // The oracle has no products of bf16.
        if (type == ElementType.BFloat16) builder.Node("Identity", ["f"], ["y"]);
        else builder.Node("Mul", ["f", "half"], ["y"]);
        Check(builder, type == F64 ? 1e-7 : 0, ("x", RandomTensor.Floats(1, -1f, 1f, 3, 5)));
    }

    [Theory]
    [InlineData(ElementType.UInt8)]
    [InlineData(ElementType.Int8)]
    [InlineData(ElementType.UInt16)]
    [InlineData(ElementType.Int16)]
    [InlineData(ElementType.UInt32)]
    [InlineData(I32)]
    [InlineData(I64)]
    [InlineData(ElementType.UInt64)]
    public void BitsOfAllIntegersAreInverted(ElementType type)
    {
        HostTensor x = Numbers(type, [0, 1, 77, 100]);
        Check(new OnnxBuilder(18).Input("x", type, 4).Node("BitwiseNot", ["x"], ["y"]).Output("y", type, 4), ("x", x));
    }

    [Theory]
    [InlineData(ElementType.UInt8, "add")]
    [InlineData(ElementType.Int8, "mul")]
    [InlineData(ElementType.UInt16, "max")]
    [InlineData(ElementType.Int16, "min")]
    [InlineData(I64, "add")]
    public void UpdatesOfNarrowIntegersAreJoined(ElementType type, string reduction)
    {
        HostTensor data = Numbers(type, [1, 2, 3, 4]), updates = Numbers(type, [5, 100, 3]);
        (string, object) how = ("reduction", reduction);
        double[] joined = [1, 2, 3, 4];
        foreach ((int at, double u) in new[] { (1, 5.0), (3, 100), (1, 3) })
            joined[at] = reduction switch { "add" => joined[at] + u, "mul" => joined[at] * u, "max" => Math.Max(joined[at], u), _ => Math.Min(joined[at], u) };
        HostTensor expected = Numbers(type, [.. joined.Select(v => type == ElementType.Int8 ? (double)unchecked((sbyte)(long)v) : v)]);
        HostTensor[] elements = ManagedChain.Run(new OnnxBuilder(18).Input("d", type, 4).Input("i", I64, 3).Input("u", type, 3).Node("ScatterElements", ["d", "i", "u"], ["y"], ("axis", 0L), how).Output("y", type, 4).Build(),
            ("d", data), ("i", HostTensor.Longs(1, 3, 1)), ("u", updates));
        HostTensor[] tuples = ManagedChain.Run(new OnnxBuilder(18).Input("d", type, 4).Input("i", I64, 3, 1).Input("u", type, 3).Node("ScatterND", ["d", "i", "u"], ["y"], how).Output("y", type, 4).Build(),
            ("d", data), ("i", HostTensor.Of<long>([1, 3, 1], 3, 1)), ("u", updates));
        Assert.Equal(expected.ToDoubles(), elements[0].ToDoubles());
        Assert.Equal(expected.ToDoubles(), tuples[0].ToDoubles());
        Refused(new OnnxBuilder(18).Input("d", type, 4).Input("i", I64, 3).Input("u", type, 3).Node("ScatterElements", ["d", "i", "u"], ["y"], ("reduction", "mean")).Output("y", type, 4), "LR2VQ2002", "mean");
    }

    [Theory]
    [InlineData(9)]
    [InlineData(13)]
    public void ANormalizedConstantMayBeAnOutput(int opset)
    {
        OnnxBuilder builder = new OnnxBuilder(opset).Input("x", F32, 2, 3, 4).Initializer("c", RandomTensor.Floats(1, -1f, 1f, 2, 3, 4));
        foreach (string name in new[] { "s", "b", "m", "v" }) builder.Initializer(name, RandomTensor.Floats(name[0], 0.5f, 2, 3));
        builder.Node("BatchNormalization", ["c", "s", "b", "m", "v"], ["t"]).Node("Add", ["x", "t"], ["y"]).Output("y").Output("t");
        Check(builder, ("x", RandomTensor.Floats(2, -1f, 1f, 2, 3, 4)));
    }

    [Fact]
    public void TrainingIsRefusedInEveryForm()
    {
        foreach ((int opset, string[] outputs, (string, object)[] attributes) in new (int, string[], (string, object)[])[]
        {
            (9, ["y", "a", "b", "c", "d"], []), (7, ["y", "a", "b"], []), (14, ["y"], [("training_mode", 1L)]),
        })
        {
            OnnxBuilder builder = new OnnxBuilder(opset).Input("x", F32, 2, 3, 4);
            foreach (string name in new[] { "s", "b", "m", "v" }) builder.Initializer("_" + name, RandomTensor.Floats(name[0], 0.5f, 2, 3));
            Refused(builder.Node("BatchNormalization", ["x", "_s", "_b", "_m", "_v"], outputs, attributes).Output("y"), "LR2VQ2012", "eval()");
        }
        Refused(new OnnxBuilder(13).Input("x", F32, 2).Initializer("r", HostTensor.Scalar(0.5f)).Initializer("t", HostTensor.Scalar(true)).Node("Dropout", ["x", "r", "t"], ["y"]).Output("y"), "LR2VQ2012", "eval()");
    }

    [Fact]
    public void SqueezeWithoutAxesNeedsKnownLengths()
    {
        OnnxBuilder builder = new OnnxBuilder(13).Input("x", F32, "n", 1, 4).Node("Squeeze", ["x"], ["y"]).Output("y");
        Refused(builder, "LR2VQ2013", "Dimensions=\"n=1\"");
        Assert.Equal("4", string.Join(",", PlannedModel.Plan(builder, ("n", 1)).Outputs[0].Shape));
        Assert.Equal("3,4", string.Join(",", PlannedModel.Plan(builder, ("n", 3)).Outputs[0].Shape));
        // Two rows at least are no dimension of length 1.
        builder = new OnnxBuilder(13).Input("x", F32, "n", 1, 4).Node("Concat", ["x", "x"], ["c"], ("axis", 0L)).Node("Squeeze", ["c"], ["y"]).Output("y");
        Assert.Equal("2*n,4", string.Join(",", PlannedModel.Plan(builder).Outputs[0].Shape));
    }

    [Theory]
    [InlineData(I64, new object[] { 3 })]
    [InlineData(F16, new object[] { 3 })]
    [InlineData(F32, new object[] { 3, 1 })]
    [InlineData(F32, new object[] { 4 })]
    public void ADeclarationThatDiffersIsRefused(ElementType type, object[] shape)
    {
        Refused(new OnnxBuilder(13).Input("x", F32, 3).Node("Relu", ["x"], ["y"]).Output("y", type, shape), "LR2VQ2014", "f32 [3]");
        PlannedModel.Plan(new OnnxBuilder(13).Input("x", F32, 3).Node("Relu", ["x"], ["y"]).Output("y", F32, "any"));
        PlannedModel.Plan(new OnnxBuilder(13).Input("x", F32, "any").Node("Relu", ["x"], ["y"]).Output("y", F32, 3));
    }

    private static OnnxBuilder Through(ElementType narrow, ElementType last)
    {
        OnnxBuilder builder = new OnnxBuilder(13).Input("x", F32, Odd.Length);
        return last == narrow ? builder.Node("Cast", ["x"], ["y"], ("to", (long)narrow))
            : builder.Node("Cast", ["x"], ["h"], ("to", (long)narrow)).Node("Cast", ["h"], ["y"], ("to", (long)last));
    }

    private static HostTensor Numbers(ElementType type, double[] values) => type switch
    {
        F64 => HostTensor.Of(values, values.Length),
        F32 => HostTensor.Of(Array.ConvertAll(values, v => (float)v), values.Length),
        F16 => HostTensor.Of(Array.ConvertAll(values, v => (Half)v), values.Length),
        ElementType.BFloat16 => new HostTensor(type, [values.Length], [.. values.SelectMany(v => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits((float)v) >> 16)))]),
        I64 => HostTensor.Of(Array.ConvertAll(values, v => (long)v), values.Length),
        I32 => HostTensor.Of(Array.ConvertAll(values, v => (int)v), values.Length),
        ElementType.UInt64 => HostTensor.Of(Array.ConvertAll(values, v => (ulong)v), values.Length),
        ElementType.UInt32 => HostTensor.Of(Array.ConvertAll(values, v => (uint)v), values.Length),
        ElementType.Int16 => HostTensor.Of(Array.ConvertAll(values, v => (short)v), values.Length),
        ElementType.UInt16 => HostTensor.Of(Array.ConvertAll(values, v => (ushort)v), values.Length),
        ElementType.Int8 => HostTensor.Of(Array.ConvertAll(values, v => (sbyte)v), values.Length),
        _ => HostTensor.Of(Array.ConvertAll(values, v => (byte)v), values.Length),
    };

    private static void Check(OnnxBuilder builder, params (string Name, HostTensor Value)[] inputs) => Check(builder, 1e-6, inputs);

    private static void Check(OnnxBuilder builder, double tolerance, params (string Name, HostTensor Value)[] inputs)
    {
        byte[] model = builder.Build();
        using var oracle = new OrtOracle(model, optimize: false);
        HostTensor[] expected = oracle.Run(inputs), found = ManagedChain.Run(model, inputs);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Type, found[i].Type);
            if (!expected[i].ToDoubles().SequenceEqual(found[i].ToDoubles())) Tolerance.OfLargest(tolerance).Check(expected[i], found[i], oracle.OutputNames[i]);
            Assert.Equal(expected[i].Shape, found[i].Shape);
        }
    }

    private static void Refused(OnnxBuilder builder, string id, string text)
    {
        (Plans.Plan? plan, DiagnosticBag bag) = PlannedModel.TryPlan(builder);
        Assert.Null(plan);
        Diagnostic only = Assert.Single(bag.All);
        Assert.Equal(id, only.Id);
        Assert.Contains(text, only.Text, StringComparison.Ordinal);
    }
}
