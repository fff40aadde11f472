using System;
using System.IO;
using System.Text;
using Lr2vq.Artifacts;
using Lr2vq.Diagnostics;

namespace Lr2vq.Tool.Work;

/// <summary>Writes results: whole or not at all.</summary>
internal static class OutputFiles
{
    /// <exception cref="DiagnosticException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        try
        {
            using TemporaryFile file = new(path);
            using (FileStream stream = file.Create()) write(stream);
            file.Keep();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DiagnosticException(DiagnosticCatalogue.FileUnwritable.At(new DiagnosticPlace(path), path, e.Message.TrimEnd('.')));
        }
    }

    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Leaves a file with that content as it is, so that nothing that depends on it is built again.</summary>
    public static void WriteTextIfDifferent(string path, string text)
    {
        if (!File.Exists(path) || File.ReadAllText(path) != text) WriteText(path, text);
    }
}
