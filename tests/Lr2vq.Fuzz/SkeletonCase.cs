using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Export;
using Lr2vq.Memory;
using Lr2vq.OnnxRuntime;
using Lr2vq.Options;
using Lr2vq.Sessions;
using Lr2vq.Testing;

namespace Lr2vq.Fuzz;

/// <summary>A section <c>skeleton</c> in an artifact: what the back end of ONNX Runtime does with it before ONNX Runtime itself sees the model, and what the
/// export does. A case is a byte that chooses the artifact, and the section.</summary>
internal static class SkeletonCase
{
    private const long MostMemory = 64 << 20;

    private static readonly (string Name, Lazy<byte[]> Artifact)[] s_artifacts =
        [.. SmallModels.Skeletons.SelectMany(network => Presets(network).Select(preset => ($"{network}-{preset}", new Lazy<byte[]>(() =>
            SmallModels.Artifact(network, new CompressionOptions { Preset = preset, Threads = 1 }, Backend.OnnxRuntime)))))];

    public static int Count => s_artifacts.Length;

    public static string Name(int index) => s_artifacts[index].Name;

    /// <summary>The case of an artifact as it is.</summary>
    public static byte[] Seed(int index)
    {
        using ArtifactReader reader = ArtifactReader.Open(ArtifactMemory.Copy("memory", s_artifacts[index].Artifact.Value));
        return [(byte)index, .. reader.Skeleton!.Section.Span];
    }

    public static (CaseOutcome Outcome, string Detail) Run(byte[] bytes)
    {
        if (bytes.Length == 0) return (CaseOutcome.Refused, "nothing");
        byte[] artifact = ArtifactEdit.WithSection(s_artifacts[bytes[0] % Count].Artifact.Value, ArtifactFormat.Skeleton, bytes[1..]);
        try
        {
            string? refusal = Load(artifact);
            string? other = Export(artifact);
            return refusal is null && other is null ? (CaseOutcome.Ran, "") : (CaseOutcome.Refused, refusal ?? other!);
        }
        catch (Exception e)
        {
            return (CaseOutcome.Undocumented, e.ToString());
        }
    }

    private static IEnumerable<Preset> Presets(string network) => network == "foreign" ? [Preset.Fast, Preset.Lossless, Preset.Balanced] : [Preset.Fast];

    /// <summary>Decodes the tensors and hands them over; null if all is well, else why not.</summary>
    private static unsafe string? Load(byte[] artifact)
    {
        try
        {
            using ArtifactReader reader = ArtifactReader.Open(ArtifactMemory.Copy("memory", artifact));
            ArtifactSkeleton skeleton = reader.Skeleton ?? throw new InvalidOperationException("the section was there");
            if (PortTypes.Unpassed(reader.Plan, reader.Name) is { } unpassed) return unpassed.Text;
            using NativeArena memory = new() { Limit = MostMemory };
            byte* data = SkeletonTensors.DecodeAll(reader, skeleton, memory);
            // Every byte is read, so that memory which is too short is noticed.
            long set = 0;
            foreach (byte value in new ReadOnlySpan<byte>(data, checked((int)skeleton.Length + 1))) set += value == 0 ? 0 : 1;
            using Microsoft.ML.OnnxRuntime.SessionOptions native = new();
            TensorHandover.Add(native, data, skeleton.Length + 1);
            return skeleton.Model.IsEmpty ? throw new InvalidOperationException("an empty model") : set < 0 ? "" : null;
        }
        catch (InvalidArtifactException refused)
        {
            return refused.Message;
        }
    }

    /// <summary>Writes the model with its tensors; null if all is well, else why not.</summary>
    private static string? Export(byte[] artifact)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-skeleton-").FullName;
        try
        {
            string path = Path.Combine(folder, "a.lr2vq"), exported = Path.Combine(folder, "a.onnx");
            File.WriteAllBytes(path, artifact);
            DiagnosticBag bag = new();
            bool isWritten = DenseExport.Export(path, exported, bag);
            string[] left = [.. Directory.GetFiles(folder).Where(file => file != path)];
            if (isWritten == bag.HasErrors || isWritten != File.Exists(exported) || left.Length > (isWritten ? 1 : 0))
                throw new InvalidOperationException($"exported: {isWritten}, errors: {bag.HasErrors}, files: {string.Join(' ', left)}");
            return isWritten ? null : bag.All[0].Text;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
