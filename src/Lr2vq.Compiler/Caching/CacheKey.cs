using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Lr2vq.Compression;

namespace Lr2vq.Caching;

/// <summary>The key of an artifact: everything that decides its bytes, and nothing else — no name or path of a file, no date, no machine.</summary>
internal static class CacheKey
{
    /// <param name="contentHash">SHA-256 of the model and its external data.</param>
    /// <param name="options">Canonical text of the options.</param>
    /// <returns>64 hex digits.</returns>
    public static string Of(string contentHash, string options)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, "lr2vq cache 1");
        Add(hash, ModelCompressor.AlgorithmVersion.ToString(CultureInfo.InvariantCulture));
        Add(hash, Algorithm);
        Add(hash, contentHash);
        Add(hash, options);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 over the content of files, in the order given.</summary>
    public static string HashFiles(IEnumerable<string> paths)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 18];
        foreach (string path in paths)
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
            for (int read; (read = stream.Read(buffer)) > 0;) hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Identity of the code that makes artifacts. Builds are deterministic: the same sources have the same identity everywhere, and
    /// other sources may give other bytes.</summary>
    private static string Algorithm { get; } = string.Join(' ', new[] { typeof(Lr2vqModel), typeof(Compressor), typeof(CacheKey) }
        .Select(type => type.Module.ModuleVersionId.ToString("N")));

    private static void Add(IncrementalHash hash, string text)
    {
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        hash.AppendData([0]);
    }
}
