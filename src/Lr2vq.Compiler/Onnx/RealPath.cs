using System;
using System.IO;

namespace Lr2vq.Onnx;

/// <summary>Where a path leads when every link on it is followed.</summary>
internal static class RealPath
{
    private const int MostLinks = 40;

    /// <exception cref="IOException">Links lead in a circle, or cannot be read; so for other exceptions of the file system.</exception>
    public static string Of(string path)
    {
        int links = 0;
        return Of(Path.GetFullPath(path), ref links);
    }

    /// <summary>True if a real path lies in a real folder, or below it.</summary>
    public static bool IsBelow(string path, string folder) =>
        path.StartsWith(folder.EndsWith(Path.DirectorySeparatorChar) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string Of(string full, ref int links)
    {
        string root = Path.GetPathRoot(full) ?? "", current = root;
        foreach (string part in full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(current, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                current = next;
                continue;
            }
            if (++links > MostLinks) throw new IOException($"more than {MostLinks} links lead to it");
            current = Of(Path.GetFullPath(Path.Combine(current, target)), ref links);
        }
        return current;
    }
}
