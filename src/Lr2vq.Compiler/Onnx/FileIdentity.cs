using System;
using System.IO;

namespace Lr2vq.Onnx;

/// <summary>Whether two paths are one file.</summary>
internal static class FileIdentity
{
    /// <summary>By the same path, through links, or by several names for one content (hard links).</summary>
    /// <remarks>.NET does not tell the identity of a file, but its locks belong to the file, not to a name: what cannot be opened while the other
    /// name is held is the same file.</remarks>
    /// <param name="input">A file that is read.</param>
    /// <param name="output">A file that may be written; it is held for a moment.</param>
    public static bool AreSame(string input, string output)
    {
        try
        {
            if (!File.Exists(input) || !File.Exists(output)) return false;
            if (Path.GetFullPath(input) == Path.GetFullPath(output) || Target(input) == Target(output)) return true;
            using FileStream held = new(output, FileMode.Open, FileAccess.Read, FileShare.None, bufferSize: 0);
            return !CanBeRead(input);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // In use or closed to us: then it can be neither read nor replaced, which is said where that is tried.
            return false;
        }
    }

    private static string Target(string path) => new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);

    private static bool CanBeRead(string path)
    {
        try
        {
            using FileStream probe = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
