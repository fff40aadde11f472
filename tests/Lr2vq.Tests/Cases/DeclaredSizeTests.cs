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
    public void WhatLeavesAChoiceIsRefused()
    {
        // Either axis gives [2, 3].
        byte[] model = new OnnxBuilder(18).Input("x", F32, 2, 3, 3).Input("given", I64, 1).Node("ReduceSum", ["x", "given"], ["y"], ("keepdims", 0)).Output("y", F32, 2, 3).Build();
        DiagnosticException problem = Assert.Throws<DiagnosticException>(() => ManagedChain.Of(model));
        Assert.Equal("LR2VQ2004", problem.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error).Id);
    }
}
