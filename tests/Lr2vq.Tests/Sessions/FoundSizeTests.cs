using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Operators;
using Lr2vq.Testing;
using Lr2vq.Tests.Artifact;
using Xunit;

namespace Lr2vq.Tests.Sessions;

/// <summary>Sizes that the data decides: what a session does with them, and with Plans that say something else than their steps find.</summary>
public sealed class FoundSizeTests
{
    private const string Lines = """
        symbol N "rows"
        input v0 "x" f32 [N,4]
        size _s0 4*N
        step 1 NonZero "find" (v0) -> (v1 i64 [2,_s0])
        step 2 Cast "cast" (v1) -> (v2 f32 [2,_s0])
        step 3 Relu "relu" (v2) -> (v3 f32 [2,_s0])
        step 4 Reshape "flat" (v3) -> (v4 f32 [2*_s0])
        step 5 ReduceSum "sum" (v3) -> (v5 f32 [2]) axes=1
        output v4 "y" f32 [2*_s0]
        output v5 "sums" f32 [2]
        output v1 "at" i64 [2,_s0]
        """;

    /// <summary>What the generator would write.</summary>
    private sealed class Finder(byte[] artifact) : Lr2vqModel(ModelSource.Memory(artifact), TinyArtifact.Structure, null)
    {
        protected override void Execute(in StepRunner run)
        {
            run.Step<NonZero>(1);
            run.Step<Cast>(2);
            run.Step<Relu>(3);
            run.Step<Reshape>(4);
            run.Step<ReduceSum>(5);
        }
    }

    private static float[] Sparse(int rows, int found) => [.. Enumerable.Range(0, rows * 4).Select(i => i < found ? 1f : 0f)];

    [Fact]
    public void ShapesFollowWhatIsFound()
    {
        using Finder model = new(TinyArtifact.Bytes(Lines));
        using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes(Lines));
        using ModelSession session = new(model), same = runner.CreateSession();
        foreach ((int rows, int found) in new[] { (3, 5), (3, 12), (3, 0), (3, 1), (1, 4), (3, 0), (7, 20), (1, 0), (3, 5) })
            foreach (ModelSession one in new[] { session, same })
            {
                one.SetInput<float>(0, Sparse(rows, found));
                one.Run();
                Assert.Equal([2 * found], one.OutputShape(0).ToArray());
                Assert.Equal([2, found], one.OutputShape(2).ToArray());
                long[] at = [.. Enumerable.Range(0, found).Select(i => i / 4L), .. Enumerable.Range(0, found).Select(i => i % 4L)];
                Assert.Equal(at, one.Output<long>(2).ToArray());
                Assert.Equal(at.Select(i => (float)i), one.Output<float>(0).ToArray());
                Assert.Equal([at[..found].Sum(), at[found..].Sum()], one.Output<float>(1).ToArray());
            }
    }

    [Fact]
    public void NothingIsAllocatedWhileSizesStay()
    {
        using Finder model = new(TinyArtifact.Bytes(Lines));
        using ModelSession session = new(model);
        float[] x = Sparse(3, 5), y = new float[10];
        void Rounds(int count)
        {
            for (int i = 0; i < count; i++)
            {
                x[i % 3] = 1 + i;
                session.SetInput<float>(0, x);
                session.Run();
                session.GetOutput<float>(0, y);
            }
        }
        Rounds(10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Rounds(300);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void OnlyWhatIsFixedCanBeExpected()
    {
        using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes(Lines));
        using ModelSession session = runner.CreateSession();
        session.SetInput<float>(0, Sparse(3, 5));
        session.ExpectOutput<float>(1, 2);
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => session.ExpectOutput<float>(0, 10));
        Assert.Contains("depends on the data", refusal.Message, StringComparison.Ordinal);
        session.Run();
        session.GetOutput<float>(0, new float[10]);
        Assert.Throws<ArgumentException>(() => session.GetOutput<float>(0, new float[12]));
    }

    [Fact]
    public void AStepThatCannotTakeWhatWasFoundIsNamed()
    {
        string lines = Lines.Replace("step 2 Cast \"cast\" (v1) -> (v2 f32 [2,_s0])", "step 2 Cast \"cast\" (v1) -> (v2 f32 [2,6])", StringComparison.Ordinal)
            .Replace("v3 f32 [2,_s0]", "v3 f32 [2,6]", StringComparison.Ordinal).Replace("2*_s0", "12", StringComparison.Ordinal);
        using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes(lines));
        using ModelSession session = runner.CreateSession();
        session.SetInput<float>(0, Sparse(3, 6));
        session.Run();
        session.SetInput<float>(0, Sparse(3, 5));
        ArgumentException refusal = Assert.Throws<ArgumentException>(session.Run);
        Assert.Contains("LR2VQ5018", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("node 'cast' (Cast)", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("node 'find' (NonZero) found 5", refusal.Message, StringComparison.Ordinal);
        session.SetInput<float>(0, Sparse(3, 6));
        session.Run();
        Assert.Equal(12, session.Output<float>(0).Length);
    }

    [Theory]
    [InlineData("size _s0 4*N", "size _s0 3*N", "[2,36] is needed")]
    [InlineData("size _s0 4*N", "size _s0 5*N", "[2,36] is needed")]
    [InlineData("size _s0 4*N\n", "", "'_s0' is not declared")]
    [InlineData("step 1 NonZero \"find\" (v0) -> (v1 i64 [2,_s0])", "step 1 Transpose \"find\" (v0) -> (v1 i64 [2,_s0])", "it makes no size")]
    [InlineData("step 2 Cast", "step 2 NonZero", "its size is not declared")]
    [InlineData("(v1 i64 [2,_s0])", "(v1 i64 [2,72-_s0])", "more than its size")]
    [InlineData("step 2 Cast", "size _s1 N\nstep 2 Cast", "it makes no size")]
    [InlineData("step 2 Cast \"cast\" (v1) -> (v2 f32 [2,_s0])", "step 2 Cast \"cast\" (v1) -> (v2 f32 [2,_s7])", "'_s7' is not declared")]
    [InlineData("size _s0 4*N", "size _s0 4*_s0", "_s0 is not known")]
    [InlineData("axes=1", "axes=1 extra=_s1\nsize _s1 N\nstep 6 NonZero \"last\" (v0) -> (v6 i64 [2,_s1])", "_s1 is not known")]
    [InlineData("input v0 \"x\" f32 [N,4]", "input v0 \"x\" f32 [_s0,4]", "'_s0' is not declared")]
    [InlineData("symbol N", "symbol _s9", "is not an identifier")]
    [InlineData("step 4 Reshape \"flat\" (v3) -> (v4 f32 [2*_s0])", "step 4 Reshape \"flat\" (v3) -> (v4 f32 [36/_s0])", "no bound")]
    [InlineData("step 4 Reshape \"flat\" (v3) -> (v4 f32 [2*_s0])", "step 4 Reshape \"flat\" (v3) -> (v4 f32 [_s0*_s0*100000000])", "")]
    public void APlanThatSaysSomethingElseIsRefused(string from, string to, string why)
    {
        string lines = Lines.Replace("\r", "", StringComparison.Ordinal).Replace(from, to, StringComparison.Ordinal);
        lines = lines.Replace("output v4 \"y\" f32 [2*_s0]", "output v5 \"y\" f32 [2]", StringComparison.Ordinal);
        if (lines.Contains("i64 [2,72-_s0]", StringComparison.Ordinal)) lines = lines.Replace("\noutput v1 \"at\" i64 [2,_s0]", "", StringComparison.Ordinal);
        Exception? refusal = Record.Exception(() =>
        {
            using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes(lines));
            using ModelSession session = runner.CreateSession();
            session.SetInput<float>(0, Sparse(9, 6));
            session.Run();
        });
        Assert.NotNull(refusal);
        // The writer of an artifact reads the text first.
        if (refusal is not Lr2vq.Plans.PlanFormatException) Assert.Contains("LR2VQ50", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>True lengths never leave the room that was planned for them, whatever expressions say.</summary>
    [Theory, InlineData("72-2*_s0"), InlineData("max(2*_s0,5)"), InlineData("if(_s0-5,2*_s0,10)"), InlineData("2*_s0+1"), InlineData("min(_s0,8)"), InlineData("_s0/3"), InlineData("int(f32(_s0)*#40000000)")]
    public void ViewsOfOtherLengthsAreRefusedOrFit(string length)
    {
        string lines = Lines.Replace("2*_s0]", length + "]", StringComparison.Ordinal);
        for (int found = 0; found <= 36; found++)
        {
            Exception? refusal = Record.Exception(() =>
            {
                using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes(lines));
                using ModelSession session = runner.CreateSession();
                session.SetInput<float>(0, Sparse(9, found));
                session.Run();
                Assert.Equal(2 * found, session.Output<float>(0).Length);
            });
            Assert.True(refusal is null or ArgumentException or InvalidArtifactException, refusal?.ToString());
        }
    }

    [Fact]
    public void ADetectorAgreesWithOnnxRuntime()
    {
        using CheckedChain both = new(SmallModels.Bytes("detector"));
        HashSet<int> counts = [];
        for (int seed = 0; seed < 40; seed++)
            counts.Add(both.Check(Tolerance.OfLargest(1e-5), $"seed {seed}", ("x", RandomTensor.Floats(seed, -4f, 4f, 1, 5 + seed % 3 * 9, 6)))[0].Shape[0]);
        Assert.True(counts.Count > 3, string.Join(",", counts));
    }

    /// <summary>How much is found decides which branch is taken; what was found outside is known inside, and what a branch finds stays there.</summary>
    [Fact]
    public void BranchesFollowWhatIsFound()
    {
        OnnxBuilder many = new OnnxBuilder().Node("Gather", ["x", "columns"], ["picked"], ("axis", 1L)).Node("Relu", ["picked"], ["a"]).Output("a");
        OnnxBuilder few = new OnnxBuilder().Node("Greater", ["x", "limit"], ["above"]).Node("NonZero", ["above"], ["inner"]).Node("Cast", ["inner"], ["real"], ("to", 1L))
            .Node("ReduceSum", ["real"], ["sum"], ("keepdims", 0L)).Node("Gather", ["x", "columns"], ["taken"], ("axis", 1L)).Node("Add", ["taken", "sum"], ["b"]).Output("b");
        byte[] model = new OnnxBuilder().Input("x", ElementType.Float32, 1, "n").Initializer("limit", HostTensor.Scalar(0.5f)).Initializer("row", HostTensor.Scalar(1L)).Initializer("three", HostTensor.Longs(3))
            .Initializer("last", HostTensor.Longs(1)).Initializer("end", HostTensor.Longs(2))
            .Node("NonZero", ["x"], ["places"]).Node("Gather", ["places", "row"], ["columns"]).Node("Shape", ["places"], ["shape"]).Node("Slice", ["shape", "last", "end"], ["count"])
            .Node("Greater", ["count", "three"], ["c"]).Node("If", ["c"], ["y"], ("then_branch", many), ("else_branch", few)).Node("Neg", ["y"], ["z"]).Output("z").Build();
        using CheckedChain both = new(model);
        for (int seed = 0; seed < 60; seed++)
        {
            float[] x = new float[4 + seed % 3 * 5];
            Random random = new(seed);
            for (int i = 0; i < x.Length; i++) x[i] = random.Next(3) == 0 || seed % 5 == 0 ? random.NextSingle() * 2 - 0.5f : 0;
            both.Check(Tolerance.OfLargest(1e-5), $"seed {seed}", ("x", HostTensor.Of(x, 1, x.Length)));
        }
    }
}
