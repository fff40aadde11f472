using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Artifact;
using Lr2vq.Tests.Onnx;
using Lr2vq.Tests.Passes;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Loop and Scan whose turns data, shapes or large constants count: a body that a session computes again and again, against ONNX Runtime.</summary>
public sealed class LoopStepTests
{
    private const ElementType F32 = ElementType.Float32, I64 = ElementType.Int64;

    private static HostTensor Weight(int seed, params int[] shape) => RandomTensor.Floats(seed, -0.4f, 0.4f, shape);

    private static OnnxBuilder Body(params object[] shape) => new OnnxBuilder().Input("i", I64).Input("going", ElementType.Bool).Input("h", F32, shape);

    private static OnnxBuilder Goes(OnnxBuilder body) => body.Node("Identity", ["going"], ["more"]).Output("more", ElementType.Bool);

    private static void Agrees(OnnxBuilder builder, params (string, HostTensor)[][] calls) => Agrees(builder.Build(), calls);

    private static void Agrees(byte[] model, params (string, HostTensor)[][] calls) => CheckedChain.Check(model, Tolerance.OfLargest(1e-5), calls);

    /// <summary>tanh(h·w + x) as often as an input says.</summary>
    private static OnnxBuilder Counted() => new OnnxBuilder().Input("x", F32, "n", 8).Input("m", I64).Initializer("w", Weight(1, 8, 8)).Initializer("go", HostTensor.Scalar(true))
        .Node("Loop", ["m", "go", "x"], ["z"], ("body", Goes(Body("n", 8).Node("MatMul", ["h", "w"], ["p"]).Node("Add", ["p", "x"], ["s"]).Node("Tanh", ["s"], ["t"])).Output("t", F32, "n", 8)))
        .Node("Neg", ["z"], ["y"]).Output("y", F32, "n", 8);

    private static (string, HostTensor)[] Call(int rows, long turns) => [("x", RandomTensor.Floats(rows + (int)turns, -1f, 1f, rows, 8)), ("m", HostTensor.Scalar(turns))];

    [Fact]
    public void Data_count_the_turns()
    {
        Agrees(Counted(), Call(2, 3), Call(2, 0), Call(3, 1), Call(2, 300), Call(1, -4), Call(2, 2));
        Plans.Plan plan = PlannedModel.Plan(Counted());
        Assert.Equal(["Turn", "Gemm", "Add", "Tanh", "Loop", "Neg"], plan.Steps.Select(step => step.Operator));
        Assert.Equal("3", plan.Steps[4].Attributes.Find("body"));
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        using ManagedChain chain = ManagedChain.Of(Counted().Build());
        using PlanRunner runner = PlanRunner.Load(chain.Artifact, new SessionOptions { Threads = 1 });
        using ModelSession session = runner.CreateSession();
        session.SetInput(0, new float[16], [2, 8]);
        long[] turns = [5, 0, 40];
        for (int i = 0; i < 3; i++) Run(i);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 9; i++) Run(i % 3);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Run(int at)
        {
            session.SetInput<long>(1, turns.AsSpan(at, 1), []);
            session.Run();
        }
    }

    /// <summary>Squares until their sum is small, with or without a trip count.</summary>
    [Theory, InlineData(null), InlineData(long.MaxValue), InlineData(5L), InlineData(1000L)]
    public void Data_decide_whether_it_goes_on(long? trips)
    {
        OnnxBuilder body = Body(4).Node("Mul", ["h", "x"], ["n"]).Node("ReduceSum", ["n"], ["s"], ("keepdims", 0L)).Node("Greater", ["s", "least"], ["more"]).Output("more", ElementType.Bool).Output("n", F32, 4);
        OnnxBuilder builder = new OnnxBuilder().Input("x", F32, 4).Input("c", ElementType.Bool).Initializer("least", HostTensor.Scalar(0.01f));
        if (trips is { } number) builder.Initializer("m", HostTensor.Scalar(number));
        builder.Node("Loop", [trips is null ? "" : "m", "c", "x"], ["y"], ("body", body)).Output("y", F32, 4);
        Agrees(builder, [.. Enumerable.Range(0, 6).Select(i => ((string, HostTensor)[])[("x", RandomTensor.Floats(i, 0f, 0.98f, 4)), ("c", HostTensor.Scalar(i != 2))])]);
    }

    /// <summary>How many turns there were is the length of what they stack, and of all that follows.</summary>
    [Theory, InlineData(6L), InlineData(400L)]
    public void The_stack_of_a_loop_that_data_end_is_as_long_as_its_turns(long trips)
    {
        OnnxBuilder body = Body(3).Node("Mul", ["h", "x"], ["n"]).Node("ReduceMax", ["n"], ["s"], ("keepdims", 0L)).Node("Greater", ["s", "least"], ["more"]).Node("Cast", ["i"], ["f"], ("to", 1L)).Node("Add", ["n", "f"], ["e"])
            .Output("more", ElementType.Bool).Output("n", F32, 3).Output("e", F32, 3).Output("s", F32);
        OnnxBuilder builder = new OnnxBuilder().Input("x", F32, 3).Input("c", ElementType.Bool).Initializer("least", HostTensor.Scalar(0.1f)).Initializer("m", HostTensor.Scalar(trips))
            .Node("Loop", ["m", "c", "x"], ["y", "es", "ss"], ("body", body)).Node("Transpose", ["es"], ["t"], ("perm", new[] { 1, 0 })).Node("Neg", ["ss"], ["u"]).Node("Shape", ["ss"], ["l"])
            .Output("y", F32, 3).Output("t", F32, 3, null).Output("u", F32, [null]).Output("l", I64, 1);
        Agrees(builder, [.. Enumerable.Range(0, 8).Select(i => ((string, HostTensor)[])[("x", RandomTensor.Floats(i, 0.1f, i % 2 == 0 ? 0.7f : 0.99f, 3)), ("c", HostTensor.Scalar(i != 3))])]);
    }

    [Fact]
    public void Lengths_count_the_turns_and_the_body_reads_the_entry_of_its_number()
    {
        OnnxBuilder body = Goes(Body(4).Node("Gather", ["x", "i"], ["e"]).Node("Add", ["h", "e"], ["n"]).Node("Mul", ["n", "e"], ["s"])).Output("n", F32, 4).Output("s", F32, 4);
        OnnxBuilder builder = new OnnxBuilder().Input("x", F32, "n", 4).Input("h0", F32, 4).Initializer("zero", HostTensor.Scalar(0L)).Initializer("go", HostTensor.Scalar(true)).Node("Shape", ["x"], ["shape"])
            .Node("Gather", ["shape", "zero"], ["m"]).Node("Loop", ["m", "go", "h0"], ["last", "all"], ("body", body)).Output("last", F32, 4).Output("all", F32, "n", 4);
        Agrees(builder, [.. new[] { 3, 1, 300, 3 }.Select(n => ((string, HostTensor)[])[("x", RandomTensor.Floats(n, -1f, 1f, n, 4)), ("h0", RandomTensor.Floats(n + 1, -1f, 1f, 4))])]);
        Assert.Equal("n,4", string.Join(",", PlannedModel.Plan(builder).Outputs[1].Shape));
    }

    /// <summary>What is carried changes places; a flag that ends the loop is what another turn made.</summary>
    [Fact]
    public void Carried_values_change_places_without_losing_one()
    {
        OnnxBuilder body = new OnnxBuilder().Input("i", I64).Input("going", ElementType.Bool).Input("a", F32, 3).Input("b", F32, 3).Input("c", F32, 3).Input("stop", ElementType.Bool)
            .Node("Identity", ["b"], ["na"]).Node("Identity", ["a"], ["nb"]).Node("Add", ["a", "c"], ["nc"]).Initializer("five", HostTensor.Scalar(5L)).Node("Less", ["i", "five"], ["ns"]).Node("Identity", ["stop"], ["more"])
            .Output("more", ElementType.Bool).Output("na", F32, 3).Output("nb", F32, 3).Output("nc", F32, 3).Output("ns", ElementType.Bool);
        OnnxBuilder builder = new OnnxBuilder().Input("a0", F32, 3).Input("b0", F32, 3).Input("m", I64).Initializer("go", HostTensor.Scalar(true))
            .Node("Loop", ["m", "go", "a0", "b0", "a0", "go"], ["a1", "b1", "c1", "s1"], ("body", body)).Output("a1", F32, 3).Output("b1", F32, 3).Output("c1", F32, 3).Output("s1", ElementType.Bool);
        Agrees(builder, [.. new[] { 1L, 2, 3, 4, 9, 0 }.Select(m => ((string, HostTensor)[])[("a0", RandomTensor.Floats(1, -1f, 1f, 3)), ("b0", RandomTensor.Floats(2, -1f, 1f, 3)), ("m", HostTensor.Scalar(m))])]);
    }

    [Theory]
    [InlineData(0, 0, 0, 0), InlineData(1, 1, 1, 1), InlineData(-1, 0, -1, 0), InlineData(0, 1, 1, 0), InlineData(1, 0, 0, 1)]
    public void A_scan_of_open_or_great_length_agrees_along_every_axis_and_direction(int axis, int direction, int outputAxis, int outputDirection)
    {
        foreach (object length in new object[] { "t", 300 })
        {
            OnnxBuilder body = new OnnxBuilder().Input("h", F32, 4).Input("a", F32, 4).Input("b", F32, 4)
                .Node("Mul", ["h", "a"], ["p"]).Node("Add", ["p", "b"], ["n"]).Node("Tanh", ["n"], ["s"]).Output("n", F32, 4).Output("s", F32, 4);
            OnnxBuilder builder = new OnnxBuilder().Input("h0", F32, 4).Input("x", F32, axis == 0 ? [length, 4] : [4, length]).Input("z", F32, length, 4)
                .Node("Scan", ["h0", "x", "z"], ["hn", "y"], ("body", body), ("num_scan_inputs", 2L), ("scan_input_axes", new long[] { axis, 0 }), ("scan_input_directions", new long[] { direction, 0 }),
                    ("scan_output_axes", new long[] { outputAxis }), ("scan_output_directions", new long[] { outputDirection }))
                .Output("hn", F32, 4).Output("y", F32, null, null);
            int[] lengths = length is int only ? [only] : [6, 1, 300, 6];
            Agrees(builder, [.. lengths.Select(t => ((string, HostTensor)[])[("h0", RandomTensor.Floats(1, -1f, 1f, 4)), ("x", RandomTensor.Floats(2, -1f, 1f, axis == 0 ? [t, 4] : [4, t])), ("z", RandomTensor.Floats(3, -1f, 1f, t, 4))])]);
        }
    }

    /// <summary>Loops in loops and branches, branches in loops, and what a body finds.</summary>
    private static OnnxBuilder Nested()
    {
        OnnxBuilder innermost = new OnnxBuilder().Input("i2", I64).Input("g2", ElementType.Bool).Input("q", F32, 2, 8).Node("MatMul", ["q", "w"], ["q0"]).Node("Tanh", ["q0"], ["q1"]).Node("Add", ["q1", "h"], ["q2"])
            .Node("ReduceSum", ["q2"], ["qs"], ("keepdims", 0L)).Node("Identity", ["g2"], ["m2"]).Output("m2", ElementType.Bool).Output("q2", F32, 2, 8).Output("qs", F32);
        OnnxBuilder positive = new OnnxBuilder().Node("Loop", ["three", "go", "h"], ["t0", "ts"], ("body", innermost)).Node("ReduceMean", ["ts"], ["tm"], ("keepdims", 0L)).Node("Mul", ["t0", "tm"], ["t1"]).Node("Tanh", ["t1"], ["t"]).Output("t", F32, 2, 8);
        OnnxBuilder negative = new OnnxBuilder().Node("Greater", ["h", "zero"], ["large"]).Node("NonZero", ["large"], ["at"]).Node("Cast", ["at"], ["fat"], ("to", 1L)).Node("ReduceSum", ["fat"], ["sat"], ("keepdims", 0L))
            .Node("Mul", ["sat", "small"], ["off"]).Node("Sub", ["h", "off"], ["e"]).Output("e", F32, 2, 8);
        OnnxBuilder body = Goes(Body(2, 8).Node("ReduceSum", ["h"], ["hs"], ("keepdims", 0L)).Node("Greater", ["hs", "zero"], ["up"]).Node("If", ["up"], ["z"], ("then_branch", positive), ("else_branch", negative))
            .Node("Add", ["z", "r"], ["n"])).Output("n", F32, 2, 8);
        OnnxBuilder taken = new OnnxBuilder().Node("Loop", ["m", "go", "x"], ["l"], ("body", body)).Output("l", F32, 2, 8), other = new OnnxBuilder().Node("Neg", ["x"], ["o"]).Output("o", F32, 2, 8);
        return new OnnxBuilder().Input("x", F32, 2, 8).Input("m", I64).Input("k", I64).Input("c", ElementType.Bool).Initializer("w", Weight(1, 8, 8)).Initializer("zero", HostTensor.Scalar(0f)).Initializer("small", HostTensor.Scalar(0.01f))
            .Initializer("go", HostTensor.Scalar(true)).Initializer("three", HostTensor.Scalar(300L)).Node("Relu", ["x"], ["r"]).Node("If", ["c"], ["y"], ("then_branch", taken), ("else_branch", other))
            .Node("Loop", ["k", "go", "y"], ["u"], ("body", new OnnxBuilder().Input("j", I64).Input("g", ElementType.Bool).Input("v", F32, 2, 8).Node("Add", ["v", "r"], ["v1"]).Node("Loop", ["m", "go", "v1"], ["v2"], ("body",
                new OnnxBuilder().Input("j3", I64).Input("g3", ElementType.Bool).Input("v3", F32, 2, 8).Node("Tanh", ["v3"], ["v4"]).Node("Add", ["v4", "v1"], ["v5"]).Node("Identity", ["g3"], ["m3"]).Output("m3", ElementType.Bool).Output("v5", F32, 2, 8)))
                .Node("Identity", ["g"], ["m1"]).Output("m1", ElementType.Bool).Output("v2", F32, 2, 8)))
            .Output("u", F32, 2, 8);
    }

    private static (string, HostTensor)[] NestedCall(int seed) =>
        [("x", RandomTensor.Floats(seed, -1f, 1f, 2, 8)), ("m", HostTensor.Scalar((long)(seed % 4))), ("k", HostTensor.Scalar((long)(seed / 2 % 3))), ("c", HostTensor.Scalar(seed % 5 != 0))];

    [Fact]
    public void Loops_and_branches_lie_in_each_other() => Agrees(Nested(), [.. Enumerable.Range(0, 24).Select(NestedCall)]);

    [Fact]
    public void The_export_and_lossy_artifacts_compute_the_same()
    {
        foreach (OnnxBuilder builder in new[] { Nested(), Counted() })
        {
            using OnnxCase file = new(builder);
            using ManagedChain chain = new(file.ModelPath);
            using ManagedChain lossy = new(file.ModelPath, new ModelOptions { Compression = new CompressionOptions { Threads = 1 } });
            byte[] exported = chain.Export();
            for (int seed = 1; seed < 4; seed++)
            {
                (string, HostTensor)[] inputs = chain.HasInput("k") ? NestedCall(seed) : Call(2, seed);
                HostTensor expected = OrtOracle.Run(exported, inputs)[0];
                Tolerance.OfLargest(1e-5).Check(expected, chain.Run(inputs)[0], $"seed {seed}");
                Tolerance.OfLargest(0.1).Check(expected, lossy.Run(inputs)[0], $"seed {seed}, lossy");
            }
        }
    }

    /// <summary>How much is found before a loop is the length of what it carries, also of no turns.</summary>
    [Fact]
    public void What_is_carried_is_as_long_as_data_say()
    {
        OnnxBuilder body = new OnnxBuilder().Input("i", I64).Input("going", ElementType.Bool).Input("h", I64, 1, null).Node("Add", ["h", "places"], ["n"]).Node("NonZero", ["n"], ["inside"]).Node("ReduceSum", ["inside"], ["s"], ("keepdims", 0L))
            .Node("Add", ["n", "s"], ["t"]).Node("Identity", ["going"], ["more"]).Output("more", ElementType.Bool).Output("t", I64, 1, null);
        // ONNX Runtime does not know how long rows are of which there are none: this one has a turn at least.
        OnnxBuilder stacks = new OnnxBuilder().Input("j", I64).Input("going2", ElementType.Bool).Input("k", I64, 1, null).Node("Add", ["k", "places"], ["o"]).Node("ReduceSum", ["o"], ["os"], ("keepdims", 0L)).Node("Less", ["os", "most"], ["more2"])
            .Node("Identity", ["o"], ["p"]).Output("more2", ElementType.Bool).Output("o", I64, 1, null).Output("p", I64, 1, null);
        OnnxBuilder builder = new OnnxBuilder().Input("x", F32, "n").Input("c", ElementType.Bool).Initializer("m", HostTensor.Scalar(4L)).Initializer("go", HostTensor.Scalar(true)).Initializer("most", HostTensor.Scalar(12L)).Node("NonZero", ["x"], ["places"])
            .Node("Loop", ["m", "c", "places"], ["y"], ("body", body)).Node("Loop", ["m", "go", "y"], ["z", "zs"], ("body", stacks)).Output("y", I64, 1, null).Output("z", I64, 1, null).Output("zs", I64, null, 1, null);
        float[][] inputs = [[1, 0, 2, 3], [0, 1], [0, 0, 0], [1, 1, 1, 1, 1, 0]];
        Agrees(builder, [.. Enumerable.Range(0, 8).Select(i => ((string, HostTensor)[])[("x", HostTensor.Of(inputs[i % 4], inputs[i % 4].Length)), ("c", HostTensor.Scalar(i % 3 != 1))])]);
    }

    /// <summary>Where steps are computed again on kept values, a loop begins with its first turn.</summary>
    [Fact]
    public void Steps_of_a_body_are_computed_again_in_all_turns()
    {
        using ManagedChain chain = ManagedChain.Of(Counted().Build());
        using PlanRunner runner = PlanRunner.Load(chain.Artifact);
        using ModelSession session = new(runner) { KeepsValues = true };
        session.SetInput(0, RandomTensor.Floats(1, -1f, 1f, 2, 8).Values<float>(), [2, 8]);
        session.SetInput(1, [3L], []);
        session.Run();
        float[] first = session.Output<float>(0).ToArray();
        List<int> seen = [];
        session.Observer = new SeenSteps((number, _, _) => seen.Add(number));
        for (int number = 2; number <= 5; number++)
        {
            seen.Clear();
            session.RunAgain(number);
            Assert.Equal([1, 2, 3, 4, 5, 2, 3, 4, 5, 2, 3, 4, 5, 6], seen);
            Assert.Equal(first, session.Output<float>(0).ToArray());
        }
    }

    [Fact]
    public void An_endless_loop_can_be_cancelled()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", F32, 4).Input("m", I64).Initializer("go", HostTensor.Scalar(true)).Node("Loop", ["m", "go", "x"], ["y"], ("body", Goes(Body(4).Node("Neg", ["h"], ["n"])).Output("n", F32, 4))).Output("y", F32, 4);
        using ManagedChain chain = ManagedChain.Of(builder.Build());
        using PlanRunner runner = PlanRunner.Load(chain.Artifact);
        using ModelSession session = runner.CreateSession();
        session.SetInput(0, [1f, 2f, 3f, 4f]);
        session.SetInput(1, [long.MaxValue / 2], []);
        using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(200));
        Assert.Throws<OperationCanceledException>(() => session.Run(source.Token));
        session.SetInput(1, [3L], []);
        session.Run();
        Assert.Equal([-1f, -2f, -3f, -4f], session.Output<float>(0).ToArray());
    }

    [Fact]
    public void A_carried_value_that_grows_is_refused_and_the_remedy_works()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", F32, 3).Input("m", I64).Initializer("go", HostTensor.Scalar(true))
            .Node("Loop", ["m", "go", "x"], ["y"], ("body", Goes(Body([null!]).Node("Concat", ["h", "x"], ["n"], ("axis", 0L))).Output("n", F32, [null]))).Output("y", F32, [null]);
        Diagnostic only = Assert.Single(PlannedModel.TryPlan(builder).Bag.All);
        Assert.Equal("LR2VQ2004", only.Id);
        Assert.Contains("its trip count, and its carried value 0 changes from [3] to [6] in a turn, which depends on the data of the input 'm'. Fix the value with the option Constants", only.Text, StringComparison.Ordinal);
        using OnnxCase file = new(builder);
        DiagnosticBag bag = new();
        ModelOptions options = OptionParser.Parse([new("Constants", "m=2")], null, bag);
        Assert.Equal("9", string.Join(",", ModelCompressor.Plan(file.ModelPath, options.Fixed, bag)!.Outputs[0].Shape));
    }

    /// <summary>A length that a body's weights give is that of the input; one that another input has must be said to be the same.</summary>
    [Fact]
    public void Open_lengths_of_carried_values_are_found_or_named()
    {
        OnnxBuilder Model(string other) => new OnnxBuilder().Input("x", F32, 2, "k").Input("z", F32, 2, other).Input("m", I64).Initializer("w", Weight(1, 8, 8)).Initializer("go", HostTensor.Scalar(true))
            .Node("Loop", ["m", "go", "x"], ["y"], ("body", Goes(Body(2, null!).Node("MatMul", ["z", "w"], ["n"])).Output("n", F32, 2, null))).Output("y", F32, 2, null);
        Assert.Equal("2,8", string.Join(",", PlannedModel.Plan(Model("l")).Outputs[0].Shape));
        OnnxBuilder differs = new OnnxBuilder().Input("x", F32, 2, "k").Input("z", F32, 2, "l").Input("m", I64).Initializer("go", HostTensor.Scalar(true))
            .Node("Loop", ["m", "go", "x"], ["y"], ("body", Goes(Body(2, null!).Node("Neg", ["z"], ["n"])).Output("n", F32, 2, null))).Output("y", F32, 2, null);
        Diagnostic only = Assert.Single(PlannedModel.TryPlan(differs).Bag.All);
        Assert.Equal("LR2VQ2010", only.Id);
        Assert.Contains("changes from [2,k] to [2,l]", only.Text, StringComparison.Ordinal);
        Assert.Equal("Loop", PlannedModel.Plan(differs, ("k", 6), ("l", 6)).Steps[^1].Operator);
    }

    [Fact]
    public void A_stack_whose_length_nothing_bounds_is_refused()
    {
        OnnxBuilder body = Body(3).Node("Neg", ["h"], ["n"]).Node("ReduceSum", ["n"], ["s"], ("keepdims", 0L)).Node("Greater", ["s", "zero"], ["more"]).Output("more", ElementType.Bool).Output("n", F32, 3).Output("s", F32);
        OnnxBuilder builder = new OnnxBuilder().Input("x", F32, 3).Initializer("zero", HostTensor.Scalar(0f)).Initializer("m", HostTensor.Scalar(long.MaxValue)).Initializer("go", HostTensor.Scalar(true))
            .Node("Loop", ["m", "go", "x"], ["y", "all"], ("body", body)).Output("y", F32, 3).Output("all", F32, [null]);
        Diagnostic only = Assert.Single(PlannedModel.TryPlan(builder).Bag.All);
        Assert.Equal("LR2VQ2004", only.Id);
        Assert.Contains("whether it goes on", only.Text, StringComparison.Ordinal);
    }

    [Theory, InlineData("m"), InlineData("")]
    public void A_loop_that_nothing_ends_is_refused(string trips)
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", F32, 3).Initializer("m", HostTensor.Scalar(long.MaxValue)).Initializer("go", HostTensor.Scalar(true))
            .Node("Loop", [trips, "go", "x"], ["y"], ("body", Goes(Body(3).Node("Neg", ["h"], ["n"])).Output("n", F32, 3))).Output("y", F32, 3);
        Diagnostic only = Assert.Single(PlannedModel.TryPlan(builder).Bag.All);
        Assert.Contains("nothing ends it", only.Text, StringComparison.Ordinal);
    }

    private const string Turn = "step 1 Turn \"t\" (v1, _, v0) -> (v2 i64 [], v3 bool [], v4 f32 [8])\nstep 2 Neg \"n\" (v4) -> (v5 f32 [8])\n";

    [Theory]
    [InlineData(Turn + "step 3 Loop \"l\" (v1, v2, v3, _, v4, v5) -> (v6 f32 [8]) body=2", "repeats 2 steps")]
    [InlineData(Turn + "step 3 Loop \"l\" (v1, v2, v3, _, v4, v5) -> (v6 f32 [8]) body=-1", "repeats -1 steps")]
    [InlineData(Turn + "step 3 Loop \"l\" (v1, v2, v3, _, v4, v5) -> (v6 f32 [8])", "repeats 0 steps")]
    [InlineData(Turn + "step 3 Loop \"l\" (v1, v1, v3, _, v4, v5) -> (v6 f32 [8]) body=1", "repeats 1 steps")]
    [InlineData(Turn + "step 3 Loop \"l\" (v1, v2, v3, _, v0, v5) -> (v6 f32 [8]) body=1", "repeats 1 steps")]
    [InlineData(Turn + "step 3 Loop \"l\" (v1, v2, v3, _, v4) -> (v6 f32 [8]) body=1", "repeats 1 steps")]
    [InlineData(Turn + "step 3 Loop \"l\" (v0, v2, v3, _, v4, v5) -> (v6 f32 [8]) body=1", "input 0 has the type f32")]
    [InlineData(Turn + "step 3 Loop \"l\" (v1, v2, v3, _, v4, v5) -> (v6 f32 [8]) body=1 trips=4", "counted twice")]
    [InlineData(Turn + "step 3 Loop \"l\" (v1, v2, v3, _, v4, v5, v4) -> (v7 f32 [8], v6 f32 [4,8]) body=1", "how long its stacks are")]
    [InlineData(Turn + "step 3 Loop \"l\" (_, v2, v3, _, v4, v5, v4) -> (v7 f32 [8], v6 f32 [4,8]) body=1 trips=5", "[5,8]")]
    [InlineData(Turn + "step 3 Loop \"l\" (_, v2, v3, v3, v4, v5, v4) -> (v7 f32 [8], v6 f32 [4,8]) body=1 trips=4", "what ends it")]
    [InlineData(Turn + "step 3 Loop \"l\" (v1, v2, v3, _, v4, v5) -> (v6 f32 [8]) body=1\nstep 4 Neg \"o\" (v4) -> (v7 f32 [8])", "changes with the turns of step 3")]
    [InlineData(Turn + "step 3 Loop \"l\" (v1, v2, v3, _, v4, v5) -> (v6 f32 [8]) body=1\nstep 4 Neg \"o\" (v5) -> (v7 f32 [8])", "reads what step 2 makes in a branch")]
    [InlineData("step 1 Turn \"t\" (v1, v8, v0) -> (v2 i64 [], v3 bool [], v4 f32 [8])\nstep 2 Loop \"l\" (_, v2, v3, _, v4, v0, v4) -> (v7 f32 [8], v6 f32 [4,8]) trips=4", "turns that there may not be")]
    [InlineData("step 1 Turn \"t\" (v1, _, v0) -> (v2 i64 [], v3 bool [], v4 f32 [4])\nstep 2 Loop \"l\" (v1, v2, v3, _, v4, v4) -> (v6 f32 [4])", "[8]")]
    public void A_Plan_that_no_compiler_writes_is_refused(string steps, string why)
    {
        InvalidArtifactException refusal = Assert.Throws<InvalidArtifactException>(() =>
        {
            string output = steps.Contains("v6 f32 [4,8]", StringComparison.Ordinal) ? "[4,8]" : steps.Contains("v6 f32 [4]", StringComparison.Ordinal) ? "[4]" : "[8]";
            using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes($"input v0 \"x\" f32 [8]\ninput v1 \"m\" i64 []\ninput v8 \"c\" bool []\n{steps}\noutput v6 \"y\" f32 {output}"));
            using ModelSession session = runner.CreateSession();
            session.SetInput(0, new float[8]);
            session.SetInput(1, [2L], []);
            session.SetInput(2, [true], []);
            session.Run();
        });
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }
}
