using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Artifacts;
using Lr2vq.Caching;
using Lr2vq.Diagnostics;
using Xunit;

namespace Lr2vq.Tests.Caching;

public sealed class ArtifactCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-cache").FullName;
    private readonly DiagnosticBag _problems = new();
    private int _made;

    private string CacheFolder => Path.Combine(_folder, "cache");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void SecondFetchTakesTheFirstOnesArtifact()
    {
        ArtifactCache cache = new(CacheFolder);
        CacheResult first = Fetch(cache, "a", bytes: 100), second = Fetch(cache, "a", bytes: 100);
        Assert.Equal((1, false, true), (_made, first.FromCache, second.FromCache));
        Assert.Equal(File.ReadAllBytes(Target("a")), new byte[100]);
        CachedWarning warning = Assert.Single(second.Report.Warnings);
        Assert.Equal(new CachedWarning("LR2VQ4001", "lossy", "w"), warning);
        Assert.Empty(_problems.All);
    }

    [Fact]
    public void EqualTargetIsNotWrittenAgain()
    {
        ArtifactCache cache = new(CacheFolder);
        Fetch(cache, "a", 10);
        DateTime old = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Target("a"), old);
        Fetch(cache, "a", 10);
        Assert.Equal(old, File.GetLastWriteTimeUtc(Target("a")));
    }

    [Fact]
    public void OnlyOneOfManyCompresses()
    {
        ArtifactCache cache = new(CacheFolder);
        Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i =>
            cache.Fetch(Key("a"), Path.Combine(_folder, $"out{i}.lr2vq"), path => Make(path, 50, wait: 200), true, "a.onnx", new DiagnosticBag(), CancellationToken.None));
        Assert.Equal(1, _made);
        Assert.Equal(6, Directory.GetFiles(_folder, "out*.lr2vq").Length);
    }

    [Fact]
    public void LeastRecentlyUsedGoesFirst()
    {
        ArtifactCache cache = new(CacheFolder, sizeLimit: 250);
        foreach (string name in (string[])["a", "b"])
        {
            Fetch(cache, name, 100);
            File.SetLastWriteTimeUtc(Path.Combine(CacheFolder, Key(name) + ".json"), DateTime.UtcNow.AddHours(name == "a" ? -2 : -1));
        }
        Fetch(cache, "a", 100);
        Fetch(cache, "c", 100);
        Assert.Equal([Key("c"), Key("a")], cache.List().Select(e => e.Key));
        Assert.Equal(2, cache.Trim(0).Count);
        Assert.Empty(cache.List());
    }

    [Fact]
    public void DamagedEntryIsMadeAgain()
    {
        ArtifactCache cache = new(CacheFolder);
        Fetch(cache, "a", 100);
        File.WriteAllBytes(Path.Combine(CacheFolder, Key("a") + ".lr2vq"), new byte[99]);
        Assert.False(Fetch(cache, "a", 100).FromCache);
        Assert.Equal("LR2VQ6103", Assert.Single(_problems.All).Id);

        File.WriteAllText(Path.Combine(CacheFolder, Key("a") + ".json"), "{");
        Assert.Single(cache.Verify(CancellationToken.None));
        Assert.Empty(cache.List());
    }

    [Fact]
    public void UnusableCacheIsAWarning()
    {
        File.WriteAllText(CacheFolder, "a file where the folder should be");
        ArtifactCache cache = new(Path.Combine(CacheFolder, "inside"));
        Assert.False(Fetch(cache, "a", 100).FromCache);
        Assert.True(File.Exists(Target("a")));
        Diagnostic problem = Assert.Single(_problems.All);
        Assert.Equal(("LR2VQ6101", DiagnosticSeverity.Warning), (problem.Id, problem.Severity));
    }

    [Fact]
    public void MissingEntryIsAnErrorWhereTheCacheIsRequired()
    {
        ArtifactCache cache = new(CacheFolder);
        DiagnosticException problem = Assert.Throws<DiagnosticException>(() =>
            cache.Fetch(Key("a"), Target("a"), path => Make(path, 1), mayMake: false, "a.onnx", _problems, CancellationToken.None));
        Assert.Equal("LR2VQ6102", Assert.Single(problem.Diagnostics).Id);
    }

    /// <summary>As in a folder that cannot be written to: nobody can hold the lock.</summary>
    [Fact]
    public void ReadOnlyCacheServesWhatItHas()
    {
        ArtifactCache cache = new(CacheFolder);
        Fetch(cache, "a", 100);
        MakeReadOnly("a");
        CacheResult found = cache.Fetch(Key("a"), Path.Combine(_folder, "other.lr2vq"), _ => null, mayMake: false, "a.onnx", _problems, CancellationToken.None)!;
        Assert.True(found.FromCache);
        Assert.Equal(new byte[100], File.ReadAllBytes(Path.Combine(_folder, "other.lr2vq")));
        Assert.Empty(_problems.All);
        // What is damaged there is neither used nor removed.
        File.WriteAllBytes(Path.Combine(CacheFolder, Key("a") + ".lr2vq"), new byte[99]);
        Assert.False(Fetch(cache, "a", 50).FromCache);
        Assert.Equal(["LR2VQ6103", "LR2VQ6101"], _problems.All.Select(d => d.Id));
        Assert.Equal(99, new FileInfo(Path.Combine(CacheFolder, Key("a") + ".lr2vq")).Length);
    }

    /// <summary>Artifact and report fit each other, but not the model.</summary>
    [Fact]
    public void EntryOfSomethingElseIsNotUsed()
    {
        ArtifactCache cache = new(CacheFolder);
        Fetch(cache, "a", 100);
        Fetch(cache, "b", 50);
        foreach (string extension in (string[])[".lr2vq", ".json"])
            File.Copy(Path.Combine(CacheFolder, Key("b") + extension), Path.Combine(CacheFolder, Key("a") + extension), overwrite: true);
        File.Delete(Target("a"));
        CacheResult result = cache.Fetch(Key("a"), Target("a"), path => Make(path, 100), true, "a.onnx", _problems, CancellationToken.None,
            path => new FileInfo(path).Length == 100 ? null : "it was made of another model")!;
        Assert.False(result.FromCache);
        Assert.Equal(100, new FileInfo(Target("a")).Length);
        Assert.Equal("LR2VQ6103", Assert.Single(_problems.All).Id);
    }

    [Fact]
    public void LinksOfOthersAreNotFollowed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        string victim = Path.Combine(_folder, "victim");
        File.WriteAllText(victim, "mine");
        Directory.CreateDirectory(CacheFolder);
        // The name that temporary files once had.
        foreach (string name in (string[])[Key("a") + ".lr2vq", Key("a") + ".json"])
            File.CreateSymbolicLink(Path.Combine(CacheFolder, $"{name}.{Environment.ProcessId}.tmp"), victim);
        ArtifactCache cache = new(CacheFolder);
        Fetch(cache, "a", 100);
        Assert.Equal("mine", File.ReadAllText(victim));
        File.CreateSymbolicLink(Path.Combine(CacheFolder, Key("b") + ".lock"), victim);
        Fetch(cache, "b", 100);
        Assert.Equal("LR2VQ6101", Assert.Single(_problems.All).Id);
        Assert.Equal("mine", File.ReadAllText(victim));
    }

    [Fact]
    public void NobodyElseWritesToAFolderThatTheToolMakes()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no Unix modes");
            return;
        }
        Fetch(new ArtifactCache(CacheFolder), "a", 1);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(CacheFolder));
    }

    [Fact]
    public void TwoTemporaryFilesOfOneNameDiffer()
    {
        using TemporaryFile first = new(Target("x")), second = new(Target("x"));
        Assert.NotEqual(first.Path, second.Path);
        first.Create().Dispose();
        Assert.Throws<IOException>(() => first.Create());
    }

    [Fact]
    public void FailureLeavesNothing()
    {
        ArtifactCache cache = new(CacheFolder);
        Assert.Throws<OperationCanceledException>(() => cache.Fetch(Key("a"), Target("a"), _ => throw new OperationCanceledException(), true, "a.onnx", _problems, CancellationToken.None));
        Assert.Empty(cache.List());
        Assert.Equal([Key("a") + ".lock"], Directory.GetFiles(CacheFolder).Select(Path.GetFileName));
        Assert.Equal(1, Fetch(cache, "a", 5).Report.ArtifactBytes / 5);
    }

    [Fact]
    public void WaitingCanBeCancelled()
    {
        ArtifactCache cache = new(CacheFolder);
        using CancellationTokenSource source = new();
        Fetch(cache, "a", 1);
        using FileStream held = new(Path.Combine(CacheFolder, Key("a") + ".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        source.CancelAfter(50);
        Assert.ThrowsAny<OperationCanceledException>(() => cache.Fetch(Key("a"), Target("a"), path => Make(path, 1), true, "a.onnx", _problems, source.Token));
        Assert.Empty(cache.Trim(0));
    }

    [Fact]
    public void KeyDependsOnEveryPart()
    {
        HashSet<string> keys = [CacheKey.Of("a", "b"), CacheKey.Of("ab", ""), CacheKey.Of("", "ab"), CacheKey.Of("a", "c")];
        Assert.Equal(4, keys.Count);
        Assert.Equal(CacheKey.Of("a", "b"), keys.First());
    }

    private void MakeReadOnly(string name)
    {
        File.Delete(Path.Combine(CacheFolder, Key(name) + ".lock"));
        Directory.CreateDirectory(Path.Combine(CacheFolder, Key(name) + ".lock"));
    }

    private static string Key(string name) => CacheKey.Of(name, "");

    private string Target(string name) => Path.Combine(_folder, name + ".lr2vq");

    private CacheResult Fetch(ArtifactCache cache, string name, int bytes) =>
        cache.Fetch(Key(name), Target(name), path => Make(path, bytes), true, name + ".onnx", _problems, CancellationToken.None)!;

    private CacheReport Make(string path, int bytes, int wait = 0)
    {
        Interlocked.Increment(ref _made);
        Thread.Sleep(wait);
        File.WriteAllBytes(path, new byte[bytes]);
        return new CacheReport { Source = "a.onnx", OriginalBytes = 1000, ArtifactBytes = bytes, Warnings = [new CachedWarning("LR2VQ4001", "lossy", "w")] };
    }
}
