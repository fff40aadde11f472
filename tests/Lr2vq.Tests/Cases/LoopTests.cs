using System;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Onnx;
using Lr2vq.Tests.Passes;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Loop and Scan whose turns constants and shapes count: the turns one after the other, against ONNX Runtime.</summary>
public sealed class LoopTests
{
    private static HostTensor Weight(int seed, params int[] shape) => RandomTensor.Floats(seed, -0.6f, 0.6f, shape);

    /// <summary>x·w again and again, with the number of the turn added, and every sum stacked.</summary>
    private static OnnxBuilder Body(bool stops = false)
    {
        OnnxBuilder body = new OnnxBuilder().Input("i", ElementType.Int64).Input("going", ElementType.Bool).Input("h", ElementType.Float32, 2, 8)
            .Initializer("w", Weight(1, 8, 8)).Node("MatMul", ["h", "w"], ["p"]).Node("Cast", ["i"], ["f"], ("to", 1L)).Node("Add", ["p", "f"], ["n"]).Node("ReduceSum", ["n"], ["s"], ("keepdims", 0L));
        if (stops) body.Initializer("two", HostTensor.Scalar(2L)).Node("Less", ["i", "two"], ["more"]);
        else body.Node("Identity", ["going"], ["more"]);
        return body.Output("more", ElementType.Bool).Output("n", ElementType.Float32, 2, 8).Output("s", ElementType.Float32);
    }

    private static OnnxBuilder Model(OnnxBuilder body, long? trips, bool given = true)
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 2, 8).Initializer("go", HostTensor.Scalar(true));
        if (trips is { } number) builder.Initializer("m", HostTensor.Scalar(number));
        else if (given) builder.Input("m", ElementType.Int64);
        return builder.Node("Loop", [trips is null && !given ? "" : "m", "go", "x"], ["y", "sums"], ("body", body)).Output("y", ElementType.Float32, 2, 8).Output("sums", ElementType.Float32, [null]);
    }

    private static void Agrees(OnnxBuilder builder, params (string, HostTensor)[] inputs)
    {
        byte[] model = builder.Build();
        HostTensor[] expected = OrtOracle.Run(model, inputs), actual = ManagedChain.Run(model, inputs);
        for (int o = 0; o < expected.Length; o++) Tolerance.OfLargest(1e-5).Check(expected[o], actual[o], $"output {o}");
    }

    [Theory]
    [InlineData(5L, false), InlineData(1L, false), InlineData(9L, true), InlineData(null, true)]
    public void A_loop_agrees_and_its_turns_share_their_weights(long? trips, bool stops)
    {
        OnnxBuilder builder = Model(Body(stops), trips, given: false);
        Agrees(builder, ("x", RandomTensor.Floats(3, -1f, 1f, 2, 8)));
        Plans.Plan plan = PlannedModel.Plan(builder);
        Assert.Single(plan.Weights, weight => weight.Shape.Count == 2);
        Assert.Equal(stops ? 3 : trips, plan.Steps.Count(step => step.Operator == "Gemm"));
    }

    [Fact]
    public void Carried_values_may_grow_and_bodies_read_what_is_outside()
    {
        OnnxBuilder body = new OnnxBuilder().Input("i", ElementType.Int64).Input("going", ElementType.Bool).Input("h", ElementType.Float32, [null])
            .Node("Concat", ["h", "x"], ["n"], ("axis", 0L)).Node("Identity", ["going"], ["more"]).Output("more", ElementType.Bool).Output("n", ElementType.Float32, [null]);
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 3).Initializer("m", HostTensor.Scalar(4L)).Initializer("go", HostTensor.Scalar(true))
            .Node("Loop", ["m", "go", "x"], ["y"], ("body", body)).Output("y", ElementType.Float32, [null]);
        Agrees(builder, ("x", RandomTensor.Floats(3, -1f, 1f, 3)));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_loop_lies_in_a_branch_that_data_choose(bool condition)
    {
        OnnxBuilder body = new OnnxBuilder().Input("i", ElementType.Int64).Input("going", ElementType.Bool).Input("h", ElementType.Float32, 2, 8)
            .Initializer("w", Weight(1, 8, 8)).Node("MatMul", ["h", "w"], ["n"]).Node("Identity", ["going"], ["more"]).Output("more", ElementType.Bool).Output("n", ElementType.Float32, 2, 8);
        OnnxBuilder positive = new OnnxBuilder().Initializer("m", HostTensor.Scalar(3L)).Initializer("go", HostTensor.Scalar(true)).Node("Loop", ["m", "go", "x"], ["t"], ("body", body)).Output("t", ElementType.Float32, 2, 8);
        OnnxBuilder negative = new OnnxBuilder().Node("Neg", ["x"], ["e"]).Output("e", ElementType.Float32, 2, 8);
        Agrees(new OnnxBuilder().Input("x", ElementType.Float32, 2, 8).Input("c", ElementType.Bool).Node("If", ["c"], ["y"], ("then_branch", positive), ("else_branch", negative)).Output("y", ElementType.Float32, 2, 8),
            ("x", RandomTensor.Floats(3, -1f, 1f, 2, 8)), ("c", HostTensor.Scalar(condition)));
    }

    [Theory]
    [InlineData(0, 0, 0, 0), InlineData(1, 1, 1, 1), InlineData(-1, 0, -1, 0), InlineData(0, 1, 1, 0)]
    public void A_scan_agrees_along_every_axis_and_direction(int axis, int direction, int outputAxis, int outputDirection)
    {
        OnnxBuilder body = new OnnxBuilder().Input("h", ElementType.Float32, 4).Input("a", ElementType.Float32, 4).Input("b", ElementType.Float32, 4)
            .Node("Mul", ["h", "a"], ["p"]).Node("Add", ["p", "b"], ["n"]).Node("Tanh", ["n"], ["s"]).Output("n", ElementType.Float32, 4).Output("s", ElementType.Float32, 4);
        int[] shape = axis == 0 ? [6, 4] : [4, 6];
        OnnxBuilder builder = new OnnxBuilder().Input("h0", ElementType.Float32, 4).Input("x", ElementType.Float32, shape[0], shape[1]).Input("z", ElementType.Float32, 6, 4)
            .Node("Scan", ["h0", "x", "z"], ["hn", "y"], ("body", body), ("num_scan_inputs", 2L), ("scan_input_axes", new long[] { axis, 0 }), ("scan_input_directions", new long[] { direction, 0 }),
                ("scan_output_axes", new long[] { outputAxis }), ("scan_output_directions", new long[] { outputDirection }))
            .Output("hn", ElementType.Float32, 4).Output("y", ElementType.Float32, null, null);
        Agrees(builder, ("h0", RandomTensor.Floats(1, -1f, 1f, 4)), ("x", RandomTensor.Floats(2, -1f, 1f, shape)), ("z", RandomTensor.Floats(3, -1f, 1f, 6, 4)));
    }

    [Fact]
    public void A_trip_count_that_is_an_input_names_it_and_the_remedy_works()
    {
        OnnxBuilder builder = Model(Body(), null);
        Diagnostic only = Assert.Single(PlannedModel.TryPlan(builder).Bag.All);
        Assert.Equal("LR2VQ2004", only.Id);
        Assert.Contains("its trip count, which depends on the data of the input 'm'. Fix the value with the option Constants, e.g. Constants=\"m=1\"", only.Text, StringComparison.Ordinal);
        using OnnxCase file = new(builder);
        DiagnosticBag bag = new();
        ModelOptions options = OptionParser.Parse([new("Constants", "m=4"), new("Preset", "Lossless")], null, bag);
        using ManagedChain chain = new(file.ModelPath, options);
        HostTensor x = RandomTensor.Floats(3, -1f, 1f, 2, 8);
        HostTensor[] expected = OrtOracle.Run(builder.Build(), ("x", x), ("m", HostTensor.Scalar(4L))), actual = chain.Run(("x", x));
        for (int o = 0; o < expected.Length; o++) Tolerance.OfLargest(1e-5).Check(expected[o], actual[o], $"output {o}");
    }

    [Fact]
    public void Too_many_turns_become_a_step_at_once()
    {
        double start = ThreadTime.Seconds;
        Assert.Single(PlannedModel.Plan(Model(Body(), 100_000)).Steps, step => step.Operator == "Loop");
        // Of values that grow there is no such step.
        OnnxBuilder growing = new OnnxBuilder().Input("i", ElementType.Int64).Input("going", ElementType.Bool).Input("h", ElementType.Float32, [null])
            .Node("Concat", ["h", "x"], ["n"], ("axis", 0L)).Node("Identity", ["going"], ["more"]).Output("more", ElementType.Bool).Output("n", ElementType.Float32, [null]);
        OnnxBuilder grows = new OnnxBuilder().Input("x", ElementType.Float32, 3).Initializer("m", HostTensor.Scalar(257L)).Initializer("go", HostTensor.Scalar(true))
            .Node("Loop", ["m", "go", "x"], ["y"], ("body", growing)).Output("y", ElementType.Float32, [null]);
        Assert.Contains("more than 256 turns, or loops of more than 65536 nodes, and its carried value 0 changes from [3] to [6]", Assert.Single(PlannedModel.TryPlan(grows).Bag.All).Text, StringComparison.Ordinal);
        // Loops in loops: each of them would do.
        OnnxBuilder body = new OnnxBuilder().Input("i0", ElementType.Int64).Input("g0", ElementType.Bool).Input("h0", ElementType.Float32, 2, 8)
            .Node("Neg", ["h0"], ["n0"]).Node("Identity", ["g0"], ["m0"]).Output("m0", ElementType.Bool).Output("n0", ElementType.Float32, 2, 8);
        for (int depth = 1; depth < 4; depth++)
            body = new OnnxBuilder().Input($"i{depth}", ElementType.Int64).Input($"g{depth}", ElementType.Bool).Input($"h{depth}", ElementType.Float32, 2, 8)
                .Node("Loop", ["m", "go", $"h{depth}"], [$"n{depth}"], ("body", body)).Node("Identity", [$"g{depth}"], [$"m{depth}"]).Output($"m{depth}", ElementType.Bool).Output($"n{depth}", ElementType.Float32, 2, 8);
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 2, 8).Initializer("m", HostTensor.Scalar(200L)).Initializer("go", HostTensor.Scalar(true))
            .Node("Loop", ["m", "go", "x"], ["y"], ("body", body)).Output("y", ElementType.Float32, 2, 8);
        Assert.Contains(PlannedModel.Plan(builder).Steps, step => step.Operator == "Loop");
        Assert.InRange(ThreadTime.Seconds - start, 0, 60);
    }
}
