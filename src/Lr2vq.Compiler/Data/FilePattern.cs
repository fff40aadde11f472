using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Enumeration;
using System.Linq;

namespace Lr2vq.Data;

/// <summary>Files by name, folder or pattern: <c>*</c> and <c>?</c> within a name, <c>**</c> for any folders between.</summary>
internal static class FilePattern
{
    /// <summary>More are a mistake, such as a pattern that begins at the root.</summary>
    public const int MaxFiles = 1_000_000;

    private static readonly EnumerationOptions s_here = new() { MatchCasing = MatchCasing.CaseSensitive };

    private static readonly string[] s_all = ["*"];

    /// <summary>The files, by their paths in ordinal order; a folder stands for everything below it.</summary>
    /// <param name="pattern">Relative to <paramref name="folder"/>, or whole; either slash separates.</param>
    /// <param name="folder">A whole path.</param>
    /// <exception cref="IOException">Too many files.</exception>
    public static IReadOnlyList<string> Find(string pattern, string folder)
    {
        string[] segments = pattern.Replace('\\', '/').Split('/');
        int literal = Array.FindIndex(segments, IsPattern);
        string root = Path.GetFullPath(string.Join('/', literal < 0 ? segments : segments[..literal]) is { Length: > 0 } start ? start : literal > 0 ? "/" : ".", folder);
        if (literal < 0)
        {
            if (File.Exists(root)) return [root];
            if (!Directory.Exists(root)) return [];
            segments = ["**", "*"];
            literal = 0;
        }
        List<string> found = [];
        if (Directory.Exists(root)) Collect(root, segments.AsSpan(literal), found);
        found.Sort((a, b) => string.CompareOrdinal(Plain(a), Plain(b)));
        // Two ways of ** may lead to one file.
        return [.. found.Distinct()];
    }

    private static bool IsPattern(string segment) => segment.AsSpan().ContainsAny('*', '?');

    private static string Plain(string path) => path.Replace('\\', '/');

    private static void Collect(string folder, ReadOnlySpan<string> segments, List<string> found)
    {
        string segment = segments[0];
        if (segment == "**")
        {
            Collect(folder, segments.Length == 1 ? s_all : segments[1..], found);
            foreach (string inner in Directory.EnumerateDirectories(folder, "*", s_here))
                // A link may lead back up.
                if ((File.GetAttributes(inner) & FileAttributes.ReparsePoint) == 0) Collect(inner, segments, found);
            return;
        }
        if (segments.Length == 1)
        {
            foreach (string file in Directory.EnumerateFiles(folder, "*", s_here))
                if (Matches(segment, file)) found.Add(file);
            if (found.Count > MaxFiles) throw new IOException($"more than {MaxFiles:N0} files match");
            return;
        }
        if (!IsPattern(segment))
        {
            string inner = Path.Combine(folder, segment);
            if (Directory.Exists(inner)) Collect(inner, segments[1..], found);
            return;
        }
        foreach (string inner in Directory.EnumerateDirectories(folder, "*", s_here))
            if (Matches(segment, inner)) Collect(inner, segments[1..], found);
    }

    private static bool Matches(string segment, string path) =>
        FileSystemName.MatchesSimpleExpression(segment, Path.GetFileName(path.AsSpan()), ignoreCase: OperatingSystem.IsWindows() || OperatingSystem.IsMacOS());
}
