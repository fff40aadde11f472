using System;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Sizes and axes that are data, where the model declares what they lead to: such values run, others are refused.</summary>
public sealed class DeclaredSizeTests
{
    private const ElementType F32 = ElementType.Float32, I64 = ElementType.Int64;

    public static TheoryData<string, int[], int[], long[][], long[][]> Cases => new()
    {
        { "Reshape", [2, 6], [3, 4], [[3, 4], [-1, 4], [3, -1]], [[4, 3], [-1, -1], [6, 2], [0, 6]] },
        { "Reshape", [2, 6], [2, 3, 2], [[2, 3, 2], [0, 3, 2], [0, -1, 2]], [[2, 2, 3], [0, 2, 3]] },
        { "Expand", [2, 1], [2, 5], [[2, 5], [1, 5]], [[2, 1], [2, 4], [1, 1]] },
        { "Tile", [2, 3], [4, 3], [[2, 1]], [[1, 2], [1, 1], [-2, 1]] },
        { "Unsqueeze", [2, 3], [2, 1, 3, 1], [[1, 3], [3, 1], [-3, 3]], [[0, 1], [1, 1], [7, 3]] },
        { "Squeeze", [1, 3, 1], [3], [[0, 2], [-1, 0]], [[0, 1], [0, 0]] },
        { "ReduceSum", [2, 3, 4], [2, 1, 1], [[1, 2], [-1, 1]], [[0, 1], [1, 1]] },
        { "ReduceMax", [2, 3, 4], [2, 3, 1], [[2], [-1]], [[0], [5]] },
        { "CenterCropPad", [4, 4], [2, 6], [[2, 6]], [[6, 2], [2, -6]] },
    };

    [Theory, MemberData(nameof(Cases))]
    public void OnlyWhatGivesTheDeclaredShapeRuns(string op, int[] from, int[] to, long[][] right, long[][] wrong)
    {
        byte[] model = new OnnxBuilder(18).Input("x", F32, [.. from.Select(d => (object)d)]).Input("given", I64, right[0].Length).Node(op, ["x", "given"], ["y"]).Output("y", F32, [.. to.Select(d => (object)d)]).Build();
        HostTensor x = RandomTensor.Floats(3, from);
        using ManagedChain chain = ManagedChain.Of(model);
        foreach (long[] given in right)
            Tolerance.OfLargest(1e-6).Check(OrtOracle.Run(model, ("x", x), ("given", HostTensor.Longs(given)))[0], chain.Run(("x", x), ("given", HostTensor.Longs(given)))[0]);
        foreach (long[] given in wrong)
            Assert.Contains("LR2VQ5015", Assert.ThrowsAny<ArgumentException>(() => chain.Run(("x", x), ("given", HostTensor.Longs(given)))).Message);
    }

    [Fact]
    public void DataChooseAmongAxesThatLeadToTheSameShape()
    {
        byte[] model = new OnnxBuilder(18).Input("x", F32, 2, 3, 3).Input("given", I64, 1).Node("ReduceSum", ["x", "given"], ["y"], ("keepdims", 0)).Output("y", F32, 2, 3).Build();
        HostTensor x = RandomTensor.Floats(3, 2, 3, 3);
        using ManagedChain chain = ManagedChain.Of(model);
        foreach (long axis in new long[] { 1, 2, -1, -2, 1 })
            Tolerance.OfLargest(1e-6).Check(OrtOracle.Run(model, ("x", x), ("given", HostTensor.Longs(axis)))[0], chain.Run(("x", x), ("given", HostTensor.Longs(axis)))[0]);
        foreach (long axis in new long[] { 0, -3, 3, -4, long.MaxValue, long.MinValue }) Refused(chain, ("x", x), ("given", HostTensor.Longs(axis)));
    }

    [Fact]
    public void BoundsOfASliceAreDataWhereTheyLeadToTheDeclaredShape()
    {
        byte[] model = new OnnxBuilder(18).Input("x", F32, 5, 6).Input("starts", I64, 2).Input("ends", I64, 2).Input("axes", I64, 2).Input("steps", I64, 2)
            .Node("Slice", ["x", "starts", "ends", "axes", "steps"], ["y"]).Output("y", F32, 2, 3).Build();
        HostTensor x = RandomTensor.Floats(3, 5, 6);
        using ManagedChain chain = ManagedChain.Of(model);
        (string, HostTensor)[] Inputs(long[] numbers) => [("x", x), .. new[] { "starts", "ends", "axes", "steps" }.Select((name, i) => (name, HostTensor.Longs(numbers[(2 * i)..(2 * i + 2)])))];
        long[][] right =
        [
            [0, 0, 2, 3, 0, 1, 1, 1], [0, 0, 3, 2, 1, 0, 1, 1], [-3, -2, 6, 5, -1, -2, 1, 1], [4, 5, -9, -9, 0, 1, -3, -2], [3, 1, long.MaxValue, 6, 0, 1, 1, 2],
            [long.MaxValue, long.MaxValue, long.MinValue, long.MinValue, 0, 1, -4, -2], [long.MinValue, 3, 2, long.MaxValue, 0, 1, 1, 1],
        ];
        foreach (long[] numbers in right)
            for (int again = 0; again < 2; again++) Tolerance.Exact.Check(OrtOracle.Run(model, Inputs(numbers))[0], chain.Run(Inputs(numbers))[0]);
        long[][] wrong =
        [
            [0, 0, 3, 3, 0, 1, 1, 1], [0, 0, 2, 3, 0, 0, 1, 1], [0, 0, 2, 3, 0, 2, 1, 1], [0, 0, 2, 3, 0, -3, 1, 1], [0, 0, 2, 3, 0, 1, 1, 0], [0, 0, 2, 3, 0, 1, long.MinValue, 1],
            [5, 0, 9, 3, 0, 1, 1, 1], [0, 0, 2, 3, 0, 1, long.MaxValue, 1], [1, 0, 0, 3, 0, 1, 1, 1],
        ];
        foreach (long[] numbers in wrong) Refused(chain, Inputs(numbers));
    }

    [Fact]
    public void BordersAreDataWhereTheyLeadToTheDeclaredShape()
    {
        byte[] model = new OnnxBuilder(18).Input("x", F32, 3, 4).Input("pads", I64, 4).Node("Pad", ["x", "pads"], ["y"], ("mode", "reflect")).Output("y", F32, 4, 5).Build();
        HostTensor x = RandomTensor.Floats(3, 3, 4);
        using ManagedChain chain = ManagedChain.Of(model);
        foreach (long[] pads in new long[][] { [1, 0, 0, 1], [0, 1, 1, 0], [1, 1, 0, 0] })
            Tolerance.Exact.Check(OrtOracle.Run(model, ("x", x), ("pads", HostTensor.Longs(pads)))[0], chain.Run(("x", x), ("pads", HostTensor.Longs(pads)))[0]);
        foreach (long[] pads in new long[][] { [1, 0, 0, 0], [2, 1, 0, 0], [long.MaxValue, 0, long.MinValue, 1], [long.MaxValue, 1, long.MaxValue, 0], [1L << 40, 1, 1 - (1L << 40), 0] })
            Refused(chain, ("x", x), ("pads", HostTensor.Longs(pads)));
    }

    [Fact]
    public void ScalesAreDataWhereTheyLeadToTheDeclaredShape()
    {
        byte[] model = new OnnxBuilder(19).Input("x", F32, 1, 1, 4, 4).Input("scales", F32, 4).Node("Resize", ["x", "", "scales"], ["y"], ("mode", "linear")).Output("y", F32, 1, 1, 6, 8).Build();
        HostTensor x = RandomTensor.Floats(3, 1, 1, 4, 4);
        using ManagedChain chain = ManagedChain.Of(model);
        foreach (float[] scales in new float[][] { [1, 1, 1.5f, 2], [1, 1, 1.7f, 2.1f], [1, 1, 1.5f, 2] })
            Tolerance.OfLargest(1e-6).Check(OrtOracle.Run(model, ("x", x), ("scales", HostTensor.Of(scales, 4)))[0], chain.Run(("x", x), ("scales", HostTensor.Of(scales, 4)))[0]);
        foreach (float[] scales in new float[][] { [1, 1, 1, 2], [1, 2, 1.5f, 2], [1, 1, 1.5f, float.NaN], [1, 1, float.PositiveInfinity, 2], [1, 1, 0, 2], [1, 1, -1.5f, 2], [1, 1, 1.5f, 1e30f] })
            Refused(chain, ("x", x), ("scales", HostTensor.Of(scales, 4)));
    }

    [Theory, InlineData("not_larger"), InlineData("not_smaller")]
    public void SizesThatKeepTheRatioAreDataWhereTheyLeadToTheDeclaredShape(string policy)
    {
        byte[] model = new OnnxBuilder(19).Input("x", F32, 1, 1, 4, 6).Input("sizes", I64, 2)
            .Node("Resize", ["x", "", "", "sizes"], ["y"], ("axes", new long[] { 2, 3 }), ("keep_aspect_ratio_policy", policy)).Output("y", F32, 1, 1, 8, 12).Build();
        HostTensor x = RandomTensor.Floats(3, 1, 1, 4, 6);
        using ManagedChain chain = ManagedChain.Of(model);
        long[][] right = policy == "not_larger" ? [[8, 12], [9, 12], [8, 14]] : [[8, 12], [7, 12], [8, 10]];
        foreach (long[] sizes in right)
            Tolerance.Exact.Check(OrtOracle.Run(model, ("x", x), ("sizes", HostTensor.Longs(sizes)))[0], chain.Run(("x", x), ("sizes", HostTensor.Longs(sizes)))[0]);
        foreach (long[] sizes in new long[][] { [4, 6], [16, 24], [0, 0], [-8, -12], [long.MaxValue, long.MaxValue] }) Refused(chain, ("x", x), ("sizes", HostTensor.Longs(sizes)));
    }

    [Fact]
    public void BoundsOfARangeAreDataWhereTheyLeadToTheDeclaredLength()
    {
        byte[] model = new OnnxBuilder(18).Input("start", I64).Input("limit", I64).Input("delta", I64).Node("Range", ["start", "limit", "delta"], ["y"]).Output("y", I64, 3).Build();
        using ManagedChain chain = ManagedChain.Of(model);
        (string, HostTensor)[] Inputs(long[] n) => [("start", HostTensor.Scalar(n[0])), ("limit", HostTensor.Scalar(n[1])), ("delta", HostTensor.Scalar(n[2]))];
        foreach (long[] numbers in new long[][] { [0, 3, 1], [5, 0, -2], [-4, 2, 2], [1, 10, 4] }) Tolerance.Exact.Check(OrtOracle.Run(model, Inputs(numbers))[0], chain.Run(Inputs(numbers))[0]);
        foreach (long[] numbers in new long[][] { [0, 4, 1], [0, 3, -1], [0, 3, 0], [long.MinValue, long.MaxValue, 1], [long.MinValue, long.MaxValue, long.MinValue], [0, 0, 1] }) Refused(chain, Inputs(numbers));
    }

    [Theory, InlineData("LSTM", 4), InlineData("GRU", 3), InlineData("RNN", 1)]
    public void SequencesThatAreLongerThanTheInputAreRefused(string op, int gates)
    {
        byte[] model = new OnnxBuilder(18).Input("x", F32, 4, 2, 3).Initializer("w", RandomTensor.Floats(1, 1, gates * 5, 3)).Initializer("r", RandomTensor.Floats(2, 1, gates * 5, 5)).Input("lengths", ElementType.Int32, 2)
            .Node(op, ["x", "w", "r", "", "lengths"], ["y", "h"], ("hidden_size", 5L)).Output("y").Output("h").Build();
        HostTensor x = RandomTensor.Floats(3, 4, 2, 3);
        using ManagedChain chain = ManagedChain.Of(model);
        foreach (int[] lengths in new int[][] { [4, 2], [1, 3], [4, 4] })
        {
            HostTensor[] expected = OrtOracle.Run(model, ("x", x), ("lengths", HostTensor.Of(lengths, 2))), actual = chain.Run(("x", x), ("lengths", HostTensor.Of(lengths, 2)));
            for (int i = 0; i < 2; i++) Tolerance.OfLargest(1e-5).Check(expected[i], actual[i]);
        }
        foreach (int[] lengths in new int[][] { [5, 1], [-1, 4], [int.MaxValue, int.MinValue] }) Refused(chain, ("x", x), ("lengths", HostTensor.Of(lengths, 2)));
    }

    private static void Refused(ManagedChain chain, params (string, HostTensor)[] inputs) =>
        Assert.Contains("LR2VQ5015", Assert.ThrowsAny<ArgumentException>(() => chain.Run(inputs)).Message);

    [Fact]
    public void WhatTheModelDoesNotDeclareIsRefused()
    {
        byte[] model = new OnnxBuilder(18).Input("x", F32, 2, 3, 3).Input("given", I64, 1).Node("ReduceSum", ["x", "given"], ["y"], ("keepdims", 0)).Output("y", F32, null, null).Build();
        DiagnosticException problem = Assert.Throws<DiagnosticException>(() => ManagedChain.Of(model));
        Assert.Equal("LR2VQ2004", problem.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error).Id);
    }
}
