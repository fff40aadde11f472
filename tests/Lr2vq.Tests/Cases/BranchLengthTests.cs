using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Artifact;
using Lr2vq.Tests.Operators;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>If whose condition is data and whose branches make results of different length.</summary>
public sealed class BranchLengthTests
{
    private const ElementType F32 = ElementType.Float32, I64 = ElementType.Int64;

    /// <summary>One session for all calls, so that what a call leaves is there in the next one; the export computes the same.</summary>
    private static Plans.Plan Agrees(OnnxBuilder builder, params (string, HostTensor)[][] calls)
    {
        using CheckedChain both = new(builder.Build());
        using OrtOracle exported = new(both.Chain.Export(), optimize: false);
        for (int call = 0; call < calls.Length; call++)
            CheckedChain.Compare(Tolerance.Relative(1e-5), $"call {call}, exported", both.Check(Tolerance.Relative(1e-5), $"call {call}", calls[call]), exported.Run(both.Known(calls[call])));
        return both.Plan;
    }

    private static (string, HostTensor)[] Call(int length, bool condition, int seed = 0) => [("x", RandomTensor.Floats(seed + length, -1f, 1f, length)), ("c", HostTensor.Scalar(condition))];

    private static OnnxBuilder Graph() => new OnnxBuilder().Input("x", F32, "n").Input("c", ElementType.Bool).Initializer("half", HostTensor.Scalar(0.5f)).Initializer("row", HostTensor.Longs(0))
        .Initializer("none", HostTensor.Longs(0)).Initializer("one", HostTensor.Longs(1)).Initializer("two", HostTensor.Longs(2)).Initializer("flat", HostTensor.Longs(-1)).Initializer("pair", HostTensor.Longs(2, -1));

    /// <summary>The elements above a half.</summary>
    private static OnnxBuilder Above(OnnxBuilder graph, string from, string to) => graph.Node("Greater", [from, "half"], [to + "/above"]).Node("NonZero", [to + "/above"], [to + "/places"])
        .Node("Squeeze", [to + "/places", "row"], [to + "/at"]).Node("Gather", [from, to + "/at"], [to]);

    private static (string, HostTensor)[][] Calls(int seed = 0) => [Call(5, true, seed), Call(5, false, seed), Call(9, false, seed + 1), Call(9, true, seed + 2), Call(1, true, seed), Call(1, false, seed + 3), Call(40, true, seed), Call(5, true, seed)];

    [Fact]
    public void Lengths_that_a_flag_chooses_are_lengths_of_all_that_follows()
    {
        OnnxBuilder positive = new OnnxBuilder().Node("Concat", ["x", "x"], ["t"], ("axis", 0L)).Output("t"), negative = new OnnxBuilder().Node("Slice", ["x", "none", "one"], ["e"]).Output("e");
        OnnxBuilder graph = Graph().Node("If", ["c"], ["y"], ("then_branch", positive), ("else_branch", negative)).Node("Concat", ["y", "x", "y"], ["z"], ("axis", 0L)).Node("Mul", ["y", "half"], ["m"])
            .Node("Shape", ["z"], ["shape"]).Node("Expand", ["half", "shape"], ["w"]).Node("Concat", ["z", "z"], ["zz"], ("axis", 0L)).Node("Reshape", ["zz", "pair"], ["r"]).Node("ReduceSum", ["y"], ["s"], ("keepdims", 0L))
            .Output("y").Output("m").Output("r").Output("s").Output("shape").Output("w");
        Plans.Plan plan = Agrees(graph, Calls());
        PlanStep choice = Assert.Single(plan.Steps, step => step.Operator == "If");
        Assert.Null(choice.Inputs[0]);
        Assert.Equal("if(_s0,2*n,1)", choice.Outputs[0].Shape[0].ToString());
    }

    [Theory, InlineData(true), InlineData(false)]
    public void What_a_branch_finds_is_a_length_outside(bool byCount)
    {
        OnnxBuilder positive = Above(new OnnxBuilder(), "k", "t").Node("Neg", ["t"], ["tt"]).Output("tt"), negative = new OnnxBuilder().Node("Slice", ["x", "none", "none"], ["e"]).Output("e");
        OnnxBuilder graph = Above(Graph(), "x", "k").Initializer("two0", HostTensor.Scalar(2L)).Node("Size", ["k"], ["count"]).Node("Greater", ["count", "two0"], ["many"])
            .Node("If", [byCount ? "many" : "c"], ["y"], ("then_branch", positive), ("else_branch", negative)).Node("Relu", ["y"], ["u"]).Node("Concat", ["u", "k"], ["z"], ("axis", 0L))
            .Node("NonZero", ["z"], ["found"]).Node("Shape", ["y"], ["length"]).Node("Cast", ["c"], ["kept"], ("to", 1L)).Output("y").Output("z").Output("found").Output("length").Output("kept");
        Plans.Plan plan = Agrees(graph, Calls());
        // How much was found is known without a look at the flag.
        Assert.Equal(byCount ? 3 : 4, plan.Steps.Count(step => step.Operator == "NonZero"));
    }

    /// <summary>As torchvision exports its detectors: nothing to suppress, or what the suppression leaves.</summary>
    [Fact]
    public void Nothing_or_what_a_suppression_leaves()
    {
        OnnxBuilder nothing = new OnnxBuilder().Constant("no", HostTensor.Longs()).Output("no");
        OnnxBuilder kept = new OnnxBuilder().Initializer("most", HostTensor.Longs(8)).Initializer("overlap", HostTensor.Of([0.4f], 1)).Node("Unsqueeze", ["boxes", "first"], ["b"]).Node("Unsqueeze", ["scores", "front"], ["s"])
            .Node("NonMaxSuppression", ["b", "s", "most", "overlap"], ["n"]).Node("Gather", ["n", "second"], ["g"], ("axis", 1L)).Node("Squeeze", ["g", "one"], ["keep"]).Output("keep");
        OnnxBuilder graph = new OnnxBuilder().Input("x", F32, "n", 5).Initializer("first", HostTensor.Longs(0)).Initializer("front", HostTensor.Longs(0, 1)).Initializer("second", HostTensor.Longs(2)).Initializer("one", HostTensor.Longs(1))
            .Initializer("zero", HostTensor.Scalar(0L)).Initializer("limit", HostTensor.Scalar(0.7f)).Initializer("scoreAt", HostTensor.Scalar(4L)).Initializer("boxAt", HostTensor.Longs(0, 1, 2, 3)).Initializer("start", HostTensor.Longs(0)).Initializer("end", HostTensor.Longs(5))
            .Node("Gather", ["x", "scoreAt"], ["all"], ("axis", 1L)).Node("Greater", ["all", "limit"], ["above"]).Node("NonZero", ["above"], ["places"]).Node("Squeeze", ["places", "first"], ["at"])
            .Node("Gather", ["x", "boxAt"], ["corners"], ("axis", 1L)).Node("Gather", ["corners", "at"], ["boxes"]).Node("Gather", ["all", "at"], ["scores"]).Node("Size", ["boxes"], ["count"]).Node("Equal", ["count", "zero"], ["empty"])
            .Node("If", ["empty"], ["keep0"], ("then_branch", nothing), ("else_branch", kept)).Node("Slice", ["keep0", "start", "end"], ["keep"]).Node("Gather", ["boxes", "keep"], ["y"]).Node("Gather", ["scores", "keep"], ["p"]).Output("y").Output("p").Output("keep");
        HashSet<int> counts = [];
        using OrtOracle oracle = new(graph.Build(), optimize: false);
        (string, HostTensor)[][] calls = [.. Enumerable.Range(0, 12).Select(seed => ((string, HostTensor)[])[("x", RandomTensor.Floats(seed, 0f, seed % 3 == 0 ? 0.69f : 1f, 4 + seed % 2 * 20, 5))])];
        foreach ((string, HostTensor)[] call in calls) counts.Add(oracle.Run(call)[0].Shape[0]);
        Assert.True(counts.Contains(0) && counts.Count > 2, string.Join(",", counts));
        Agrees(graph, calls);
    }

    [Fact]
    public void Branches_in_branches_and_in_turns()
    {
        OnnxBuilder deep = Above(new OnnxBuilder(), "a", "d").Output("d"), flat = new OnnxBuilder().Node("Concat", ["a", "x"], ["f"], ("axis", 0L)).Output("f");
        OnnxBuilder positive = new OnnxBuilder().Node("Relu", ["x"], ["a"]).Node("ReduceSum", ["x"], ["sum"], ("keepdims", 0L)).Node("Greater", ["sum", "half"], ["big"]).Node("If", ["big"], ["i"], ("then_branch", deep), ("else_branch", flat))
            .Node("Neg", ["i"], ["t"]).Output("t");
        OnnxBuilder negative = Above(new OnnxBuilder(), "x", "e").Output("e");
        OnnxBuilder inTurn = Above(new OnnxBuilder(), "s", "q").Output("q"), all = new OnnxBuilder().Node("Identity", ["s"], ["o"]).Output("o");
        OnnxBuilder body = new OnnxBuilder().Input("i", I64).Input("going", ElementType.Bool).Input("h", F32, 1).Node("Add", ["x", "h"], ["s"]).Node("ReduceMax", ["s"], ["m"], ("keepdims", 0L)).Node("Greater", ["m", "half"], ["any"])
            .Node("If", ["any"], ["v"], ("then_branch", inTurn), ("else_branch", all)).Node("ReduceSum", ["v"], ["vs"]).Node("Mul", ["vs", "tenth"], ["next"]).Node("Shape", ["v"], ["count"]).Node("Identity", ["going"], ["more"])
            .Output("more", ElementType.Bool).Output("next", F32, 1).Output("count", I64, 1);
        OnnxBuilder graph = Graph().Initializer("tenth", HostTensor.Of([-0.3f], 1)).Initializer("go", HostTensor.Scalar(true)).Initializer("turns", HostTensor.Scalar(300L)).Node("If", ["c"], ["y"], ("then_branch", positive), ("else_branch", negative))
            .Node("Slice", ["x", "none", "one"], ["h0"]).Node("Loop", ["turns", "go", "h0"], ["last", "counts"], ("body", body)).Node("Add", ["y", "last"], ["z"]).Output("y").Output("z").Output("counts");
        Agrees(graph, [.. Calls(), .. Calls(20), .. Calls(40)]);
    }

    /// <summary>Only the length is wanted: what finds it stays, and in its branch.</summary>
    [Fact]
    public void A_length_that_nobody_reads_the_values_of()
    {
        OnnxBuilder positive = new OnnxBuilder().Node("Gather", ["x", "two"], ["in"]).Node("Add", ["x", "in"], ["sum"]);
        Above(positive, "sum", "t").Output("t");
        OnnxBuilder negative = new OnnxBuilder().Node("Identity", ["x"], ["e"]).Output("e");
        OnnxBuilder graph = Graph().Node("If", ["c"], ["y"], ("then_branch", positive), ("else_branch", negative)).Node("Shape", ["y"], ["length"]).Node("Mul", ["length", "two"], ["z"]).Output("z");
        // Index 2 is outside of a shorter vector: the branch must not be computed there.
        Agrees(graph, Call(5, true), Call(2, false), Call(5, false), Call(8, true));
    }

    [Fact]
    public void Random_networks_of_lengths_agree()
    {
        int steps = 0, networks = 0;
        foreach (int seed in GuardedBlocks.Seeds(0, TestData.Full ? 600 : 80))
        {
            networks++;
            RandomLengths drawn = new(seed);
            (string, HostTensor)[][] calls = [.. Enumerable.Range(0, 6).Select(way => ((string, HostTensor)[])
                [("x", RandomTensor.Floats(seed + way, -1f, 1f, 1 + way % 3 * 3)), ("c", HostTensor.Scalar(way % 2 == 0)), ("d", HostTensor.Scalar(way < 3))])];
            try
            {
                steps += Agrees(drawn.Build(), calls).Steps.Count(step => step.Operator == "If");
            }
            catch (Exception e) when (e is not DiagnosticException)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }
        Assert.True(steps > networks, $"{steps} branches in {networks} networks");
    }

    /// <summary>A Plan whose lengths are not those of the branch that is taken: no value is read or written beyond its end.</summary>
    [Theory]
    [InlineData("on=_s0", "[if(_s0,_s1,2)]", null)]
    [InlineData("on=_s0", "[if(_s0,_s1,8)]", "[2]")]
    [InlineData("on=_s0", "[if(_s0,8,2)]", "where")]
    [InlineData("on=_s0", "[_s1]", "where")]
    [InlineData("on=_s0", "[8]", "where")]
    [InlineData("on=_s0-1", "[if(_s0,_s1,2)]", "where")]
    [InlineData("on=1-_s0", "[if(_s0,_s1,2)]", "where")]
    [InlineData("on=_s1", "[if(_s0,_s1,2)]", "not found before its branches")]
    [InlineData("on=_s2", "[if(_s0,_s1,2)]", "not found before its branches")]
    [InlineData("on=_s0+_s2", "[if(_s0,_s1,2)]", "not found before its branches")]
    [InlineData("on=8/_s0", "[if(_s0,_s1,2)]", "divide")]
    public void A_Plan_that_chooses_otherwise_is_refused(string on, string length, string? why)
    {
        string lines = $"""
            input v0 "x" f32 [8]
            input v1 "c" bool []
            size _s0 1
            step 1 NonZero "c" (v1) -> (v2 i64 [1,_s0])
            size _s1 8
            step 2 NonZero "find" (v0) -> (v3 i64 [1,_s1])
            step 3 Reshape "flat" (v3) -> (v4 i64 [_s1])
            step 4 Slice "some" (v0) -> (v5 f32 [2]) axes=0 starts=0
            step 5 Cast "cast" (v5) -> (v6 i64 [2])
            step 6 If "if" (_, v4, v6) -> (v7 i64 {length}) then=2 else=2 {on}
            step 7 Neg "neg" (v7) -> (v8 i64 {length})
            output v8 "y" i64 {length}
            """;
        Exception? refusal = Record.Exception(() =>
        {
            using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes(lines));
            using ModelSession session = runner.CreateSession();
            foreach (int found in new[] { 3, 0, 8, 1 })
                foreach (bool condition in new[] { true, false, false, true })
                {
                    session.SetInput<float>(0, [.. Enumerable.Range(0, 8).Select(i => i < found ? 1f : 0f)]);
                    session.SetInput(1, [condition], []);
                    session.Run();
                    Assert.Equal(condition ? Enumerable.Range(0, found).Select(i => -(long)i) : Enumerable.Range(0, 2).Select(i => i < found ? -1L : 0L), session.Output<long>(0).ToArray());
                }
        });
        if (why is null)
        {
            Assert.Null(refusal);
            return;
        }
        Assert.True(refusal is InvalidArtifactException or ArgumentException, refusal?.ToString());
        Assert.Contains(why, refusal!.Message, StringComparison.Ordinal);
    }

    /// <summary>Where nothing is found, the branch that leaves the first one out would have a length below 0: nobody asks for it. As long as sizes stay, nothing is allocated.</summary>
    [Fact]
    public void The_branch_that_is_not_taken_needs_no_length()
    {
        using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes("""
            input v0 "x" f32 [8]
            size _s0 8
            step 1 NonZero "find" (v0) -> (v1 i64 [1,_s0])
            step 2 Reshape "flat" (v1) -> (v2 i64 [_s0])
            step 3 Slice "rest" (v2) -> (v3 i64 [_s0-1]) axes=0 starts=1
            step 4 Slice "none" (v2) -> (v4 i64 [0]) axes=0 starts=0
            step 5 If "if" (_, v3, v4) -> (v5 i64 [if(_s0,_s0-1,0)]) then=1 else=1 on=_s0
            step 6 Neg "neg" (v5) -> (v6 i64 [if(_s0,_s0-1,0)])
            output v6 "y" i64 [if(_s0,_s0-1,0)]
            """), new SessionOptions { Threads = 1 });
        using ModelSession session = runner.CreateSession();
        foreach (int found in new[] { 0, 3, 0, 8, 1, 5 })
        {
            session.SetInput<float>(0, [.. Enumerable.Range(0, 8).Select(i => i < found ? 1f : 0f)]);
            session.Run();
            Assert.Equal(Enumerable.Range(1, Math.Max(0, found - 1)).Select(i => -(long)i), session.Output<long>(0).ToArray());
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 5; i++) session.Run();
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    /// <summary>Outside of turns there is no such number.</summary>
    [Fact]
    public void What_a_turn_finds_is_no_length_outside()
    {
        InvalidArtifactException refusal = Assert.Throws<InvalidArtifactException>(() => PlanRunner.Load(TinyArtifact.Bytes("""
            input v0 "x" f32 [8]
            input v1 "m" i64 []
            step 1 Turn "turn" (v1, _, v0) -> (v2 i64 [], v3 bool [], v4 f32 [8])
            size _s0 8
            step 2 NonZero "find" (v4) -> (v5 i64 [1,_s0])
            step 3 Neg "neg" (v4) -> (v6 f32 [8])
            step 4 Loop "loop" (v1, v2, v3, _, v4, v6) -> (v7 f32 [8]) body=2
            step 5 Range "range" () -> (v8 i64 [_s0]) start=0 delta=1
            output v8 "y" i64 [_s0]
            """)).Dispose());
        Assert.Contains("step 5 needs what step 2 finds in a turn", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Vectors of any length: what is found in them, put together, cut and chosen, in turns too.</summary>
    private sealed class RandomLengths(int seed)
    {
        private readonly Draw _draw = new(seed);
        private int _names;

        public OnnxBuilder Build()
        {
            OnnxBuilder graph = Graph().Input("d", ElementType.Bool).Initializer("three", HostTensor.Scalar(3L)).Initializer("go", HostTensor.Scalar(true)).Initializer("many", HostTensor.Scalar(300L)).Initializer("small", HostTensor.Scalar(0.01f));
            string last = Fill(graph, ["x"], 0);
            return graph.Node("Tanh", [last], ["y"]).Node("Shape", [last], ["length"]).Output("y").Output("length");
        }

        private string Name() => "v" + _names++;

        private string Fill(OnnxBuilder graph, List<string> values, int depth)
        {
            List<string> known = [.. values];
            for (int i = _draw.Int(2, 5); i > 0; i--)
            {
                string name = Name(), a = known[_draw.Int(Math.Max(0, known.Count - 4), known.Count - 1)], b = known[_draw.Int(0, known.Count - 1)];
                switch (_draw.Int(0, depth < 2 ? 9 : 5))
                {
                    case 0: graph.Node("Neg", [a], [name]); break;
                    case 1: graph.Node("Slice", [a, "none", "two"], [name]); break;
                    case 2: graph.Node("Slice", [a, "none", "two"], [name + "/s"]).Node("Concat", [name + "/s", b], [name], ("axis", 0L)); break;
                    case 3: graph.Node("ReduceSum", [b], [name + "/s"], ("keepdims", 0L)).Node("Tanh", [name + "/s"], [name + "/t"]).Node("Add", [a, name + "/t"], [name]); break;
                    case 4: Above(graph, a, name); break;
                    case 5: graph.Node("Unsqueeze", [a, "row"], [name + "/u"]).Node("Sin", [name + "/u"], [name + "/v"]).Node("Reshape", [name + "/v", "flat"], [name]); break;
                    case 6: Turns(graph, name, a, known, depth); break;
                    default:
                        OnnxBuilder positive = Inside(known, depth), negative = Inside(known, depth);
                        graph.Node("If", [Condition(graph, a)], [name], ("then_branch", positive), ("else_branch", negative));
                        break;
                }
                known.Add(name);
            }
            return known[^1];
        }

        private string Condition(OnnxBuilder graph, string value)
        {
            string name = Name();
            switch (_draw.Int(0, 3))
            {
                case 0: return "c";
                case 1: return "d";
                case 2: graph.Node("Size", [value], [name + "/s"]).Node("Greater", [name + "/s", "three"], [name]); break;
                default: graph.Node("ReduceSum", [value], [name + "/s"], ("keepdims", 0L)).Node("Greater", [name + "/s", "small"], [name]); break;
            }
            return name;
        }

        private OnnxBuilder Inside(List<string> known, int depth)
        {
            OnnxBuilder branch = new();
            string result = Name();
            return branch.Node("Identity", [Fill(branch, known, depth + 1)], [result]).Output(result);
        }

        private void Turns(OnnxBuilder graph, string name, string value, List<string> known, int depth)
        {
            string turn = Name(), sum = Name(), next = Name(), going = Name(), more = Name();
            OnnxBuilder body = new OnnxBuilder().Input(turn, I64).Input(going, ElementType.Bool).Input(sum, F32);
            string inner = Fill(body.Node("Add", [value, sum], [turn + "/x"]), [.. known, turn + "/x"], depth + 1);
            body.Node("ReduceSum", [inner], [turn + "/s"], ("keepdims", 0L)).Node("Tanh", [turn + "/s"], [next]).Node("Less", [turn, "three"], [more]).Output(more, ElementType.Bool).Output(next, F32);
            graph.Node("Loop", ["many", "go", "half"], [name + "/l"], ("body", body)).Node("Add", [value, name + "/l"], [name]);
        }
    }
}
