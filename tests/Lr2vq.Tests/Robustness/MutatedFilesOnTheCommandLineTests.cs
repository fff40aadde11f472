using System;
using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Robustness;

/// <summary>Some of the damaged files through the real executable: exit code 0 or 1, a diagnostic of its own code, no file left behind.
/// Twenty of each with LR2VQ_FULL=1.</summary>
public sealed class MutatedFilesOnTheCommandLineTests
{
    private static int Copies => TestData.Full ? 20 : 1;

    public static TheoryData<string> Models => [.. SmallModels.Names];

    [Theory, MemberData(nameof(Models))]
    public void MutatedModelsAreRefusedOrCompressed(string name)
    {
        byte[] whole = SmallModels.Bytes(name);
        int[] structure = Mutation.OnnxStructure(whole);
        for (int seed = 1000; seed < 1000 + Copies; seed++)
        {
            string folder = Directory.CreateTempSubdirectory("lr2vq-mutated-").FullName;
            try
            {
                string model = Path.Combine(folder, "model.onnx"), artifact = Path.Combine(folder, "out.lr2vq");
                File.WriteAllBytes(model, seed % 2 == 0 ? Mutation.Apply(whole, structure, seed) : WireTree.Mutate(whole, seed));
                ToolRun plan = Run($"{name} seed {seed}", "plan", model);
                ToolRun compress = Run($"{name} seed {seed}", "compress", model, "-o", artifact, "--preset", "Fast", "--threads", "1");
                // What the Plan refuses cannot be compressed; the other way round, weights may be at fault.
                if (plan.Code == 1) Assert.Equal(1, compress.Code);
                string[] expected = compress.Code == 0 ? ["model.onnx", "out.lr2vq"] : ["model.onnx"];
                Assert.Equal(expected, Directory.GetFiles(folder).Select(Path.GetFileName).Order());
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void MutatedArtifactsAreRefusedOrRun(string name)
    {
        byte[] whole = SmallModels.Artifact(name);
        int[] structure = Mutation.ArtifactStructure(whole);
        for (int seed = 1000; seed < 1000 + Copies; seed++)
        {
            string path = Path.Combine(Path.GetTempPath(), $"lr2vq-mutated-{Environment.ProcessId}-{seed}.lr2vq");
            byte[] bytes = Mutation.Apply(whole, structure, seed);
            if (seed % 2 == 1) Reseal.Hashes(bytes);
            File.WriteAllBytes(path, bytes);
            try
            {
                Run($"{name} seed {seed}", "run", path, "--random", "1");
                Run($"{name} seed {seed}", "inspect", path);
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    private static ToolRun Run(string what, params string[] args)
    {
        ToolRun run = ToolRunner.RunProcess(TimeSpan.FromSeconds(20), _ => { }, args);
        string said = run.Output + run.Error;
        Assert.True(run.Code is 0 or 1, $"{what}: {args[0]} ended with {run.Code}: {said}");
        Assert.DoesNotContain("LR2VQ9", said, StringComparison.Ordinal);
        if (run.Code == 1) Assert.Matches("error LR2VQ[1-6]", said);
        return run;
    }
}
