using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>Files of many kinds: those of this repository, of its data folder, and what the compiler made.</summary>
internal static class FileBytes
{
    private const int Half = 2048, Padding = 256;

    /// <summary>At most two files of each extension.</summary>
    public static IEnumerable<string> Files()
    {
        string[] roots = [Path.Combine(TestData.RepositoryRoot, "src"), Path.Combine(TestData.RepositoryRoot, "docs"), Path.Combine(TestData.RepositoryRoot, "samples"),
            Path.Combine(TestData.RepositoryRoot, "targets"), Path.Combine(TestData.Folder, "data"), Path.Combine(TestData.Folder, "cases"), Path.Combine(TestData.Folder, "tools"), AppContext.BaseDirectory];
        return roots.Where(Directory.Exists)
            .SelectMany(root => Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && new FileInfo(file).Length is > 64 and < 1 << 24)
            .GroupBy(file => Path.GetExtension(file).ToLowerInvariant()).SelectMany(kind => kind.Take(2));
    }

    /// <summary>First and last bytes without white space at the ends, filled up with 256: [1, 4096].</summary>
    public static HostTensor Ends(string path)
    {
        byte[] content = File.ReadAllBytes(path);
        var values = new int[2 * Half];
        Array.Fill(values, Padding);
        ReadOnlySpan<byte> white = " \t\n\r\v\f"u8, first = content.AsSpan().TrimStart(white), last = content.AsSpan().TrimEnd(white);
        int head = Math.Min(Half, first.Length), tail = Math.Min(Half, last.Length);
        for (int i = 0; i < head; i++) values[i] = first[i];
        for (int i = 0; i < tail; i++) values[2 * Half - tail + i] = last[last.Length - tail + i];
        return HostTensor.Of(values, 1, 2 * Half);
    }
}
