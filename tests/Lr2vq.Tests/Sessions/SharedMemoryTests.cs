using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Lr2vq.Tests.Artifact;
using Xunit;

namespace Lr2vq.Tests.Sessions;

/// <summary>Views, in-place results and reuse of the workspace never change a value that somebody still reads.</summary>
public sealed class SharedMemoryTests
{
    private static float[][] Run(string lines, params float[][] inputs)
    {
        using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes(lines));
        using ModelSession session = runner.CreateSession();
        for (int run = 0; run < 2; run++)
        {
            for (int i = 0; i < inputs.Length; i++) session.SetInput<float>(i, inputs[i]);
            session.Run();
        }
        return [.. Enumerable.Range(0, runner.Info.Outputs.Count).Select(o => session.Output<float>(o).ToArray())];
    }

    [Fact]
    public void OutputsMayBeInputsWeightsViewsAndTheSameTwice()
    {
        float[] x = [1, -2, 3, -4];
        float[][] y = Run("""
            input v0 "x" f32 [4]
            weight w0 "w" f32 [4] constant
            step 1 Relu "r" (v0) -> (v1 f32 [4])
            step 2 Reshape "s" (v1) -> (v2 f32 [2,2])
            step 3 Neg "n" (v1) -> (v3 f32 [4])
            step 4 Reshape "t" (w0) -> (v4 f32 [1,4])
            step 5 Reshape "u" (v0) -> (v5 f32 [2,2,1])
            output v0 "a" f32 [4]
            output w0 "b" f32 [4]
            output v1 "c" f32 [4]
            output v1 "d" f32 [4]
            output v2 "e" f32 [2,2]
            output v3 "f" f32 [4]
            output v4 "g" f32 [1,4]
            output v5 "h" f32 [2,2,1]
            """, x);
        float[] w = TinyArtifact.Weight("w", 4), relu = [1, 0, 3, 0];
        Assert.Equal([x, w, relu, relu, relu, [-1f, -0f, -3f, -0f], w, x], y);
    }

    [Fact]
    public void ScalarsAndEmptyTensors()
    {
        float[][] y = Run("""
            symbol N ""
            input v0 "x" f32 []
            input v1 "y" f32 [N,3]
            step 1 Neg "n" (v0) -> (v2 f32 [])
            step 2 Add "a" (v1, v2) -> (v3 f32 [N,3])
            step 3 Reshape "r" (v3) -> (v4 f32 [3,N])
            output v2 "a" f32 []
            output v4 "b" f32 [3,N]
            """, [5f], []);
        Assert.Equal([[-5f], []], y);
    }

    [Fact]
    public void ANetworkWithoutStepsOrWithoutInputs()
    {
        Assert.Equal([[1f, 2f]], Run("input v0 \"x\" f32 [2]\noutput v0 \"y\" f32 [2]", [1f, 2f]));
        Assert.Equal([TinyArtifact.Weight("w", 3).Select(w => -w).ToArray()],
            Run("weight w0 \"w\" f32 [3] constant\nstep 1 Neg \"n\" (w0) -> (v0 f32 [3])\noutput v0 \"y\" f32 [3]"));
    }

    [Fact]
    public void AResidualThatIsTheInputIsNotOverwritten()
    {
        const string head = """
            input v0 "x" f32 [1,16,9,9]
            weight w0 "w" f32 [16,16,3,3] conv
            step 1 ToBlocked "" (v0) -> (v1 f32 [1,16,9,9] blocked)
            step 2 Relu "" (v1) -> (v2 f32 [1,16,9,9] blocked)

            """;
        float[] x = TinyArtifact.Weight("x", 16 * 81);
        float[][] fused = Run(head + """
            step 3 Conv "" (v2, w0, _, v2) -> (v3 f32 [1,16,9,9] blocked) strides=1,1 pads=1,1,1,1 residual=1
            step 4 ToPlain "" (v3) -> (v4 f32 [1,16,9,9])
            output v4 "y" f32 [1,16,9,9]
            """, x);
        float[][] apart = Run(head + """
            step 3 Conv "" (v2, w0) -> (v3 f32 [1,16,9,9] blocked) strides=1,1 pads=1,1,1,1
            step 4 Add "" (v3, v2) -> (v4 f32 [1,16,9,9] blocked)
            step 5 ToPlain "" (v4) -> (v5 f32 [1,16,9,9])
            output v5 "y" f32 [1,16,9,9]
            """, x);
        for (int i = 0; i < x.Length; i++) Assert.Equal(apart[0][i], fused[0][i], 1e-5f);
    }

    [Fact]
    public void RandomNetworksComputeWhatEachStepSays()
    {
        for (int seed = 0; seed < 300; seed++) CheckNetwork(new Random(seed), seed);
    }

    /// <summary>Steps on [1, C, 2, 3] and [1, C·6] values, any value read any number of times.</summary>
    private static void CheckNetwork(Random random, int seed)
    {
        int channels = random.Next(1, 35), length = channels * 6;
        string[] shapes = [$"[1,{channels},2,3]", $"[1,{length}]", $"[1,{channels},2,3] blocked"];
        StringBuilder lines = new($"input v0 \"x\" f32 {shapes[0]}\nweight w0 \"w\" f32 {shapes[0]} constant\n");
        List<(string Name, int Form, float[] Values)> values =
            [("v0", 0, TinyArtifact.Weight("x", length)), ("w0", 0, TinyArtifact.Weight("w", length))];
        int steps = random.Next(1, 25);
        for (int s = 1; s <= steps; s++)
        {
            // Mostly recent values, so that some die early.
            (string Name, int Form, float[] Values) Pick() => values[Math.Max(0, values.Count - 1 - random.Next(random.Next(1, 8)))];
            (string a, int form, float[] x) = Pick();
            (string b, int other, float[] z) = Pick();
            string name = "v" + s;
            (string op, int to, float[] y) = random.Next(5) switch
            {
                0 => ("Neg", form, [.. x.Select(v => -v)]),
                1 => ("Relu", form, [.. x.Select(v => Math.Max(v, 0f))]),
                2 when form == other => ("Add", form, [.. x.Zip(z, (p, q) => p + q)]),
                3 when form < 2 => ("Reshape", 1 - form, x),
                _ => form == 0 ? ("ToBlocked", 2, x) : form == 2 ? ("ToPlain", 0, x) : ("Reshape", random.Next(2), x),
            };
            lines.Append($"step {s} {op} \"\" ({a}{(op == "Add" ? ", " + b : "")}) -> ({name} f32 {shapes[to]})\n");
            values.Add((name, to, y));
        }
        List<(string Name, int Form, float[] Values)> outputs = [.. values.Where(v => v.Form < 2 && random.Next(4) == 0)];
        if (outputs.Count == 0) outputs.Add(values[0]);
        for (int o = 0; o < outputs.Count; o++) lines.Append($"output {outputs[o].Name} \"y{o}\" f32 {shapes[outputs[o].Form]}\n");
        float[][] found = Run(lines.ToString(), values[0].Values);
        for (int o = 0; o < outputs.Count; o++)
            Assert.True(outputs[o].Values.AsSpan().SequenceEqual(found[o]), $"seed {seed}, output {o} of\n{lines}");
    }

    [Fact]
    public void MemoryIsReused()
    {
        StringBuilder lines = new("input v0 \"x\" f32 [100000]\n");
        for (int s = 1; s <= 50; s++) lines.Append($"step {s} {(s % 2 == 0 ? "Relu" : "Neg")} \"\" (v{s - 1}) -> (v{s} f32 [100000])\n");
        lines.Append("output v50 \"y\" f32 [100000]");
        using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes(lines.ToString()));
        using ModelSession session = runner.CreateSession();
        session.SetInput<float>(0, new float[100000]);
        session.Run();
        // Input and one buffer, in place all the way.
        Assert.InRange(session.MemoryBytes, 800_000, 802_000);
    }
}
