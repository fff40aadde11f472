using System;
using System.Globalization;
using System.IO;
using System.Text;
using Lr2vq.Diagnostics;
using Lr2vq.Options;

namespace Lr2vq.Onnx;

/// <summary>What a file is that should be an ONNX model; the first look at it, the same for the task and the compiler.</summary>
internal static class OnnxFileKind
{
    /// <summary>The diagnostic for a path that cannot hold a model (missing, a directory, empty); null if it is worth opening.</summary>
    public static Diagnostic? RefusePath(string path)
    {
        var place = new DiagnosticPlace(path);
        try
        {
            if (Directory.Exists(path)) return DiagnosticCatalogue.ModelIsDirectory.At(place, path);
            var file = new FileInfo(path);
            if (!file.Exists) return DiagnosticCatalogue.ModelFileMissing.At(place, path, Spelling.HintOfFile(file, "*.onnx"));
            return RegularFile.Length(path) == 0 ? DiagnosticCatalogue.ModelFileEmpty.At(place, path) : null;
        }
        catch (Exception e) when (IsFileProblem(e) || IsPathProblem(e))
        {
            return DiagnosticCatalogue.ModelFileUnreadable.At(place, path, e.Message);
        }
    }

    /// <summary>Names come from the file: one line, no control characters, not endless.</summary>
    public static string Printable(string text)
    {
        const int longest = 300;
        var shown = new StringBuilder();
        foreach (char c in text)
        {
            if (shown.Length >= longest)
            {
                shown.Append('…');
                break;
            }
            PrintableText.Append(shown, c);
        }
        return shown.ToString();
    }

    /// <summary>True for what the file system throws.</summary>
    public static bool IsFileProblem(Exception e) => e is IOException or UnauthorizedAccessException or System.Security.SecurityException;

    /// <summary>True for what a text that is no path makes the file system throw.</summary>
    public static bool IsPathProblem(Exception e) => e is ArgumentException or NotSupportedException;

    /// <summary>The diagnostic for a file that is plainly something else; null if it may be a model.</summary>
    public static Diagnostic? RefuseContent(string path, ByteSource source)
    {
        var head = new byte[(int)Math.Min(512, source.Length)];
        source.Read(0, head, head.Length);
        var place = new DiagnosticPlace(path);
        string text = Ascii(head, 0, head.Length);
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
            return DiagnosticCatalogue.GitLfsPointer.At(place, path, LfsSize(text));
        (string Kind, string Remedy)? found = Recognize(head, text, source.Length);
        return found is { } known ? DiagnosticCatalogue.NotOnnx.At(place, path, known.Kind, known.Remedy) : null;
    }

    /// <summary>What a file seems to be that did not parse as a model; null if it cannot be said.</summary>
    public static Diagnostic? RefuseText(string path, ByteSource source)
    {
        var head = new byte[(int)Math.Min(512, source.Length)];
        source.Read(0, head, head.Length);
        foreach (byte b in head)
            if (b is < 9 or (> 13 and < 32) or 127) return null;
        return DiagnosticCatalogue.NotOnnx.At(new DiagnosticPlace(path), path, "a text file", "Name the .onnx file that the exporter wrote");
    }

    private static (string, string)? Recognize(byte[] head, string text, long length)
    {
        const string export = "Export the network to ONNX first";
        const string another = "Name the .onnx file that the exporter wrote";
        bool Starts(string magic) => text.StartsWith(magic, StringComparison.Ordinal);
        bool At(int offset, string magic) => text.Length >= offset + magic.Length && string.CompareOrdinal(text, offset, magic, 0, magic.Length) == 0;
        if (Starts("\u0089PNG")) return ("a PNG picture", another);
        if (Starts("\u00FF\u00D8\u00FF")) return ("a JPEG picture", another);
        if (Starts("GIF8")) return ("a GIF picture", another);
        if (Starts("%PDF")) return ("a PDF document", another);
        if (Starts("PK\u0003\u0004"))
        {
            if (text.Contains("/data.pkl") || text.Contains("archive/")) return ("a PyTorch checkpoint (.pt)", "Export it with torch.onnx.export");
            if (text.Contains("saved_model")) return ("a zipped TensorFlow SavedModel", "Export it with tf2onnx");
            if (text.Contains("config.json") || text.Contains("metadata.json")) return ("a Keras model (.keras)", "Export it with tf2onnx");
            return text.Contains(".npy") ? ("a NumPy archive (.npz)", export) : ("a ZIP archive", "Unpack it and name the .onnx file in it");
        }
        if (Starts("\u001F\u008B")) return ("a gzip archive", "Unpack it with gzip -d first");
        if (Starts("BZh") || Starts("\u00FD7zXZ") || Starts("7z\u00BC\u00AF") || Starts("Rar!")) return ("an archive", "Unpack it first");
        if (At(257, "ustar")) return ("a tar archive", "Unpack it first");
        if (At(4, "TFL3")) return ("a TensorFlow Lite model", "Convert it with tf2onnx --tflite");
        if (At(4, "ORTM")) return ("an ONNX Runtime model (.ort)", "Name the .onnx file that it was made from");
        if (Starts("\u0089HDF")) return ("an HDF5 file (a Keras .h5 model?)", "Export it with tf2onnx");
        if (Starts("GGUF") || Starts("ggml") || Starts("ggjt")) return ("a GGUF model", "Such language models cannot be converted; use the ONNX export of the network");
        if (Starts("\u0089LR2VQ")) return ("a compressed .lr2vq artifact", "Name the .onnx file that it was made from");
        if (Starts("\u0093NUMPY")) return ("a NumPy array (.npy)", export);
        if (Starts("7767517")) return ("an ncnn model", export);
        if (Starts("MZ") || Starts("\u007FELF")) return ("a program", another);
        if (head.Length > 2 && head[0] == 0x80 && head[1] is >= 2 and <= 5 && head[2] is (byte)'}' or (byte)'c' or (byte)'\u008A' or (byte)'\u0095')
            return ("a Python pickle (an older PyTorch checkpoint?)", "Export it with torch.onnx.export");
        if (head.Length > 10 && head[8] == '{' && head[9] is (byte)'"' or (byte)'}' && HeaderLength(head) < (ulong)length)
            return ("a safetensors file", "It has weights without a graph: export the network with torch.onnx.export or optimum");
        string trimmed = text.TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n');
        if (trimmed.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase) || trimmed.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
            return ("an HTML page", "The download gave a web page, not the file; use the address of the raw file");
        if (trimmed.StartsWith("<?xml", StringComparison.Ordinal) || trimmed.StartsWith("<net", StringComparison.Ordinal))
            return ("an XML file (OpenVINO?)", export);
        if (trimmed.StartsWith("{", StringComparison.Ordinal) || trimmed.StartsWith("[", StringComparison.Ordinal))
            return ("a JSON file", text.Contains("modelTopology") ? "Convert the TensorFlow.js model with tf2onnx" : another);
        if (trimmed.StartsWith("ir_version:", StringComparison.Ordinal)) return ("an ONNX model in text form", "Save it in binary form with onnx.save");
        return null;
    }

    private static ulong HeaderLength(byte[] head)
    {
        ulong length = 0;
        for (int i = 7; i >= 0; i--) length = length << 8 | head[i];
        return length;
    }

    private static string LfsSize(string text)
    {
        int at = text.IndexOf("\nsize ", StringComparison.Ordinal);
        if (at < 0) return "";
        int end = at + 6;
        while (end < text.Length && text[end] is >= '0' and <= '9') end++;
        return end == at + 6 ? "" : " of " + text.Substring(at + 6, end - at - 6) + " bytes";
    }

    // Latin-1: one char for each byte, on every framework.
    private static string Ascii(byte[] bytes, int start, int count)
    {
        var text = new StringBuilder(count);
        for (int i = start; i < start + count; i++) text.Append((char)bytes[i]);
        return text.ToString();
    }
}
