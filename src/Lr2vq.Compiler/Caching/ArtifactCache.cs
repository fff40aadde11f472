using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Diagnostics;

namespace Lr2vq.Caching;

/// <summary>Artifacts by what they were made of, shared by all projects of a machine, and by many machines where there is a remote cache. Safe between processes: one holds the lock of a key and
/// compresses, the others wait and take the result. Files appear whole or not at all.</summary>
/// <remarks>Files of a key: <c>KEY.lr2vq</c>, <c>KEY.json</c> (its date is the last use) and <c>KEY.lock</c> (stays empty; removing it would race).</remarks>
internal sealed class ArtifactCache
{
    /// <summary>Bytes that a cache holds unless the user says otherwise.</summary>
    public const long DefaultSize = 10_000_000_000;

    private const long SmallArtifact = 1 << 24;

    private const string NoReport = "its report is missing or damaged", OtherArtifact = "the artifact is not the one that was stored";

    private static readonly TimeSpan s_lockWait = TimeSpan.FromMilliseconds(100);

    /// <param name="folder">The folder; null or empty for the user's own.</param>
    /// <param name="sizeLimit">Bytes of artifacts to keep; 0 for no limit; null for the default.</param>
    public ArtifactCache(string? folder, long? sizeLimit = null)
    {
        Folder = string.IsNullOrEmpty(folder) ? DefaultFolder : Path.GetFullPath(folder);
        SizeLimit = sizeLimit ?? DefaultSize;
    }

    public string Folder { get; }

    /// <summary>Where other machines find artifacts and leave theirs; null for nowhere.</summary>
    public RemoteCache? Remote { get; init; }

    public long SizeLimit { get; }

    /// <summary><c>lr2vq/cache</c> below the user's local application data.</summary>
    public static string DefaultFolder
    {
        get
        {
            string local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return Path.Combine(local.Length > 0 ? local : Path.GetTempPath(), "lr2vq", "cache");
        }
    }

    /// <summary>Puts the artifact of <paramref name="key"/> to <paramref name="target"/>: from the cache, or by making it.</summary>
    /// <param name="make">Writes the artifact to the path it is given and describes it; null if it failed and said why.</param>
    /// <param name="mayMake">False: an artifact that is not in the cache is an error.</param>
    /// <param name="source">File name of the model, for messages.</param>
    /// <param name="diagnostics">Receives a warning if the cache cannot be used; the artifact is then made without it.</param>
    /// <param name="check">Says what is wrong with an artifact of the cache, which others may have written; null for nothing.</param>
    /// <param name="originalBytes">Bytes of the model, which bound those of a remote artifact.</param>
    /// <returns>Null if <paramref name="make"/> failed.</returns>
    /// <exception cref="DiagnosticException">The artifact is not in the cache but must be.</exception>
    public CacheResult? Fetch(string key, string target, Func<string, CacheReport?> make, bool mayMake, string source,
        DiagnosticBag diagnostics, CancellationToken cancellation, Func<string, string?>? check = null, long originalBytes = 0)
    {
        FileStream? held = null;
        try
        {
            held = TryLock(key, out string? problem, cancellation);
            // A cache that cannot be written to still serves what it has.
            if (TryTake(key, target, mayRemove: held is not null, check, diagnostics) is { } found) return new CacheResult(found, CacheOrigin.Folder);
            if (problem is not null) diagnostics.Add(DiagnosticCatalogue.CacheUnusable.At(default, Folder, problem));
            if (TryTakeRemote(key, target, originalBytes, check, diagnostics, cancellation) is { } shared)
            {
                if (held is not null) TryStore(key, target, shared, diagnostics);
                return new CacheResult(shared, CacheOrigin.Remote);
            }
            if (!mayMake) throw new DiagnosticException(DiagnosticCatalogue.CacheRequired.At(default, source, Folder));
            if (make(target) is not { } made) return null;
            if (held is not null) TryStore(key, target, made, diagnostics);
            // Others of this machine have it now.
            held?.Dispose();
            Remote?.TryStore(key, made, target, diagnostics, cancellation);
            return new CacheResult(made, CacheOrigin.None);
        }
        finally
        {
            held?.Dispose();
        }
    }

    /// <summary>The entries, most recently used first.</summary>
    public IReadOnlyList<CacheEntry> List()
    {
        if (!Directory.Exists(Folder)) return [];
        List<CacheEntry> entries = [];
        foreach (FileInfo artifact in new DirectoryInfo(Folder).EnumerateFiles("*.lr2vq"))
        {
            string key = Path.GetFileNameWithoutExtension(artifact.Name);
            if (!IsKey(key)) continue;
            FileInfo report = new(ReportPath(key));
            byte[]? bytes = TryRead(report.FullName);
            entries.Add(new CacheEntry(key, artifact.Length, bytes is null ? artifact.LastWriteTimeUtc : report.LastWriteTimeUtc,
                bytes is null ? null : CacheReport.TryParse(bytes)));
        }
        return [.. entries.OrderByDescending(e => e.LastUse).ThenBy(e => e.Key, StringComparer.Ordinal)];
    }

    /// <summary>Removes the least recently used entries until at most <paramref name="size"/> bytes are left, and what killed processes left.
    /// Entries in use stay.</summary>
    /// <returns>The entries removed.</returns>
    public IReadOnlyList<CacheEntry> Trim(long size)
    {
        IReadOnlyList<CacheEntry> entries = List();
        RemoveLeftovers();
        List<CacheEntry> removed = [];
        long total = entries.Sum(e => e.Bytes);
        foreach (CacheEntry entry in entries.Reverse())
        {
            if (total <= size) break;
            if (!TryRemove(entry.Key)) continue;
            total -= entry.Bytes;
            removed.Add(entry);
        }
        return removed;
    }

    /// <summary>Reads every artifact; damaged entries are removed.</summary>
    /// <returns>The damaged entries and what is wrong with them.</returns>
    public IReadOnlyList<(CacheEntry Entry, string Problem)> Verify(CancellationToken cancellation)
    {
        List<(CacheEntry, string)> damaged = [];
        foreach (CacheEntry entry in List())
        {
            cancellation.ThrowIfCancellationRequested();
            if (Damage(entry.Key, entry.Report) is not { } problem) continue;
            damaged.Add((entry, problem));
            TryRemove(entry.Key);
        }
        return damaged;
    }

    private string ArtifactPath(string key) => Path.Combine(Folder, key + ".lr2vq");

    private string ReportPath(string key) => Path.Combine(Folder, key + ".json");

    private string LockPath(string key) => Path.Combine(Folder, key + ".lock");

    /// <param name="problem">Why there can be no lock; null if there is one.</param>
    private FileStream? TryLock(string key, out string? problem, CancellationToken cancellation)
    {
        problem = null;
        try
        {
            CreateFolder();
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (TryOpenLock(key) is { } held) return held;
                cancellation.WaitHandle.WaitOne(s_lockWait);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message.TrimEnd('.');
            return null;
        }
    }

    /// <summary>Nobody else writes to a folder that the tool makes; one that is there keeps its permissions.</summary>
    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Folder);
        else Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Null if another process holds it.</summary>
    private FileStream? TryOpenLock(string key)
    {
        if (new FileInfo(LockPath(key)).LinkTarget is not null) throw new IOException($"'{LockPath(key)}' is a link");
        try
        {
            return new FileStream(LockPath(key), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException e) when (IsSharingViolation(e))
        {
            return null;
        }
    }

    /// <summary>Windows: ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION; Unix: EWOULDBLOCK, as .NET reports it for a locked file.</summary>
    private static bool IsSharingViolation(IOException e) =>
        e.GetType() == typeof(IOException) && (e.HResult & 0xFFFF) is 32 or 33 or 11 or 35;

    private CacheReport? TryTake(string key, string target, bool mayRemove, Func<string, string?>? check, DiagnosticBag diagnostics)
    {
        if (!File.Exists(ArtifactPath(key))) return null;
        CacheReport? report = TryRead(ReportPath(key)) is { } bytes ? CacheReport.TryParse(bytes) : null;
        if ((report is null ? NoReport : Take(key, target, report, check)) is { } problem)
        {
            diagnostics.Add(DiagnosticCatalogue.CacheEntryDamaged.At(default, key[..12], problem));
            if (mayRemove) Delete(key);
            return null;
        }
        try
        {
            File.SetLastWriteTimeUtc(ReportPath(key), DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Only the order of removal suffers.
        }
        return report;
    }

    /// <summary>Puts an entry to its target. What is checked is the copy, which nobody changes meanwhile.</summary>
    /// <returns>What is wrong with the entry; null if nothing is.</returns>
    private string? Take(string key, string target, CacheReport report, Func<string, string?>? check)
    {
        if (Damage(key, report) is { } damage) return damage;
        if (File.Exists(target) && CacheKey.HashFiles([target]) == report.Sha256) return check?.Invoke(target);
        FileStream artifact;
        try
        {
            artifact = new FileStream(ArtifactPath(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message.TrimEnd('.');
        }
        using TemporaryFile copy = new(target);
        using (artifact) copy.CopyFrom(artifact);
        string? problem = CacheKey.HashFiles([copy.Path]) == report.Sha256 ? check?.Invoke(copy.Path) : OtherArtifact;
        if (problem is null) copy.Keep();
        return problem;
    }

    /// <summary>Puts what another machine made to its target; null if there is nothing, or nothing that may be used.</summary>
    private CacheReport? TryTakeRemote(string key, string target, long originalBytes, Func<string, string?>? check, DiagnosticBag diagnostics, CancellationToken cancellation)
    {
        if (Remote?.TryFind(key, diagnostics, cancellation) is not { } entry) return null;
        using TemporaryFile copy = new(target);
        bool isThere = File.Exists(target) && CacheKey.HashFiles([target]) == entry.Sha256;
        // Even weights that are stored as they are take little more than the model.
        if (!isThere && !Remote.TryDownload(key, entry, copy, checked(2 * originalBytes + SmallArtifact), diagnostics, cancellation)) return null;
        if (check?.Invoke(isThere ? target : copy.Path) is { } problem)
        {
            Remote.Refuse(key, problem, diagnostics);
            return null;
        }
        if (!isThere) copy.Keep();
        return entry.Report;
    }

    private void TryStore(string key, string made, CacheReport report, DiagnosticBag diagnostics)
    {
        try
        {
            using (TemporaryFile artifact = new(ArtifactPath(key)))
            {
                using (FileStream content = new(made, FileMode.Open, FileAccess.Read, FileShare.Read, 1)) artifact.CopyFrom(content);
                artifact.Keep();
            }
            report = report with { Sha256 = CacheKey.HashFiles([made]) };
            using (TemporaryFile json = new(ReportPath(key)))
            {
                using (FileStream stream = json.Create()) stream.Write(report.ToJson());
                json.Keep();
            }
            if (SizeLimit > 0) Trim(SizeLimit);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            diagnostics.Add(DiagnosticCatalogue.CacheUnusable.At(default, Folder, e.Message.TrimEnd('.')));
        }
    }

    /// <summary>What is wrong with an entry; null if nothing is.</summary>
    private string? Damage(string key, CacheReport? report)
    {
        if (report is null) return NoReport;
        try
        {
            return CacheKey.HashFiles([ArtifactPath(key)]) == report.Sha256 ? null : OtherArtifact;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    /// <summary>False if another process uses the entry.</summary>
    private bool TryRemove(string key)
    {
        try
        {
            using FileStream? held = TryOpenLock(key);
            if (held is null) return false;
            Delete(key);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Delete(string key)
    {
        File.Delete(ArtifactPath(key));
        File.Delete(ReportPath(key));
    }

    private void RemoveLeftovers()
    {
        foreach (string file in Directory.Exists(Folder) ? Directory.EnumerateFiles(Folder, "*.tmp") : [])
        {
            try
            {
                if (File.GetLastWriteTimeUtc(file) < DateTime.UtcNow.AddHours(-1)) File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody writes it.
            }
        }
    }

    private static byte[]? TryRead(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllBytes(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsKey(string name) => name.Length == 64 && name.All(char.IsAsciiHexDigitLower);
}

/// <summary>An artifact in the cache.</summary>
/// <param name="Report">Null if it is missing or damaged.</param>
internal sealed record CacheEntry(string Key, long Bytes, DateTime LastUse, CacheReport? Report);

/// <summary>Where an artifact was found.</summary>
internal enum CacheOrigin { None, Folder, Remote }

/// <summary>An artifact that was put in place.</summary>
internal sealed record CacheResult(CacheReport Report, CacheOrigin Origin)
{
    public bool FromCache => Origin != CacheOrigin.None;
}
