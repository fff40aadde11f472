using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Graph;

/// <summary>Constants are computed by the run time's own operators: under the same rules, and however many follow each other.</summary>
public sealed class FoldingTests
{
    [Theory, InlineData("Relu", 4), InlineData("Relu", 5000), InlineData("Mul", 4)]
    public void AChainOfAnyLengthIsComputed(string op, int elements)
    {
        const int Length = 16_000;
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, elements).Initializer("c0", RandomTensor.Floats(1, elements)).Initializer("one", HostTensor.Of([1f], 1));
        for (int i = 0; i < Length; i++) builder.Node(op, op == "Mul" ? ["c" + i, "one"] : ["c" + i], ["c" + (i + 1)]);
        byte[] model = builder.Node("Add", ["x", "c" + Length], ["y"]).Output("y").Build();
        float[] x = RandomTensor.Uniform(2, elements), expected = RandomTensor.Floats(1, elements).Values<float>().ToArray();
        for (int i = 0; i < elements; i++) expected[i] = x[i] + (op == "Relu" ? Math.Max(0f, expected[i]) : expected[i]);
        // A thread with a small stack, as a thread pool on some systems has.
        HostTensor[] found = [];
        Exception? problem = null;
        Thread thread = new(() =>
        {
            try
            {
                found = ManagedChain.Run(model, ("x", HostTensor.Of(x, elements)));
            }
            catch (DiagnosticException e)
            {
                problem = e;
            }
        }, 512 << 10);
        thread.Start();
        thread.Join();
        Assert.Null(problem);
        Tolerance.OfLargest(1e-6).Check(HostTensor.Of(expected, elements), found[0], op);
    }

    [Fact]
    public void AChainOfScalesAfterAProductNeedsNoStack()
    {
        const int Length = 2000;
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 1, 3, 4, 4).Initializer("w", RandomTensor.Floats(1, 2, 3, 1, 1)).Initializer("s", RandomTensor.Floats(2, 0.999f, 1.001f, 1, 2, 1, 1))
            .Node("Conv", ["x", "w"], ["c0"]);
        for (int i = 0; i < Length; i++) builder.Node("Mul", ["c" + i, "s"], ["c" + (i + 1)]);
        byte[] model = builder.Output("c" + Length).Build();
        HostTensor x = RandomTensor.Floats(3, 1, 3, 4, 4);
        Tolerance.OfLargest(1e-3).Check(OrtOracle.Run(model, ("x", x))[0], ManagedChain.Run(model, ("x", x))[0], "scales");
    }

    [Theory]
    [InlineData("ScatterElements", new[] { 1, 4 }, new[] { 9, 9 })]
    [InlineData("GatherElements", new[] { 1, 4 }, new[] { 9, 8 })]
    [InlineData("ScatterND", new[] { 2, 4 }, new[] { 3, 5 })]
    [InlineData("GatherND", new[] { 2, 4 }, new[] { 3, 5 })]
    public void ConstantsThatDoNotFitAreRefusedByName(string op, int[] data, int[] indices)
    {
        string[] inputs = op.StartsWith("Scatter", StringComparison.Ordinal) ? ["data", "indices", "updates"] : ["data", "indices"];
        byte[] model = new OnnxBuilder().Input("x", ElementType.Float32, 1, 1).Initializer("data", RandomTensor.Floats(1, data)).Initializer("indices", RandomTensor.Longs(2, 0, 0, indices))
            .Initializer("updates", RandomTensor.Floats(3, indices)).Node(op, inputs, ["made"]).Node("Add", ["x", "made"], ["y"]).Output("y").Build();
        DiagnosticException problem = Assert.Throws<DiagnosticException>(() => ManagedChain.Of(model).Dispose());
        Assert.Contains("LR2VQ2002", problem.Message, StringComparison.Ordinal);
        Assert.Contains($"({op})", problem.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(4), InlineData(-5), InlineData(long.MinValue)]
    public void AConstantIndexOutsideIsRefusedByName(long index)
    {
        byte[] model = new OnnxBuilder().Input("x", ElementType.Float32, 1).Initializer("data", RandomTensor.Floats(1, 4)).Initializer("indices", HostTensor.Longs(index))
            .Node("Gather", ["data", "indices"], ["made"]).Node("Add", ["x", "made"], ["y"]).Output("y").Build();
        DiagnosticException problem = Assert.Throws<DiagnosticException>(() => ManagedChain.Of(model).Dispose());
        Assert.Contains("(Gather)", problem.Message, StringComparison.Ordinal);
        Assert.Contains($"index {index} at position 0 is outside [-4, 3]", problem.Message, StringComparison.Ordinal);
    }
}
