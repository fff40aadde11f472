using System;
using System.IO;
using System.Text;

namespace Lr2vq.Build;

/// <summary>Files that other targets look at the date of.</summary>
internal static class OutputFile
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes a text whole or not at all, and leaves the file alone if it has that text already.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void WriteIfDifferent(string path, string text)
    {
        if (File.Exists(path) && File.ReadAllText(path) == text) return;
        Directory.CreateDirectory(Path.GetDirectoryName(path));
        string temporary = path + ".tmp";
        File.WriteAllText(temporary, text, s_utf8);
        if (File.Exists(path)) File.Delete(path);
        File.Move(temporary, path);
    }

    /// <summary>An empty file of now.</summary>
    public static void Touch(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path));
        File.WriteAllBytes(path, []);
    }

    public static void DeleteIfThere(string path)
    {
        if (File.Exists(path)) File.Delete(path);
    }

    public static bool IsFileProblem(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException;
}
