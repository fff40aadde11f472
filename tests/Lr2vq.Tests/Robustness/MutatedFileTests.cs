using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Sessions;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Robustness;

/// <summary>Damaged models and artifacts end in a diagnostic or a valid result: no other exception, no hang, no file left behind.
/// A sample here; 200 of each with LR2VQ_FULL=1.</summary>
public sealed class MutatedFileTests
{
    /// <summary>Seconds of processor time for one file, on one thread.</summary>
    private const int Limit = 5;

    /// <summary>Seconds of the clock after which a file hangs; generous, as the machine may be busy.</summary>
    private const int Patience = 240;

    private static readonly ModelOptions s_oneThread = new() { Compression = new CompressionOptions { Threads = 1 } };
    private static readonly Lr2vq.SessionOptions s_oneThreadRun = new() { Threads = 1 };

    private static int Copies => TestData.Full ? 200 : 8;

    public static TheoryData<string> Models => [.. SmallModels.Names];

    [Theory, MemberData(nameof(Models))]
    public void AnUndamagedModelCompressesAndRuns(string name)
    {
        byte[] artifact = SmallModels.Artifact(name);
        Assert.Null(Run(artifact));
    }

    [Theory, MemberData(nameof(Models))]
    public void MutatedModelsEndInADiagnosticOrAnArtifact(string name)
    {
        byte[] whole = SmallModels.Bytes(name);
        int[] structure = Mutation.OnnxStructure(whole);
        int valid = 0;
        for (int seed = 0; seed < Copies; seed++)
        {
            // Every other one keeps the wire format sound, so that the damage reaches the compiler.
            byte[] bytes = seed % 2 == 0 ? Mutation.Apply(whole, structure, seed) : WireTree.Mutate(whole, seed);
            if (Within($"{name} seed {seed}", () => Compress(bytes))) valid++;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {valid} of {Copies} copies were still valid");
        Assert.True(valid < Copies, "no copy was refused: the damage does not reach the reader");
    }

    [Theory, MemberData(nameof(Models))]
    public void MutatedArtifactsAreRefusedOrRun(string name)
    {
        byte[] whole = SmallModels.Artifact(name);
        int[] structure = Mutation.ArtifactStructure(whole);
        int refused = 0;
        for (int seed = 0; seed < Copies; seed++)
        {
            byte[] bytes = Mutation.Apply(whole, structure, seed);
            // Every other one passes the hashes, as a file made with bad intent would.
            if (seed % 2 == 1) Reseal.Hashes(bytes);
            if (Within($"{name} seed {seed}", () => Run(bytes) is not null)) refused++;
        }
        Assert.True(refused > 0, "no copy was refused");
    }

    /// <summary>The damaged model through header reader, plan and compression; true if an artifact came out that loads.</summary>
    private static bool Compress(byte[] model)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-mutated-").FullName;
        try
        {
            string path = Path.Combine(folder, "model.onnx"), artifact = Path.Combine(folder, "model.lr2vq");
            File.WriteAllBytes(path, model);
            InterfaceReader.Read(path, new DiagnosticBag());
            var planning = new DiagnosticBag();
            Plans.Plan? plan = ModelCompressor.Plan(path, new Dictionary<string, long>(), planning);
            Assert.Equal(plan is null, planning.HasErrors);
            var bag = new DiagnosticBag();
            CompressedModel? compressed = ModelCompressor.Compress(path, artifact, s_oneThread, null, bag, CancellationToken.None);
            Assert.Equal(compressed is null, bag.HasErrors);
            string[] expected = compressed is null ? ["model.onnx"] : ["model.lr2vq", "model.onnx"];
            Assert.Equal(expected, Directory.GetFiles(folder).Select(Path.GetFileName).Order());
            if (compressed is null) return false;
            PlanRunner.Load(artifact, s_oneThreadRun).Dispose();
            return true;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Null if the artifact loads and runs; else the refusal.</summary>
    private static Exception? Run(byte[] artifact)
    {
        try
        {
            using PlanRunner model = PlanRunner.Load(artifact, s_oneThreadRun);
            using ModelSession session = model.CreateSession();
            for (int i = 0; i < model.Info.Inputs.Count; i++)
            {
                PortInfo input = model.Info.Inputs[i];
                int[] shape = [.. input.Dimensions.Select(d => int.TryParse(d, NumberStyles.None, CultureInfo.InvariantCulture, out int known) ? known : 48)];
                long length = shape.Aggregate(1L, (product, d) => checked(product * d));
                // Damage in the Plan can make a network that is valid and far too large to run here.
                if (length > 1_000_000) return null;
                byte[] values = new byte[length * Plans.ElementTypes.ByteLength(input.Type)];
                session.SetInputBytes(i, values, shape);
            }
            session.Run();
            return null;
        }
        catch (InvalidArtifactException refusal)
        {
            return refusal;
        }
        catch (ArgumentException refusal) when (refusal.InnerException is InputProblemException)
        {
            // The lengths given for symbols do not fit the damaged Plan: refused by the step's name before any kernel runs.
            return refusal;
        }
    }

    /// <summary>What the work gives, which it does on a thread of its own.</summary>
    private static bool Within(string what, Func<bool> work)
    {
        Task<(bool Result, double Seconds)> task = Task.Factory.StartNew(() =>
        {
            double start = ThreadTime.Seconds;
            return (work(), ThreadTime.Seconds - start);
        }, TaskCreationOptions.LongRunning);
        try
        {
            if (!task.Wait(TimeSpan.FromSeconds(Patience))) Assert.Fail($"{what}: not done after {Patience} s");
        }
        catch (AggregateException e)
        {
            Assert.Fail($"{what}: {e.InnerException}");
        }
        Assert.True(task.Result.Seconds < Limit, $"{what}: took {task.Result.Seconds:0.0} s");
        return task.Result.Result;
    }
}
