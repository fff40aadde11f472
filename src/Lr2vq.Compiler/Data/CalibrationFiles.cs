using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Lr2vq.Diagnostics;

namespace Lr2vq.Data;

/// <summary>Files of one part of <c>CalibrationData</c>.</summary>
/// <param name="Input">The input they are for; null where none is named.</param>
/// <param name="Pattern">The file, folder or pattern that the user wrote.</param>
/// <param name="Files">Whole paths, in the order of the samples.</param>
internal sealed record CalibrationPart(string? Input, string Pattern, IReadOnlyList<string> Files);

/// <summary>The files that <c>CalibrationData</c> and <c>CalibrationLabels</c> name; which of them suit the network shows when the set is opened.</summary>
internal sealed class CalibrationFiles
{
    /// <summary>What says that the folder of a picture is its class.</summary>
    public const string FolderLabels = "folders";

    private string? _fingerprint;

    /// <summary>The parts, in the order of the option.</summary>
    public required IReadOnlyList<CalibrationPart> Parts { get; init; }

    /// <summary>A file with the classes of the samples, <see cref="FolderLabels"/>, or null.</summary>
    public string? Labels { get; init; }

    /// <summary>Names of the classes, for labels that are names; may be empty.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>Every file that the samples depend on.</summary>
    public IEnumerable<string> All => Parts.SelectMany(p => p.Files).Concat(Labels is null or FolderLabels ? [] : [Labels]).Distinct();

    /// <summary>SHA-256 of what the samples are made of, in their order: part of the cache's key. A file's name is not, so moved data stay what
    /// they are; where folders are labels, their names count.</summary>
    /// <exception cref="DiagnosticException">A file cannot be read.</exception>
    public string Fingerprint()
    {
        if (_fingerprint is not null) return _fingerprint;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 18];
        foreach (CalibrationPart part in Parts)
        {
            Add("input " + part.Input + " of " + part.Files.Count);
            foreach (string file in part.Files)
            {
                Add(DataFileKinds.Of(file).ToString());
                if (Labels == FolderLabels) Add(ClassFolder(file));
                else if (Labels is not null) Add(Path.GetFileName(file));
                AddContent(file);
            }
        }
        if (Labels is not null and not FolderLabels) AddContent(Labels);
        if (Labels is not null)
            foreach (string name in ClassNames) Add(name);
        return _fingerprint = Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string text)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(text));
            hash.AppendData([0]);
        }

        void AddContent(string file)
        {
            try
            {
                using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
                byte[] length = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(length, stream.Length);
                hash.AppendData(length);
                for (int read; (read = stream.Read(buffer)) > 0;) hash.AppendData(buffer, 0, read);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                throw new DiagnosticException(DiagnosticCatalogue.CalibrationFileDamaged.At(new DiagnosticPlace(file), file, problem.Message.TrimEnd('.')));
            }
        }
    }

    /// <summary>The name of the folder that a file lies in.</summary>
    public static string ClassFolder(string file) => Path.GetFileName(Path.GetDirectoryName(file)) ?? "";

    /// <summary>Reads <c>calib/*.jpg</c> or <c>image=calib;ids=ids.npy</c>.</summary>
    /// <param name="words">What the user wrote.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    /// <param name="problem">Told each part that names no file of a known kind, and why.</param>
    public static IReadOnlyList<CalibrationPart> Find(string words, string folder, Action<string, string> problem)
    {
        List<CalibrationPart> parts = [];
        foreach (string word in words.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                if (Find(word, folder) is not { } part) problem(word, "there is no such file or folder, and nothing matches it");
                else if (part.Files.Count == 0) problem(word, $"it holds none of {DataFileKinds.Text}");
                // Pipes and devices have no length; to open one may wait for ever.
                else if (part.Files.FirstOrDefault(f => new FileInfo(f).Length == 0) is { } empty) problem(word, $"'{Path.GetFileName(empty)}' is empty");
                else parts.Add(part);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                problem(word, e.Message.TrimEnd('.'));
            }
        }
        return parts;
    }

    /// <summary>Names and paths may hold equals signs, so what exists decides which of them ends a name. Null if nothing exists.</summary>
    private static CalibrationPart? Find(string word, string folder)
    {
        for (int at = -1; at < word.Length; at = word.IndexOf('=', at + 1) is >= 0 and var next ? next : word.Length)
        {
            string pattern = word[(at + 1)..].Trim();
            if (pattern.Length == 0) continue;
            IReadOnlyList<string> all = FilePattern.Find(pattern, folder);
            if (all.Count == 0) continue;
            // A file that is named itself is used whatever it is called; among others lie notes and lists.
            bool isNamed = all.Count == 1 && all[0] == Path.GetFullPath(pattern.Replace('\\', '/'), folder);
            return new CalibrationPart(at < 0 ? null : word[..at].Trim(), pattern, isNamed ? all : [.. all.Where(f => DataFileKinds.Of(f) != DataFileKind.Unknown)]);
        }
        return null;
    }
}
