using System;
using System.IO;
using Lr2vq.Artifacts;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Options;

namespace Lr2vq.Tool.Work;

/// <summary>Opens .lr2vq files for commands; what is wrong with them becomes a diagnostic.</summary>
internal static class ArtifactFile
{
    /// <summary>Whether the file begins as an artifact does.</summary>
    public static bool IsArtifact(string path)
    {
        try
        {
            if (RegularFile.Length(path) == 0) return false;
            using FileStream stream = File.OpenRead(path);
            Span<byte> start = stackalloc byte[8];
            return stream.ReadAtLeast(start, 8, throwOnEndOfStream: false) == 8 && start.SequenceEqual(ArtifactFormat.Magic);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    /// <exception cref="InvalidArtifactException">The artifact is damaged.</exception>
    /// <exception cref="DiagnosticException">The file cannot be opened.</exception>
    public static ArtifactReader Open(string path, bool verifyHashes = true) => Guard(path, () => ArtifactReader.Open(ArtifactMemory.Map(path), verifyHashes));

    public static string PlanText(string path)
    {
        using ArtifactReader reader = Open(path, verifyHashes: false);
        return reader.PlanText;
    }

    /// <summary>Turns exceptions of the file system into a diagnostic.</summary>
    public static T Guard<T>(string path, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DiagnosticException(DiagnosticCatalogue.FileKindUnexpected.At(new DiagnosticPlace(path), path, "there" + Spelling.HintOfFile(new FileInfo(path), "*.lr2vq"), "Name an existing .lr2vq file"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DiagnosticException(DiagnosticCatalogue.FileKindUnexpected.At(new DiagnosticPlace(path), path, "readable", e.Message.TrimEnd('.')));
        }
    }
}
