using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Caching;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Caching;

public sealed class RemoteCacheTests : IDisposable
{
    private const int Bytes = 100_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-remote").FullName;
    private readonly CacheServer _server = new();
    private readonly DiagnosticBag _problems = new();
    private readonly List<RemoteCache> _clients = [];
    private int _made;

    public void Dispose()
    {
        foreach (RemoteCache client in _clients) client.Dispose();
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void TwoMachinesMakeAnArtifactOnce()
    {
        Assert.Equal(CacheOrigin.None, Fetch("one", "a").Origin);
        CacheResult second = Fetch("two", "a");
        Assert.Equal((1, CacheOrigin.Remote), (_made, second.Origin));
        Assert.Equal(File.ReadAllBytes(Target("one", "a")), File.ReadAllBytes(Target("two", "a")));
        Assert.Equal(new CachedWarning("LR2VQ4001", "lossy", "w"), Assert.Single(second.Report.Warnings));
        // From then on it is in the machine's own cache, and is not asked for again.
        File.Delete(Target("two", "a"));
        Assert.Equal(CacheOrigin.Folder, Fetch("two", "a").Origin);
        Assert.Equal(["GET ac", "PUT cas", "PUT ac", "GET ac", "GET cas"], _server.Requests);
        Assert.Empty(_problems.All);
    }

    [Fact]
    public void WhatIsInPlaceAlreadyIsNeitherFetchedNorWritten()
    {
        Fetch("one", "a");
        DateTime old = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Target("one", "a"), old);
        Directory.Delete(Path.Combine(_folder, "one", "cache"), recursive: true);
        Assert.Equal(CacheOrigin.Remote, Fetch("one", "a").Origin);
        Assert.Equal(old, File.GetLastWriteTimeUtc(Target("one", "a")));
        Assert.DoesNotContain("GET cas", _server.Requests);
    }

    [Fact]
    public void ReadOnlyUploadsNothing()
    {
        Fetch("one", "a", Client(mayUpload: false));
        Assert.Equal(["GET ac"], _server.Requests);
        Assert.Empty(_problems.All);
    }

    [Fact]
    public void TwoMachinesAtOnceDoNoHarm()
    {
        Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i => Fetch("machine" + i, "a"));
        int made = _made;
        Assert.Equal(CacheOrigin.Remote, Fetch("later", "a").Origin);
        Assert.Equal(made, _made);
        Assert.Single(_server.Objects.Keys, p => p.StartsWith("/cas/", StringComparison.Ordinal));
        Assert.Empty(_problems.All);
    }

    [Fact]
    public void ARequiredCacheMayBeRemote()
    {
        Fetch("one", "a");
        Assert.Equal(CacheOrigin.Remote, Cache("two", Client()).Fetch(Key("a"), Target("two", "a"), _ => null, mayMake: false, "a.onnx", _problems, CancellationToken.None, originalBytes: Bytes)!.Origin);
        DiagnosticException missing = Assert.Throws<DiagnosticException>(() =>
            Cache("two", Client()).Fetch(Key("b"), Target("two", "b"), _ => null, mayMake: false, "b.onnx", _problems, CancellationToken.None));
        Assert.Equal("LR2VQ6102", Assert.Single(missing.Diagnostics).Id);
    }

    [Fact]
    public void AMachineWhoseFolderIsOfNoUseStillTakes()
    {
        Fetch("one", "a");
        Directory.CreateDirectory(Path.Combine(_folder, "two"));
        File.WriteAllText(Path.Combine(_folder, "two", "cache"), "a file where the folder should be");
        Assert.Equal(CacheOrigin.Remote, Fetch("two", "a").Origin);
        Assert.Equal("LR2VQ6101", Assert.Single(_problems.All).Id);
    }

    public static TheoryData<string> Faults => ["500", "403", "304", "loop", "cut", "cut artifact", "silent", "silent artifact", "trickle", "no HTTP", "nobody"];

    /// <summary>Whatever the server does, the artifact is made, and one note says why.</summary>
    [Theory, MemberData(nameof(Faults))]
    public void FailuresAreOneNoteAndTheArtifactIsMade(string fault)
    {
        Fetch("one", "a");
        Fetch("one", "b");
        int before = _server.Requests.Count;
        using CancellationTokenSource gone = new();
        _server.Misbehave = context => Misbehave(context, fault, gone.Token);
        using TcpListener other = new(IPAddress.Loopback, 0);
        if (fault == "no HTTP") AnswerOtherwise(other);
        int port = fault == "no HTTP" ? ((IPEndPoint)other.LocalEndpoint).Port : CacheServer.FreePort();
        RemoteCache client = fault is "nobody" or "no HTTP" ? Client($"http://127.0.0.1:{port}/cache") : Client(patience: fault is "silent" or "silent artifact" or "trickle" ? 300 : 20_000);
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Equal(CacheOrigin.None, Fetch("two", "a", client).Origin);
        Assert.Equal(CacheOrigin.None, Fetch("two", "b", client).Origin);
        gone.Cancel();
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), $"{clock.Elapsed}");
        Diagnostic note = Assert.Single(_problems.All);
        Assert.Equal(("LR2VQ6104", DiagnosticSeverity.Info), (note.Id, note.Severity));
        // Nothing is asked after a failure; redirections are followed three times.
        Assert.Equal(fault switch { "nobody" or "no HTTP" => 0, "cut artifact" or "silent artifact" => 2, "loop" => 4, _ => 1 }, _server.Requests.Count - before);
        Assert.Equal(new byte[Bytes], File.ReadAllBytes(Target("two", "b")));
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder, "*.tmp", SearchOption.AllDirectories), _ => true);
    }

    [Theory]
    [InlineData(413)]
    [InlineData(401)]
    [InlineData(507)]
    [InlineData(303)]
    public void AnUploadThatIsRefusedIsANote(int status)
    {
        _server.Misbehave = context =>
        {
            if (context.Request.HttpMethod != "PUT") return false;
            context.Request.InputStream.CopyTo(Stream.Null);
            context.Response.StatusCode = status;
            if (status == 303) context.Response.RedirectLocation = _server.Address + "/elsewhere";
            context.Response.Close();
            return true;
        };
        // What the redirection would make of the PUT succeeds.
        _server.Objects["/elsewhere"] = [1];
        Fetch("one", "a");
        Assert.Equal("LR2VQ6104", Assert.Single(_problems.All).Id);
        Assert.DoesNotContain("PUT ac", _server.Requests);
        Assert.True(File.Exists(Target("one", "a")));
    }

    [Fact]
    public void ARedirectionIsFollowedWithoutTheCredentials()
    {
        using CacheServer store = new();
        Fetch("one", "a");
        foreach ((string path, byte[] bytes) in _server.Objects) store.Objects[path] = bytes;
        _server.Misbehave = context =>
        {
            context.Response.StatusCode = 307;
            context.Response.RedirectLocation = store.Address + context.Request.Url!.AbsolutePath["/cache".Length..];
            context.Response.Close();
            return true;
        };
        Assert.Equal(CacheOrigin.Remote, Fetch("two", "a", Client(_server.Address, "Bearer secret")).Origin);
        Assert.Contains("Bearer secret", _server.Secrets);
        Assert.All(store.Secrets, secret => Assert.Equal("", secret));
    }

    public static TheoryData<string> Poisons => ["other bytes", "longer", "shorter", "empty", "no entry", "entry of another", "huge claim", "huge artifact", "endless artifact", "huge entry", "contradiction", "foreign code"];

    /// <summary>An object that is not what it should be is refused with its reason, the artifact made, and the object replaced.</summary>
    [Theory, MemberData(nameof(Poisons))]
    public void APoisonedObjectIsRefusedRebuiltAndReplaced(string poison)
    {
        Fetch("one", "a");
        Fetch("one", "b", bytes: 70_000);
        byte[] entry = _server.Objects[$"/ac/{Key("a")}"];
        long sent = 0;
        Poison(poison, entry);
        if (poison == "endless artifact")
            _server.Misbehave = context =>
            {
                if (context.Request.HttpMethod != "GET" || !context.Request.Url!.AbsolutePath.Contains("/cas/", StringComparison.Ordinal)) return false;
                context.Response.SendChunked = true;
                byte[] block = new byte[1 << 16];
                for (; sent < 1 << 28; sent += block.Length) context.Response.OutputStream.Write(block);
                return true;
            };
        Assert.Equal(CacheOrigin.None, Fetch("two", "a").Origin);
        Diagnostic warning = Assert.Single(_problems.All);
        Assert.Equal(("LR2VQ6105", DiagnosticSeverity.Warning), (warning.Id, warning.Severity));
        Assert.Equal(new byte[Bytes], File.ReadAllBytes(Target("two", "a")));
        // What the buffers of a connection hold, not what the server would like to send.
        Assert.True(sent < 1 << 27, $"{sent} bytes were taken");
        _server.Misbehave = null;
        Assert.Equal(CacheOrigin.Remote, Fetch("three", "a").Origin);
        Assert.Single(_problems.All);
    }

    [Theory]
    [InlineData("http://jane:p%40ss@127.0.0.1:PORT/cache?sig=abc", null, "Basic amFuZTpwQHNz?sig=abc")]
    [InlineData("http://jane:pass@127.0.0.1:PORT/cache/", "Bearer token", "Bearer token")]
    [InlineData(" http://127.0.0.1:PORT/cache ", null, "")]
    public void CredentialsGoToTheServerAndNowhereElse(string address, string? authorization, string expected)
    {
        RemoteCache client = Client(address.Replace("PORT", _server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal), authorization);
        Fetch("one", "a", client);
        Assert.All(_server.Secrets, secret => Assert.Equal(expected, secret));
        Assert.Equal(3, _server.Secrets.Count);
        _server.Misbehave = context =>
        {
            context.Response.StatusCode = 500;
            context.Response.Close();
            return true;
        };
        Fetch("two", "a", client);
        string text = Assert.Single(_problems.All).Text;
        Assert.Contains($"http://127.0.0.1:{_server.Port}/cache is", text);
        foreach (string secret in (string[])["jane", "p%40ss", "p@ss", "pass", "abc", "token"]) Assert.DoesNotContain(secret, text);
    }

    [Theory]
    [InlineData("cache.example.com")]
    [InlineData("ftp://jane:secret@cache.example.com")]
    [InlineData("https://")]
    [InlineData("/folder")]
    [InlineData("file:///tmp/secret")]
    public void AnAddressThatIsNoneIsAnErrorThatDoesNotRepeatIt(string address)
    {
        DiagnosticException problem = Assert.Throws<DiagnosticException>(() => new RemoteCache(address));
        Assert.Equal("LR2VQ6106", Assert.Single(problem.Diagnostics).Id);
        Assert.DoesNotContain("secret", problem.Message);
    }

    [Fact]
    public void ACredentialThatIsNoHeaderIsAnError() =>
        Assert.Equal("LR2VQ6106", Assert.Single(Assert.Throws<DiagnosticException>(() => new RemoteCache(_server.Address, "Bearer a\r\nHost: evil")).Diagnostics).Id);

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    public void WaitingForTheServerCanBeCancelled(string method)
    {
        using CancellationTokenSource cancel = new(), gone = new();
        _server.Misbehave = context =>
        {
            if (context.Request.HttpMethod != method) return false;
            cancel.CancelAfter(100);
            gone.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(30));
            return true;
        };
        Stopwatch clock = Stopwatch.StartNew();
        Assert.ThrowsAny<OperationCanceledException>(() => Cache("one", Client()).Fetch(Key("a"), Target("one", "a"), path => Make(path, Bytes), true, "a.onnx", _problems, cancel.Token));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}");
        gone.Cancel();
        Assert.Empty(_problems.All);
    }

    [Fact]
    public void AnEntryComesBack()
    {
        RemoteEntry entry = new(new string('a', 64), 5, new CacheReport { Source = "ü.onnx", OriginalBytes = 9, Seconds = 1.5 });
        RemoteEntry read = RemoteEntry.TryParse(entry.ToBytes())!;
        Assert.Equal((entry.Sha256, 5, "ü.onnx", 9, 5), (read.Sha256, read.Bytes, read.Report.Source, read.Report.OriginalBytes, read.Report.ArtifactBytes));
        byte[] bytes = entry.ToBytes();
        // Servers add who made it: field 9, a message.
        Assert.NotNull(RemoteEntry.TryParse([.. bytes, 0x4A, 2, 0x0A, 0]));
        for (int length = 0; length < bytes.Length; length++) Assert.Null(RemoteEntry.TryParse(bytes[..length]));
        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] changed = [.. bytes];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            RemoteEntry.TryParse(changed);
        }
    }

    private bool Misbehave(HttpListenerContext context, string fault, CancellationToken gone)
    {
        bool isArtifact = context.Request.Url!.AbsolutePath.Contains("/cas/", StringComparison.Ordinal);
        if (fault.EndsWith(" artifact", StringComparison.Ordinal) && !isArtifact) return false;
        HttpListenerResponse response = context.Response;
        switch (fault)
        {
            case "loop":
                response.StatusCode = 302;
                response.RedirectLocation = context.Request.Url.AbsoluteUri;
                break;
            case "cut" or "cut artifact":
                response.ContentLength64 = Bytes;
                response.OutputStream.Write(new byte[100]);
                response.OutputStream.Flush();
                response.Abort();
                return true;
            case "silent" or "silent artifact":
                gone.WaitHandle.WaitOne(TimeSpan.FromSeconds(30));
                response.Abort();
                return true;
            case "trickle":
                // Something always comes, but never enough.
                response.ContentLength64 = Bytes;
                for (int i = 0; i < 600 && !gone.IsCancellationRequested; i++, Thread.Sleep(50)) response.OutputStream.Write([0]);
                response.Abort();
                return true;
            default:
                response.StatusCode = int.Parse(fault, System.Globalization.CultureInfo.InvariantCulture);
                break;
        }
        response.Close();
        return true;
    }

    private static void AnswerOtherwise(TcpListener listener)
    {
        listener.Start();
        _ = Task.Run(async () =>
        {
            using TcpClient caller = await listener.AcceptTcpClientAsync();
            await caller.GetStream().WriteAsync("SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray());
        });
    }

    private void Poison(string poison, byte[] entry)
    {
        string key = $"/ac/{Key("a")}", artifact = "/cas/" + RemoteEntry.TryParse(entry)!.Sha256;
        RemoteEntry good = RemoteEntry.TryParse(entry)!;
        switch (poison)
        {
            case "other bytes": _server.Objects[artifact] = [.. Enumerable.Repeat((byte)1, Bytes)]; break;
            case "longer" or "huge artifact": _server.Objects[artifact] = new byte[poison == "longer" ? Bytes + 1 : 1 << 26]; break;
            case "shorter": _server.Objects[artifact] = new byte[Bytes - 1]; break;
            case "empty": _server.Objects[artifact] = []; break;
            case "no entry": _server.Objects[key] = Encoding.UTF8.GetBytes("<html>Welcome</html>"); break;
            // Sound in itself, but another model's.
            case "entry of another": _server.Objects[key] = _server.Objects[$"/ac/{Key("b")}"]; break;
            case "huge claim": _server.Objects[key] = (good with { Bytes = 1L << 40 }).ToBytes(); break;
            case "huge entry": _server.Objects[key] = new byte[RemoteEntry.MaxBytes + 1]; break;
            case "contradiction": _server.Objects[key] = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(entry).Replace($"\"artifactBytes\": {Bytes}", $"\"artifactBytes\": {Bytes - 1}", StringComparison.Ordinal)); break;
            case "foreign code": _server.Objects[key] = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(entry).Replace("LR2VQ4001", "CS0001:xx", StringComparison.Ordinal)); break;
        }
        bool isChanged = poison == "endless artifact" || !_server.Objects[key].AsSpan().SequenceEqual(entry) || !_server.Objects[artifact].AsSpan().SequenceEqual(new byte[Bytes]);
        Assert.True(isChanged);
    }

    private RemoteCache Client(bool mayUpload = true) => Client(_server.Address, mayUpload: mayUpload);

    private RemoteCache Client(int patience) => Client(_server.Address, patience: patience);

    private RemoteCache Client(string address, string? authorization = null, bool mayUpload = true, int patience = 20_000)
    {
        RemoteCache client = new(address, authorization, mayUpload) { Patience = TimeSpan.FromMilliseconds(patience), SlowestRate = 1 << 22 };
        lock (_clients) _clients.Add(client);
        return client;
    }

    private ArtifactCache Cache(string machine, RemoteCache remote) => new(Path.Combine(_folder, machine, "cache")) { Remote = remote };

    private static string Key(string name) => CacheKey.Of(name, "");

    private string Target(string machine, string name) => Path.Combine(_folder, machine, name + ".lr2vq");

    private CacheResult Fetch(string machine, string name, RemoteCache? remote = null, int bytes = Bytes) =>
        Cache(machine, remote ?? Client()).Fetch(Key(name), Target(machine, name), path => Make(path, bytes), true, name + ".onnx", _problems, CancellationToken.None,
            path => new FileInfo(path).Length == bytes ? null : "it was made of another model", originalBytes: bytes)!;

    private CacheReport Make(string path, int bytes)
    {
        Interlocked.Increment(ref _made);
        File.WriteAllBytes(path, new byte[bytes]);
        return new CacheReport { Source = "a.onnx", OriginalBytes = 1000, ArtifactBytes = bytes, Warnings = [new CachedWarning("LR2VQ4001", "lossy", "w")] };
    }
}
