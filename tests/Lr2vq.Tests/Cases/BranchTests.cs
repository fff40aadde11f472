using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Sessions;
using Lr2vq.Testing;
using Lr2vq.Tests.Artifact;
using Lr2vq.Tests.Onnx;
using Lr2vq.Tests.Operators;
using Lr2vq.Tests.Passes;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>If whose condition is data: both branches are steps, of which one branch is computed.</summary>
public sealed class BranchTests
{
    private static HostTensor Weight(int seed, params int[] shape) => RandomTensor.Floats(seed, -0.4f, 0.4f, shape);

    /// <summary>Convolutions in both branches and around them, a branch inside a branch, a value of outside and a constant as results.</summary>
    private static OnnxBuilder Nested()
    {
        OnnxBuilder inner = new OnnxBuilder().Node("Sigmoid", ["a"], ["s"]).Node("Mul", ["a", "s"], ["p"]).Output("p"), same = new OnnxBuilder().Node("Identity", ["a"], ["q"]).Output("q");
        OnnxBuilder positive = new OnnxBuilder().Node("Conv", ["r", "w1"], ["a"]).Node("ReduceSum", ["x"], ["sum"], ("keepdims", 0L)).Node("Greater", ["sum", "zero"], ["d"])
            .Node("If", ["d"], ["z"], ("then_branch", inner), ("else_branch", same)).Node("Conv", ["z", "w2"], ["t"]).Node("Identity", ["x"], ["tx"]).Output("t").Output("tx");
        OnnxBuilder negative = new OnnxBuilder().Node("Conv", ["r", "w2"], ["b"]).Node("Relu", ["b"], ["e"]).Node("Neg", ["x"], ["ex"]).Output("e").Output("ex");
        return new OnnxBuilder().Input("x", ElementType.Float32, "n", 16, 5, 5).Input("c", ElementType.Bool)
            .Initializer("w0", Weight(1, 16, 16, 1, 1)).Initializer("w1", Weight(2, 16, 16, 1, 1)).Initializer("w2", Weight(3, 16, 16, 1, 1)).Initializer("zero", HostTensor.Scalar(0f))
            .Node("Conv", ["x", "w0"], ["h"]).Node("Relu", ["h"], ["r"]).Node("If", ["c"], ["y", "v"], ("then_branch", positive), ("else_branch", negative))
            .Node("Conv", ["y", "w0"], ["k"]).Node("Add", ["k", "r"], ["o"]).Output("o").Output("v");
    }

    [Fact]
    public void Every_way_through_agrees_and_only_the_branch_taken_is_computed()
    {
        using CheckedChain both = new(Nested().Build());
        PlanStep[] choosing = [.. both.Plan.Steps.Where(step => step.Operator == "If")];
        Assert.Equal(2, choosing.Length);
        HashSet<string> ways = [];
        using PlanRunner runner = PlanRunner.Load(both.Chain.Artifact);
        using ModelSession session = runner.CreateSession();
        List<int> seen = [];
        session.Observer = new SeenSteps((number, _, _) => seen.Add(number));
        for (int seed = 0; seed < 8; seed++)
            foreach (bool condition in new[] { true, false })
            {
                HostTensor x = RandomTensor.Floats(seed, seed < 4 ? -1f : 0f, seed < 4 ? 0f : 1f, 1 + seed % 2, 16, 5, 5), c = HostTensor.Scalar(condition);
                both.Check(Tolerance.OfLargest(1e-5), $"seed {seed}, {condition}", ("x", x), ("c", c));
                seen.Clear();
                session.SetInputBytes(0, x.Bytes, x.Shape);
                session.SetInputBytes(1, c.Bytes, []);
                session.Run();
                (int positive, int other) = Lr2vq.Operators.If.Branches(choosing[1].Attributes);
                Assert.True(positive > 2 && other >= 2);
                int first = choosing[1].Number - positive - other, middle = choosing[1].Number - other;
                Assert.Equal(condition, seen.Any(number => number >= first && number < middle));
                Assert.Equal(!condition, seen.Any(number => number >= middle && number < choosing[1].Number));
                ways.Add(string.Join(",", seen));
            }
        Assert.Equal(3, ways.Count);
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        using ManagedChain chain = ManagedChain.Of(Nested().Build());
        using PlanRunner runner = PlanRunner.Load(chain.Artifact, new SessionOptions { Threads = 1 });
        using ModelSession session = runner.CreateSession();
        session.SetInput(0, new float[400], [1, 16, 5, 5]);
        bool[] conditions = [true, false];
        foreach (bool condition in conditions) Run(condition);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++) Run(i % 2 == 0);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Run(bool condition)
        {
            session.SetInput<bool>(1, new ReadOnlySpan<bool>(in conditions[condition ? 0 : 1]), []);
            session.Run();
        }
    }

    [Fact]
    public void The_export_and_lossy_artifacts_compute_the_same()
    {
        using OnnxCase file = new(Nested());
        using ManagedChain chain = new(file.ModelPath);
        using ManagedChain lossy = new(file.ModelPath, new ModelOptions { Compression = new CompressionOptions { Threads = 1 } });
        byte[] exported = chain.Export();
        foreach (bool condition in new[] { true, false })
        {
            (string, HostTensor)[] inputs = [("x", RandomTensor.Floats(5, -1f, 1f, 2, 16, 5, 5)), ("c", HostTensor.Scalar(condition))];
            HostTensor[] expected = OrtOracle.Run(exported, inputs), actual = chain.Run(inputs), coarse = lossy.Run(inputs);
            CheckedChain.Compare(Tolerance.OfLargest(1e-5), $"{condition}", expected, actual);
            CheckedChain.Compare(Tolerance.OfLargest(0.1), $"{condition}", expected, coarse);
        }
    }

    /// <summary>No rewrite lets anything outside read what a branch makes.</summary>
    [Fact]
    public void Random_networks_with_branches_agree()
    {
        for (int seed = 0; seed < (TestData.Full ? 400 : 60); seed++)
        {
            using CheckedChain both = new(new RandomBranches(seed).Build());
            for (int way = 0; way < 4; way++)
                both.Check(Tolerance.OfLargest(2e-5), $"seed {seed}, way {way}", ("x", RandomTensor.Floats(seed + way, -1f, 1f, 1, 16, 4, 4)), ("c", HostTensor.Scalar(way % 2 == 0)), ("d", HostTensor.Scalar(way < 2)));
        }
    }

    [Theory]
    [InlineData(2), InlineData(3), InlineData(6), InlineData(9)]
    public void A_branch_that_input_shapes_choose_decides_the_shape(int length)
    {
        // The branch that is not taken could not be computed for such a length.
        OnnxBuilder positive = new OnnxBuilder().Node("Slice", ["x", "from", "to", "axis"], ["s"]).Node("MatMul", ["s", "m"], ["t"]).Output("t");
        OnnxBuilder negative = new OnnxBuilder().Node("Relu", ["x"], ["e"]).Output("e");
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 2, "h").Initializer("from", HostTensor.Longs(0)).Initializer("to", HostTensor.Longs(5)).Initializer("axis", HostTensor.Longs(1))
            .Initializer("m", Weight(1, 5, 4)).Initializer("at", HostTensor.Scalar(1L)).Initializer("five", HostTensor.Scalar(5L)).Node("Shape", ["x"], ["shape"]).Node("Gather", ["shape", "at"], ["hs"])
            .Node("Greater", ["hs", "five"], ["c"]).Node("If", ["c"], ["z"], ("then_branch", positive), ("else_branch", negative)).Node("Neg", ["z"], ["y"]).Output("y");
        HostTensor x = RandomTensor.Floats(length, -1f, 1f, 2, length);
        Tolerance.OfLargest(1e-6).Check(OrtOracle.Run(builder.Build(), ("x", x))[0], ManagedChain.Run(builder.Build(), ("x", x))[0], "y");
    }

    [Fact]
    public void Ranks_that_differ_by_data_are_refused_and_the_remedy_works()
    {
        OnnxBuilder positive = new OnnxBuilder().Node("Unsqueeze", ["x", "first"], ["t"]).Output("t"), negative = new OnnxBuilder().Node("Relu", ["x"], ["e"]).Output("e");
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 3).Input("c", ElementType.Bool).Initializer("first", HostTensor.Longs(0)).Node("If", ["c"], ["y"], ("then_branch", positive), ("else_branch", negative)).Output("y");
        Diagnostic only = Assert.Single(PlannedModel.TryPlan(builder).Bag.All);
        Assert.Equal("LR2VQ2011", only.Id);
        Assert.Contains("make the shapes [1,3] and [3] of the input 'c'. Fix the value with the option Constants, e.g. Constants=\"c=true\"", only.Text, StringComparison.Ordinal);
        using OnnxCase file = new(builder);
        DiagnosticBag bag = new();
        ModelOptions options = OptionParser.Parse([new("Constants", "c=true")], null, bag);
        Assert.Equal("1,3", string.Join(",", ModelCompressor.Plan(file.ModelPath, options.Fixed, bag)!.Outputs[0].Shape));
    }

    [Fact]
    public void A_branch_that_cannot_be_compiled_names_the_input_that_avoids_it()
    {
        OnnxBuilder good = new OnnxBuilder().Node("Neg", ["x"], ["t"]).Output("t"), bad = new OnnxBuilder().Node("StringNormalizer", ["x"], ["e"]).Output("e");
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 3).Input("c", ElementType.Bool).Node("If", ["c"], ["y"], ("then_branch", good), ("else_branch", bad)).Output("y");
        Assert.Equal(["LR2VQ2001", "LR2VQ2011"], PlannedModel.TryPlan(builder).Bag.All.Select(d => d.Id).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("(v1, v2, v0) -> (v3 f32 [8]) then=2", "between 2 and 0 steps")]
    [InlineData("(v1, v2, v0) -> (v3 f32 [8]) then=-1", "between -1 and 0 steps")]
    [InlineData("(v1, v0, v2) -> (v3 f32 [8]) then=1", "reads what step 1 makes in a branch")]
    [InlineData("(_, v2, v0) -> (v3 f32 [8]) then=1", "by nothing that is known")]
    [InlineData("(v1, v2, v0) -> (v3 f32 [8]) then=1 on=1", "by nothing that is known")]
    [InlineData("(v0, v2, v0) -> (v3 f32 [8]) then=1", "bool")]
    [InlineData("(v1, v2) -> (v3 f32 [8]) then=1", "as many values")]
    [InlineData("(v1, v2, v0) -> (v3 f32 [4]) then=1", "[8]")]
    public void A_Plan_that_no_compiler_writes_is_refused(string step, string why)
    {
        InvalidArtifactException refusal = Assert.Throws<InvalidArtifactException>(() => Load("step 1 Relu \"a\" (v0) -> (v2 f32 [8])\nstep 2 If \"b\" " + step, "v3"));
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_branch_makes_is_no_output()
    {
        InvalidArtifactException refusal = Assert.Throws<InvalidArtifactException>(() => Load("step 1 Relu \"a\" (v0) -> (v2 f32 [8])\nstep 2 If \"b\" (v1, v2, v0) -> (v3 f32 [8]) then=1", "v2"));
        Assert.Contains("an output is made by step 1 in a branch", refusal.Message, StringComparison.Ordinal);
    }

    private static void Load(string steps, string output)
    {
        using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes(
            $"input v0 \"x\" f32 [8]\ninput v1 \"c\" bool []\n{steps}\noutput {output} \"y\" f32 [{(steps.Contains("[4]", StringComparison.Ordinal) ? 4 : 8)}]"));
        using ModelSession session = runner.CreateSession();
        session.SetInput(0, new float[8]);
        session.SetInput(1, [true], []);
        session.Run();
    }

    private sealed class RandomBranches(int seed) : DrawnSteps(new Draw(seed), mostSteps: 6, recent: 6, controls: 2)
    {
        public byte[] Build()
        {
            OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 1, 16, 4, 4).Input("c", ElementType.Bool).Input("d", ElementType.Bool)
                .Initializer("w0", Weight(seed, 16, 16, 1, 1)).Initializer("w1", Weight(seed + 1, 16, 16, 3, 3)).Initializer("s", Weight(seed + 2, 16, 1, 1)).Initializer("two", HostTensor.Scalar(2f));
            return builder.Node("Identity", [Fill(builder, ["x"], depth: 0)], ["y"]).Output("y").Build();
        }

        protected override void Control(int kind, OnnxBuilder graph, List<string> known, int depth, string name) => If(kind == 0 ? "c" : "d", graph, known, depth, name);
    }
}
