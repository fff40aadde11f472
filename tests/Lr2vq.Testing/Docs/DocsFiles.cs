using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Lr2vq.Testing.Docs;

/// <summary>Pages that are written from the figures in docs/measurements.</summary>
internal static class DocsFiles
{
    /// <summary>Writes what differs.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="pages">Paths below it, and their texts.</param>
    public static void Update(string root, IEnumerable<(string Path, string Text)> pages)
    {
        foreach ((string path, string text) in pages)
            if (!IsCurrent(root, path, text)) File.WriteAllText(Path.Combine(root, path), text);
    }

    public static bool IsCurrent(string root, string path, string text) =>
        File.Exists(Path.Combine(root, path)) && File.ReadAllText(Path.Combine(root, path)).ReplaceLineEndings("\n") == text;

    /// <summary>The rows of a file; none if nobody measured them yet.</summary>
    public static List<JsonElement> Figures(string root, string name)
    {
        string path = Path.Combine(root, "docs", "measurements", name + ".json");
        if (!File.Exists(path)) return [];
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        return [.. document.RootElement.EnumerateArray().Select(row => row.Clone())];
    }
}
