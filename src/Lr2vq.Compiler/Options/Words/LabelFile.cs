// Linked into the MSBuild task (netstandard2.0).
using System;
using System.Collections.Generic;
using System.IO;
using Lr2vq.Diagnostics;

namespace Lr2vq.Options;

/// <summary>Names of classes: one a line, in the order of the classes.</summary>
internal static class LabelFile
{
    private const int MaxBytes = 1 << 24;

    /// <summary>The names; empty, with a diagnostic, if they cannot be read. An empty line at the end is none.</summary>
    public static IReadOnlyList<string> Read(string path, Action<Diagnostic> report)
    {
        try
        {
            // Pipes and devices have no length; to open one may wait for ever.
            if (new FileInfo(path).Length is 0 or > MaxBytes) throw new IOException("it is empty, or too large for a list of names");
            var names = new List<string>();
            foreach (string line in File.ReadAllLines(path)) names.Add(line.Trim());
            if (names.Count > 0 && names[names.Count - 1].Length == 0) names.RemoveAt(names.Count - 1);
            if (names.Count > 0) return names;
            throw new IOException("it is empty");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            report(DiagnosticCatalogue.LabelsUnreadable.At(new DiagnosticPlace { Option = "Labels" }, path, problem.Message.TrimEnd('.')));
            return [];
        }
    }
}
