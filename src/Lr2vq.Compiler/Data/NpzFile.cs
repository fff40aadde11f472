using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;

namespace Lr2vq.Data;

/// <summary>Arrays in an archive of NumPy's <c>.npz</c> format, read whole.</summary>
internal static class NpzFile
{
    private const int MaxArrays = 1024;

    /// <summary>Bytes of all arrays; what is larger belongs into <c>.npy</c> files, which are read piece by piece.</summary>
    private const long MaxBytes = 1L << 30;

    private const string Extension = ".npy";

    /// <summary>Names and arrays, in the order of the archive.</summary>
    /// <exception cref="InvalidDataException">Not such an archive, damaged, or too large.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<(string Name, NpyFile Array)> Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream);
    }

    /// <inheritdoc cref="Read(string)"/>
    public static IReadOnlyList<(string Name, NpyFile Array)> Read(Stream stream)
    {
        try
        {
            using ZipArchive archive = new(stream, ZipArchiveMode.Read, leaveOpen: true);
            if (archive.Entries.Count > MaxArrays) throw new InvalidDataException($"it has more than {MaxArrays} arrays");
            List<(string, NpyFile)> arrays = [];
            long left = MaxBytes;
            foreach (ZipArchiveEntry entry in archive.Entries.Where(e => e.FullName.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)))
            {
                using Stream content = entry.Open();
                NpyHeader header = NpyFile.ReadHeader(content);
                if ((left -= header.Bytes) < 0) throw new InvalidDataException($"its arrays have more than {MaxBytes:N0} bytes; save them as .npy files");
                arrays.Add((entry.FullName[..^Extension.Length], new NpyFile(header.Type, header.Shape, ReadGrowing(content, (int)header.Bytes))));
            }
            return arrays.Count > 0 ? arrays : throw new InvalidDataException("it holds no array");
        }
        catch (Exception problem) when (problem is NotSupportedException or ArgumentException or OverflowException or EndOfStreamException)
        {
            throw new InvalidDataException("the archive is damaged: " + problem.Message.TrimEnd('.'), problem);
        }
    }

    /// <summary>Memory is asked for as the values come: a header may claim what is not there.</summary>
    private static byte[] ReadGrowing(Stream stream, int length)
    {
        byte[] bytes = new byte[Math.Min(length, 1 << 20)];
        for (int at = 0; ;)
        {
            int read = stream.ReadAtLeast(bytes.AsSpan(at), bytes.Length - at, throwOnEndOfStream: false);
            at += read;
            if (at < bytes.Length) throw new InvalidDataException("the file ends too early");
            if (at == length) return bytes;
            Array.Resize(ref bytes, (int)Math.Min(length, 2L * bytes.Length));
        }
    }
}
