using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Memory;
using Lr2vq.Testing;

namespace Lr2vq.Fuzz;

/// <summary>The child's side of <see cref="CaseWorker"/>: a line of words in, a line with the result out.
/// <code>
/// plan NETWORK SEED       the network's artifact with a mutated Plan and fresh hashes
/// model NETWORK SEED      the mutated .onnx
/// file PATH SEED [SHAPE]  an artifact or a model as it is; symbolic lengths are drawn, but for the first input's where a shape is given
/// touch OFFSET 0          one byte of a block of 128, or beside it: a test of the watch
/// </code></summary>
internal static class CaseLoop
{
    private static readonly Dictionary<string, (byte[] Artifact, string Plan)> s_artifacts = [];
    private static readonly Dictionary<string, (byte[] Model, int[] Structure)> s_models = [];

    public static int Run(TextReader input, TextWriter output)
    {
        while (input.ReadLine() is { Length: > 0 } line)
        {
            string[] words = line.Split('\t');
            Prepare(words);
            ProcessMemory.ResetPeak();
            TimeSpan before = ProcessorTime();
            (CaseOutcome outcome, string detail) = One(words);
            long used = (long)(ProcessorTime() - before).TotalMilliseconds;
            output.WriteLine(new CaseResult(outcome, used, ProcessMemory.PeakMegabytes(Environment.ProcessId), detail).ToLine());
            output.Flush();
        }
        return 0;
    }

    private static TimeSpan ProcessorTime()
    {
        using Process self = Process.GetCurrentProcess();
        // What the system does for the watch is not the product's.
        return GuardedBlocks.IsOn ? self.UserProcessorTime : self.TotalProcessorTime;
    }

    // Making the undamaged file is not part of the case.
    private static void Prepare(string[] words)
    {
        if (words[0] == "plan" && !s_artifacts.ContainsKey(words[1]))
        {
            byte[] artifact = SmallModels.Artifact(words[1]);
            using ArtifactReader reader = ArtifactReader.Open(ArtifactMemory.Copy("memory", artifact));
            s_artifacts.Add(words[1], (artifact, reader.PlanText));
        }
        if (words[0] == "model" && !s_models.ContainsKey(words[1]))
        {
            byte[] model = SmallModels.Bytes(words[1]);
            s_models.Add(words[1], (model, Mutation.OnnxStructure(model)));
        }
    }

    private static (CaseOutcome Outcome, string Detail) One(string[] words)
    {
        int seed = int.Parse(words[2], CultureInfo.InvariantCulture);
        switch (words[0])
        {
            case "plan":
                (byte[] artifact, string plan) = s_artifacts[words[1]];
                return CaseRun.Artifact(ArtifactEdit.WithPlan(artifact, PlanMutation.Apply(plan, seed)), seed);
            case "model":
                (byte[] model, int[] structure) = s_models[words[1]];
                // Every other one keeps the wire format sound, so that the damage reaches the compiler.
                return CaseRun.Model(seed % 2 == 0 ? Mutation.Apply(model, structure, seed) : WireTree.Mutate(model, seed), seed, oracle: false);
            case "touch":
                return Touch(int.Parse(words[1], CultureInfo.InvariantCulture));
            default:
                int[] shape = words.Length > 3 ? [.. words[3].Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture))] : [];
                byte[] file = File.ReadAllBytes(words[1]);
                return words[1].EndsWith(".onnx", StringComparison.Ordinal) ? CaseRun.Model(file, seed, oracle: true, shape) : CaseRun.Artifact(file, seed);
        }
    }

    private static unsafe (CaseOutcome Outcome, string Detail) Touch(int offset)
    {
        using NativeArena arena = new();
        return (CaseOutcome.Ran, $"{arena.Allocate(128)[offset]}");
    }
}
