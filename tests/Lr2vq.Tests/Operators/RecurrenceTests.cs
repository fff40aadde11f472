using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Diagnostics;
using Lr2vq.Kernels;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Codecs;
using Lr2vq.Tests.Kernels;
using Lr2vq.Tests.Passes;
using Xunit;

namespace Lr2vq.Tests.Operators;

/// <summary>What the operator cases of LSTM, GRU and RNN do not reach.</summary>
public sealed class RecurrenceTests
{
    private const int Time = 4, Batch = 3, Length = 5, Hidden = 6;

    [Theory]
    [InlineData("LSTM"), InlineData("GRU"), InlineData("RNN"), InlineData("LSTM with other activations"), InlineData("GRU with other activations")]
    public void Agrees_with_its_export(string name)
    {
        for (int seed = 0; seed < 6; seed++)
        {
            OperatorCase sample = OperatorCases.All[name](new Draw(seed));
            using ManagedChain chain = ManagedChain.Of(sample.Model());
            byte[] exported = chain.Export();
            using var oracle = new OrtOracle(exported);
            HostTensor[] expected = oracle.Run(sample.GivenInputs()), actual = chain.Run(sample.GivenInputs());
            for (int i = 0; i < expected.Length; i++) sample.Tolerance.Check(expected[i], actual[i], $"seed {seed}: {sample}");
        }
    }

    // ONNX Runtime has no layout 1: the same network with transpositions around it is the oracle.
    [Theory]
    [InlineData("LSTM", 4), InlineData("GRU", 3), InlineData("RNN", 1)]
    public void Batch_first(string op, int gates)
    {
        HostTensor w = RandomTensor.Floats(1, -1f, 1f, 2, gates * Hidden, Length), r = RandomTensor.Floats(2, -1f, 1f, 2, gates * Hidden, Hidden);
        HostTensor x = RandomTensor.Floats(3, -1f, 1f, Batch, Time, Length), h = RandomTensor.Floats(4, -1f, 1f, Batch, 2, Hidden);
        OnnxBuilder Start() => new OnnxBuilder(14).Input("x", ElementType.Float32, Batch, Time, Length).Input("h", ElementType.Float32, Batch, 2, Hidden).Initializer("w", w).Initializer("r", r);
        (string, object)[] attributes = [("hidden_size", (long)Hidden), ("direction", "bidirectional")];
        byte[] first = Start().Node(op, ["x", "w", "r", "", "", "h"], ["y", "last"], [.. attributes, ("layout", 1L)]).Output("y").Output("last").Build();
        byte[] plain = Start().Node("Transpose", ["x"], ["xt"], ("perm", new long[] { 1, 0, 2 })).Node("Transpose", ["h"], ["ht"], ("perm", new long[] { 1, 0, 2 }))
            .Node(op, ["xt", "w", "r", "", "", "ht"], ["yt", "lt"], attributes)
            .Node("Transpose", ["yt"], ["y"], ("perm", new long[] { 2, 0, 1, 3 })).Node("Transpose", ["lt"], ["last"], ("perm", new long[] { 1, 0, 2 })).Output("y").Output("last").Build();
        HostTensor[] expected = OrtOracle.Run(plain, ("x", x), ("h", h)), actual = ManagedChain.Run(first, ("x", x), ("h", h));
        for (int i = 0; i < expected.Length; i++) Tolerance.OfLargest(1e-5).Check(expected[i], actual[i]);
    }

    [Fact]
    public void What_is_not_supported_is_refused_by_name()
    {
        OnnxBuilder Start() => new OnnxBuilder(14).Input("x", ElementType.Float32, Time, 2, Length)
            .Initializer("w", RandomTensor.Floats(1, -1f, 1f, 1, 4 * Hidden, Length)).Initializer("r", RandomTensor.Floats(2, -1f, 1f, 1, 4 * Hidden, Hidden));
        Refused(Start().Node("LSTM", ["x", "w", "r"], ["y"], ("hidden_size", (long)Hidden), ("activations", new[] { "Sigmoid", "Elu", "Tanh" })).Output("y"), "'Elu'");

        static void Refused(OnnxBuilder builder, string what)
        {
            (Plans.Plan? plan, DiagnosticBag bag) = PlannedModel.TryPlan(builder);
            Assert.Null(plan);
            Assert.Contains(what, Assert.Single(bag.All).ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_products_of_the_inputs_are_one_step()
    {
        Plans.Plan plan = PlannedModel.Plan(new OnnxBuilder(14).Input("x", ElementType.Float32, Time, 2, Length).Initializer("w", RandomTensor.Floats(1, -1f, 1f, 1, 3 * Hidden, Length))
            .Initializer("r", RandomTensor.Floats(2, -1f, 1f, 1, 3 * Hidden, Hidden)).Initializer("b", RandomTensor.Floats(3, -1f, 1f, 1, 6 * Hidden))
            .Node("GRU", ["x", "w", "r", "b"], ["y"], ("hidden_size", (long)Hidden)).Output("y"));
        Assert.Equal("Gemm GRU Reshape", PlannedModel.Operators(plan));
        Assert.Equal([WeightRole.Gemm, WeightRole.Bias, WeightRole.Gemm, WeightRole.Gemm], plan.Weights.Select(weight => weight.Role));
    }

    /// <summary>Formats with a product from codes and without, one row and several, every width.</summary>
    [Fact, Trait("Isa", "true")]
    public unsafe void Products_of_a_step()
    {
        var random = new Random(9);
        foreach (SliceAxis axis in new[] { SliceAxis.InputChannel, SliceAxis.OutputChannel })
            foreach (int rows in new[] { 1, 5, 14 })
                foreach ((int outputs, int inputs) in new[] { (64, 16), (40, 24) })
                {
                    var identity = new TensorIdentity("w", WeightRole.Gemm, ElementType.Float32, [outputs, inputs], 1);
                    using var opened = new OpenedTensor(CodebookTensor.Pack(identity, CodebookTensorTests.Factors(identity, axis, 8, 8, 256, 1, true, EntryEncoding.Fp16)));
                    float[] weight = opened.Decode(), x = TestTensor.Random(random, [rows, inputs]).Values;
                    foreach ((Isa isa, int steps) in VectorWidths.All.SelectMany(isa => new[] { (isa, 2), (isa, 7) }))
                    {
                        using Lanes.Forced forced = Lanes.Force(isa);
                        var product = new RecurrentProduct(opened.Tensor, rows, steps, Lanes.Isa);
                        float[] y = new float[rows * product.Pitch], scratch = new float[product.ScratchBytes / 4 + 1], expected = new float[rows * outputs], actual = new float[rows * outputs];
                        // Twice, as two steps of a sequence: the second adds to the first.
                        for (int step = 0; step < 2; step++)
                            fixed (float* px = x, py = y, ps = scratch) product.Add(px, py, (byte*)ps, step);
                        for (int row = 0; row < rows; row++)
                            for (int o = 0; o < outputs; o++)
                            {
                                double sum = 0;
                                for (int i = 0; i < inputs; i++) sum += 2.0 * x[row * inputs + i] * weight[o * inputs + i];
                                (expected[row * outputs + o], actual[row * outputs + o]) = ((float)sum, y[row * product.Pitch + o]);
                            }
                        OperatorBench.Near(expected, actual, $"{axis} {rows} rows {outputs}×{inputs} {isa}, {steps} steps", 1e-5);
                    }
                }
    }
}
