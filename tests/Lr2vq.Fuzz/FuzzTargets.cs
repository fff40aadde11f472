extern alias generator;
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Testing;
using SharpFuzz;
using GeneratorTexts = generator::Lr2vq.Generator.TextReading;

namespace Lr2vq.Fuzz;

/// <summary>What a coverage-guided fuzzer feeds. A target throws for what the documentation does not promise, and for nothing else.</summary>
internal static class FuzzTargets
{
    private static readonly Dictionary<string, Action<byte[]>> s_targets = new(StringComparer.Ordinal)
    {
        ["onnx"] = Onnx,
        ["plan"] = Plan,
        ["artifact"] = Artifact,
        ["skeleton"] = Skeleton,
        ["data"] = Data,
        ["generator"] = Generator,
    };

    public static IReadOnlyCollection<string> Names => s_targets.Keys;

    /// <summary>Serves a fuzzer until it ends. The work is done in a process of its own, as some harm cannot be caught.</summary>
    public static int Serve(string name)
    {
        Action<byte[]> target = s_targets[name];
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using MemoryStream bytes = new();
            stream.CopyTo(bytes);
            target(bytes.ToArray());
        });
        return 0;
    }

    public static void Run(string name, byte[] bytes) => s_targets[name](bytes);

    /// <summary>Runs files through a target; 1 if one of them does harm.</summary>
    public static int Replay(string name, IEnumerable<string> files, TextWriter output)
    {
        int harm = 0;
        foreach (string file in files)
            try
            {
                Run(name, File.ReadAllBytes(file));
                output.WriteLine($"{file}: well");
            }
            catch (Exception e)
            {
                harm = 1;
                output.WriteLine($"{file}: {e}");
            }
        return harm;
    }

    /// <summary>Writes what the fuzzer begins with: a folder for each target.</summary>
    public static int WriteSeeds(string folder)
    {
        foreach (string network in SmallModels.All.Where(network => !network.EndsWith(".onnx", StringComparison.Ordinal)))
        {
            Seed("onnx", network, SmallModels.Bytes(network));
            byte[] artifact = SmallModels.Artifact(network);
            Seed("artifact", network, artifact);
            using Artifacts.ArtifactReader reader = Artifacts.ArtifactReader.Open(Artifacts.ArtifactMemory.Copy("memory", artifact));
            Seed("plan", network, Encoding.UTF8.GetBytes(reader.PlanText));
            Seed("generator", network + "-plan", Encoding.UTF8.GetBytes(reader.PlanText));
            Seed("generator", network, Encoding.UTF8.GetBytes(PlanText.WriteInterface(new PlanInterface(reader.Plan, [new("class", "Net"), new("namespace", "A.B"), new("access", "public"), new("storage", "embedded")]))));
        }
        foreach (CompressionMethod method in OptionValues.Methods.Select(m => m.Value).OfType<CompressionMethod>().Except([CompressionMethod.SvdGram, CompressionMethod.Bgd, CompressionMethod.Joint, CompressionMethod.JointCompact]))
            Seed("artifact", $"{method}", SmallModels.Artifact(SmallModels.Forms(), new CompressionOptions { Method = method, Trellis = TrellisUse.Off }));
        foreach (CompressionMethod method in (CompressionMethod[])[CompressionMethod.Ecsq, CompressionMethod.TcEcsq])
            Seed("artifact", $"{method}-trellis", SmallModels.Artifact(SmallModels.Forms(), new CompressionOptions { Method = method, Trellis = TrellisUse.On }));
        for (int i = 0; i < SkeletonCase.Count; i++) Seed("skeleton", SkeletonCase.Name(i), SkeletonCase.Seed(i));
        string path = Path.Combine(folder, "values.npy");
        HostTensor.Of<float>([1, 2, 3, 4, 5, 6], 2, 3).WriteNpy(path);
        Seed("data", "npy", File.ReadAllBytes(path));
        File.Delete(path);
        Seed("data", "wav", Convert.FromBase64String("UklGRjQAAABXQVZFZm10IBAAAAABAAEAgD4AAAB9AAACABAAZGF0YQgAAAAAAAEAAgADAA=="));
        Seed("data", "png", Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEklEQVR4nGP4z8DAAMIM/4EAAB/uBfsL2WiLAAAAAElFTkSuQmCC"));
        return 0;

        void Seed(string target, string name, byte[] bytes)
        {
            // Large seeds make each run slow.
            if (bytes.Length > 200_000) return;
            File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, target)).FullName, name), bytes);
        }
    }

    private static void Onnx(byte[] bytes)
    {
        string path = Path.Combine(Path.GetTempPath(), $"lr2vq-fuzz-{Environment.ProcessId}.onnx");
        File.WriteAllBytes(path, bytes);
        InterfaceReader.Read(path, new DiagnosticBag());
        DiagnosticBag bag = new();
        if (ModelCompressor.Plan(path, new Dictionary<string, long>(), bag) is null != bag.HasErrors) throw new InvalidOperationException("no Plan and no error, or both");
        if (bag.All.FirstOrDefault(d => d.Id.StartsWith("LR2VQ9", StringComparison.Ordinal)) is { } own) throw new InvalidOperationException(own.ToString());
    }

    private static void Plan(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        Plan plan;
        try
        {
            plan = PlanText.Parse(text);
        }
        catch (PlanFormatException)
        {
            return;
        }
        // What is accepted is written in one form, which is read as the same.
        string written = PlanText.Write(plan);
        if (PlanText.Write(PlanText.Parse(written)) != written) throw new InvalidOperationException("another text after reading again");
    }

    private static void Artifact(byte[] bytes)
    {
        Reseal.Hashes(bytes);
        (CaseOutcome outcome, string detail) = CaseRun.Artifact(bytes, bytes.Length);
        if (outcome is not (CaseOutcome.Ran or CaseOutcome.Refused)) throw new InvalidOperationException($"{outcome}: {detail}");
    }

    private static void Skeleton(byte[] bytes)
    {
        (CaseOutcome outcome, string detail) = SkeletonCase.Run(bytes);
        if (outcome is not (CaseOutcome.Ran or CaseOutcome.Refused)) throw new InvalidOperationException($"{outcome}: {detail}");
    }

    private static void Data(byte[] bytes)
    {
        Try(() => NpyFile.Read(new MemoryStream(bytes)));
        Try(() => PictureFile.Read(bytes));
        Try(() => NpzFile.Read(new MemoryStream(bytes)));
        Try(() =>
        {
            WavFile sound = WavFile.Open("sound", new MemoryStream(bytes));
            sound.Read(new MemoryStream(bytes), 0, new float[sound.Length]);
        });

        static void Try(Action read)
        {
            try
            {
                read();
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    private static void Generator(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        GeneratorTexts.Surface("a" + GeneratorTexts.InterfaceSuffix, text);
        GeneratorTexts.Steps("a" + GeneratorTexts.PlanSuffix, text);
    }
}
