using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Operators whose sizes are 0, so that a result is made of nothing: the oracle's value, or a refusal where it refuses.</summary>
public sealed class EmptyAxisTests
{
    private static readonly Dictionary<string, Sample> s_samples = Collect();

    public static TheoryData<string> Names => [.. s_samples.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Agrees_with_ONNX_Runtime(string name)
    {
        List<string> wrong = [];
        foreach (bool symbolic in new[] { false, true })
        {
            Sample sample = s_samples[name];
            byte[] model = sample.Model(symbolic);
            HostTensor[]? expected = null, found = null;
            string refusal = "", refused = "";
            try
            {
                expected = sample.Expected;
                if (expected is null)
                {
                    using OrtOracle oracle = new(model, optimize: false);
                    expected = oracle.Run(sample.Inputs);
                }
            }
            catch (Exception e) when (e.GetType().Name == "OnnxRuntimeException")
            {
                refusal = e.Message;
            }
            try
            {
                found = ManagedChain.Run(model, sample.Inputs);
            }
            catch (Exception e) when (e is DiagnosticException or ArgumentException or InvalidArtifactException)
            {
                refused = e.GetType().Name + ": " + e.Message;
            }
            if (expected is null && found is null) continue;
            if (expected is null) wrong.Add($"{name}, symbolic {symbolic}: not refused ({refusal}); gives {Text(found!)}");
            else if (found is null) wrong.Add($"{name}, symbolic {symbolic}: refused ({refused}); expected {Text(expected)}");
            else
                for (int i = 0; i < expected.Length; i++)
                {
                    try
                    {
                        Tolerance.OfLargest(1e-6).Check(expected[i], found[i]);
                    }
                    catch (Xunit.Sdk.XunitException)
                    {
                        wrong.Add($"{name}, symbolic {symbolic}, output {i}: {Text(found)}, expected {Text(expected)}");
                    }
                }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Theory]
    [InlineData("Conv", 2, 0)]
    [InlineData("ConvTranspose", 0, 2)]
    public void Convolutions_without_channels_are_refused_at_build_time(string op, int first, int second)
    {
        OnnxBuilder builder = new OnnxBuilder(13).Input("x", ElementType.Float32, 1, 0, 4, 4).Initializer("w", HostTensor.Of<float>([], first, second, 3, 3));
        DiagnosticException refused = Assert.Throws<DiagnosticException>(() => ManagedChain.Of(builder.Node(op, ["x", "w"], ["y"]).Output("y").Build()));
        Assert.Equal("LR2VQ2003", refused.Diagnostics[0].Id);
    }

    private static string Text(HostTensor[] tensors) =>
        string.Join("; ", tensors.Select(t => $"[{string.Join(',', t.Shape)}] {string.Join(' ', t.ToDoubles().Take(8))}"));

    private sealed record Sample(string Op, int Opset, (string Name, HostTensor Value)[] Inputs, (string Name, object Value)[] Attributes)
    {
        public HostTensor[]? Expected { get; init; }

        public (string Name, HostTensor Value)[] Constants { get; init; } = [];

        public int Outputs { get; init; } = 1;

        /// <summary>The node's inputs, where they are not all of the above in order.</summary>
        public string[]? Names { get; init; }

        public byte[] Model(bool symbolic)
        {
            OnnxBuilder builder = new(Opset);
            foreach ((string name, HostTensor value) in Inputs)
                builder.Input(name, value.Type, [.. value.Shape.Select(d => symbolic && d == 0 ? (object)"empty" : d)]);
            foreach ((string name, HostTensor value) in Constants) builder.Initializer(name, value);
            string[] outputs = [.. Enumerable.Range(0, Outputs).Select(i => $"y{i}")];
            builder.Node(Op, Names ?? [.. Inputs.Select(i => i.Name), .. Constants.Select(i => i.Name)], outputs, Attributes);
            foreach (string output in outputs) builder.Output(output);
            return builder.Build();
        }
    }

    private static Dictionary<string, Sample> Collect()
    {
        Dictionary<string, Sample> samples = [];
        void Add(string about, string op, int opset, (string, HostTensor)[] inputs, (string, object)[]? attributes = null, (string, HostTensor)[]? constants = null,
            int outputs = 1, string[]? names = null, HostTensor[]? expected = null) =>
            samples.Add($"{op} {about}", new(op, opset, inputs, attributes ?? []) { Constants = constants ?? [], Outputs = outputs, Names = names, Expected = expected });

        HostTensor F(params int[] shape) => RandomTensor.Floats(7, -2, 2, shape);

        foreach (string op in new[] { "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare" })
            foreach ((int[] shape, long[] axes) in new (int[], long[])[]
            {
                ([2, 0, 3], [1]), ([2, 0, 17], [1]), ([3, 0, 64], [1]), ([5, 0], [1]), ([40, 0], [1]), ([0, 5], [0]), ([0, 65], [0]), ([0], [0]), ([2, 0, 5, 0, 3], [1, 3]),
                ([3, 0, 4, 20], [1, 2]), ([2, 3, 0, 4], [1, 3]), ([2, 3, 4, 0], [1, 3]), ([0, 0], [0, 1]),
            })
            {
                string about = $"[{string.Join(',', shape)}] over {string.Join(',', axes)}";
                HostTensor[]? known = Nothing(op) is { } value && shape.Where((_, d) => !axes.Contains(d)).All(d => d > 0)
                    ? [HostTensor.Of(Enumerable.Repeat(value, shape.Where((_, d) => !axes.Contains(d)).Aggregate(1, (a, b) => a * b)).ToArray(),
                        [.. shape.Where((_, d) => !axes.Contains(d))])]
                    : null;
                Add(about, op, 18, [("x", F(shape))], [("keepdims", 0)], [("axes", HostTensor.Longs(axes))], expected: known);
                if (op is "ReduceSum" or "ReduceProd" && shape.Length == 3)
                    foreach (ElementType type in new[] { ElementType.Int32, ElementType.Int64 })
                        Add(about + " " + type, op, 18, [("x", new HostTensor(type, shape, []))], [("keepdims", 1)], [("axes", HostTensor.Longs(axes))]);
            }
        foreach (string op in new[] { "ArgMax", "ArgMin" })
        {
            Add("over nothing", op, 13, [("x", F(2, 0, 3))], [("axis", 1)]);
            Add("of nothing", op, 13, [("x", F(2, 0, 3))], [("axis", 0)]);
        }
        foreach (string op in new[] { "GlobalAveragePool", "GlobalMaxPool" })
            foreach (int channels in new[] { 0, 3, 16, 20 }) Add($"{channels} channels of nothing", op, 13, [("x", F(1, channels, 0, 4))]);
        foreach (string op in new[] { "AveragePool", "MaxPool", "LpPool" })
        {
            Add("of padding alone", op, 11, [("x", F(1, 2, 0, 4))], [("kernel_shape", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 })]);
            Add("of no channels", op, 11, [("x", F(1, 0, 4, 4))], [("kernel_shape", new long[] { 2, 2 })]);
            Add("of no images", op, 11, [("x", F(0, 3, 4, 4))], [("kernel_shape", new long[] { 2, 2 })]);
        }
        Add("over nothing", "LayerNormalization", 17, [("x", F(2, 0)), ("scale", F(0))], [("axis", 1)]);
        foreach (string op in new[] { "Softmax", "LogSoftmax", "Hardmax" }) Add("over nothing", op, 13, [("x", F(2, 0))], [("axis", 1)]);
        Add("over nothing", "CumSum", 14, [("x", F(2, 0))], constants: [("axis", HostTensor.Scalar(1L))]);
        Add("over nothing", "LpNormalization", 13, [("x", F(2, 0))], [("axis", 1)]);
        Add("over nothing", "InstanceNormalization", 13, [("x", F(1, 3, 0)), ("scale", F(3)), ("bias", F(3))], expected: [F(1, 3, 0)]);
        Add("k = 0", "MatMul", 13, [("a", F(2, 0)), ("b", F(0, 3))]);
        Add("k = 0, wide", "MatMul", 13, [("a", F(17, 0)), ("b", F(0, 40))]);
        Add("k = 0, batches", "MatMul", 13, [("a", F(2, 3, 0)), ("b", F(2, 0, 4))]);
        Add("k = 0, one right", "MatMul", 13, [("a", F(2, 3, 0)), ("b", F(0, 4))]);
        Add("k = 0, vectors", "MatMul", 13, [("a", F(0)), ("b", F(0))]);
        Add("k = 0", "Gemm", 13, [("a", F(2, 0)), ("b", F(0, 3)), ("c", F(3))], [("alpha", 0.5f), ("beta", 2f)],
            // The oracle forgets beta here.
            expected: [HostTensor.Of(Enumerable.Range(0, 6).Select(i => 2 * F(3).Values<float>()[i % 3]).ToArray(), 2, 3)]);
        Add("k = 0, transposed", "Gemm", 13, [("a", F(0, 2)), ("b", F(3, 0)), ("c", F(2, 3))], [("transA", 1), ("transB", 1)]);
        Add("k = 0, no addend", "Gemm", 13, [("a", F(2, 0)), ("b", F(0, 20))]);
        Add("k = 0, weight", "MatMul", 13, [("a", F(2, 0))], constants: [("b", F(0, 3))]);
        Add("k = 0, weight", "Gemm", 13, [("a", F(2, 0))], constants: [("b", F(0, 3)), ("c", F(3))]);
        Add("of no columns, weight", "MatMul", 13, [("a", F(2, 3))], constants: [("b", F(3, 0))]);
        Add("nothing from an empty table", "Gather", 13, [("i", new HostTensor(ElementType.Int64, [0], []))], constants: [("x", F(0, 3))], names: ["x", "i"]);
        Add("of padding alone", "Conv", 11, [("x", F(1, 2, 0, 4))], [("kernel_shape", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 })], [("w", F(3, 2, 2, 2)), ("b", F(3))]);
        Add("with nothing", "Concat", 13, [("a", F(2, 0)), ("b", F(2, 3))], [("axis", 1)]);
        Add("nothing", "Pad", 13, [("x", F(2, 0))], constants: [("pads", HostTensor.Longs(0, 1, 0, 2)), ("value", HostTensor.Scalar(3f))]);
        Add("nothing, reflected", "Pad", 13, [("x", F(2, 0))], [("mode", "reflect")], [("pads", HostTensor.Longs(0, 1, 0, 2))]);
        Add("nothing, its edge", "Pad", 13, [("x", F(2, 0))], [("mode", "edge")], [("pads", HostTensor.Longs(0, 1, 0, 2))]);
        Add("nothing", "Expand", 13, [("x", F(1, 0))], constants: [("shape", HostTensor.Longs(3, 0))]);
        Add("k = 0", "TopK", 11, [("x", F(2, 5))], [("axis", 1)], [("k", HostTensor.Longs(0))], 2);
        Add("no updates", "ScatterElements", 16, [("x", F(2, 3)), ("i", new HostTensor(ElementType.Int64, [0, 3], [])), ("u", F(0, 3))], [("axis", 0)]);
        Add("no updates", "ScatterND", 16, [("x", F(2, 3)), ("i", new HostTensor(ElementType.Int64, [0, 1], [])), ("u", F(0, 3))]);
        Add("nothing from nothing", "Gather", 13, [("x", F(0, 3)), ("i", new HostTensor(ElementType.Int64, [0], []))]);
        Add("nothing", "Resize", 13, [("x", F(1, 1, 0, 4))], [("mode", "nearest")], [("roi", F(0)), ("scales", F(0)), ("sizes", HostTensor.Longs(1, 1, 2, 4))]);
        Add("nothing", "Add", 14, [("a", F(2, 0)), ("b", F(1, 1))]);
        foreach ((string op, int gates) in new[] { ("RNN", 1), ("GRU", 3), ("LSTM", 4) })
            foreach (int directions in new[] { 1, 2 })
            {
                (string, object)[] attributes = [("hidden_size", 3), ("direction", directions == 1 ? "forward" : "bidirectional")];
                HostTensor w = F(directions, gates * 3, 5), r = F(directions, gates * 3, 3), state = F(directions, 2, 3);
                // The state stays what it was, 0 if none is given. The oracle forgets it for RNN, and ends the process for others.
                HostTensor none = F(0, directions, 2, 3), zero = HostTensor.Of(new float[directions * 6], directions, 2, 3);
                Add($"no steps, {directions}", op, 14, [("x", F(0, 2, 5))], attributes, [("w", w), ("r", r)], 2, expected: [none, zero]);
                Add($"no steps, {directions}, with a state", op, 14, [("x", F(0, 2, 5)), ("h", state)], attributes, [("w", w), ("r", r)], 2, ["x", "w", "r", "", "", "h"], [none, state]);
            }
        Add("of nothing", "LRN", 13, [("x", F(1, 0, 2, 2))], [("size", 3)]);
        return samples;
    }

    /// <summary>What the sum, product, extreme … of no numbers is.</summary>
    private static float? Nothing(string op) => op switch
    {
        "ReduceProd" => 1f,
        // Left open by ONNX.
        "ReduceMean" => null,
        "ReduceMax" or "ReduceLogSum" or "ReduceLogSumExp" => float.NegativeInfinity,
        "ReduceMin" => float.PositiveInfinity,
        _ => 0f,
    };
}
