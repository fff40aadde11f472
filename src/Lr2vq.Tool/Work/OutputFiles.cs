using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Lr2vq.Artifacts;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;

namespace Lr2vq.Tool.Work;

/// <summary>Writes results: whole or not at all, and never over what they are made from.</summary>
internal static class OutputFiles
{
    /// <summary>Whether a result may go there. Asked before anything is computed.</summary>
    /// <param name="target">The file to write.</param>
    /// <param name="inputs">Files that are read.</param>
    /// <param name="bag">Gets an error if not.</param>
    public static bool Check(string target, IEnumerable<string> inputs, DiagnosticBag bag)
    {
        string full = Path.GetFullPath(target);
        if (Directory.Exists(full)) return Refuse("it is a folder", "Name a file in it");
        if (Path.GetDirectoryName(full) is not { } folder) return Refuse("it is no name of a file", "Name a file");
        if (!CheckFolder(folder, bag)) return false;
        foreach (string input in inputs)
            if (FileIdentity.AreSame(input, target)) return Refuse($"it is the input '{input}' itself, which would be lost", "Name another file");
        return true;

        bool Refuse(string why, string remedy)
        {
            bag.Add(DiagnosticCatalogue.OutputRefused.At(new DiagnosticPlace(target), target, why, remedy));
            return false;
        }
    }

    /// <summary>Whether a folder for results is there.</summary>
    public static bool CheckFolder(string folder, DiagnosticBag bag)
    {
        if (Directory.Exists(folder)) return true;
        string why = File.Exists(folder) ? "it is a file, not a folder" : "the folder does not exist";
        bag.Add(DiagnosticCatalogue.OutputRefused.At(new DiagnosticPlace(folder), folder, why, "Create the folder, or name another one"));
        return false;
    }

    /// <exception cref="DiagnosticException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        try
        {
            using TemporaryFile file = new(path);
            using (FileStream stream = file.Create()) write(stream);
            file.Keep();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException or InvalidDataException)
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
