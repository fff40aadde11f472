using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Protocol;
using Lr2vq.Testing;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Caching;

/// <summary>The tool with a remote cache: machines are folders with a cache of their own.</summary>
public sealed class RemoteCacheToolTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TwoMachinesAndOneNginxCompressEachNetworkOnce()
    {
        using NginxServer nginx = new();
        string[] networks = [_folder.Classifier(), _folder.Pointwise(), _folder.Classifier("fixed.onnx", 1)];
        foreach (string network in networks) Assert.Contains(" s", Compress(nginx.Open, "one", network));
        string[] puts = [.. nginx.Requests.Where(r => r.StartsWith("PUT", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.Equal(2 * networks.Length, puts.Distinct().Count());
        Assert.All(puts, put => Assert.EndsWith(" 201", put));
        foreach (string network in networks) Assert.Contains("from the remote cache", Compress(nginx.Open, "two", network));
        Assert.Equal(puts, nginx.Requests.Where(r => r.StartsWith("PUT", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        foreach (string network in networks) Assert.Equal(File.ReadAllBytes(Artifact("one", network)), File.ReadAllBytes(Artifact("two", network)));
    }

    [Fact]
    public void MachinesAtOnceDoNoHarm()
    {
        using NginxServer nginx = new();
        string network = _folder.Classifier();
        string[] machines = ["one", "two", "three"];
        Parallel.ForEach(machines, machine => Compress(nginx.Open, machine, network));
        Assert.All(machines, machine => Assert.Equal(File.ReadAllBytes(Artifact("one", network)), File.ReadAllBytes(Artifact(machine, network))));
        Assert.Equal((1, 1), (nginx.Files("cas").Length, nginx.Files("ac").Length));
    }

    [Fact]
    public void APoisonedFileOfNginxIsRefusedRebuiltAndReplaced()
    {
        using NginxServer nginx = new();
        string network = _folder.Classifier();
        Compress(nginx.Open, "one", network);
        byte[] good = File.ReadAllBytes(Artifact("one", network)), bad = [.. good];
        bad[bad.Length / 2] ^= 1;
        File.WriteAllBytes(nginx.Files("cas").Single(), bad);
        Assert.Contains("LR2VQ6105", Compress(nginx.Open, "two", network));
        Assert.Equal(good, File.ReadAllBytes(Artifact("two", network)));
        Assert.Equal(good, File.ReadAllBytes(nginx.Files("cas").Single()));
        Assert.Contains("from the remote cache", Compress(nginx.Open, "three", network));
    }

    [Fact]
    public void APasswordOpensNginxAndIsNotShown()
    {
        using NginxServer nginx = new();
        string network = _folder.Classifier();
        Compress(nginx.Closed("farm:s3cret"), "one", network);
        Assert.Contains("from the remote cache", Compress(nginx.Closed("farm:s3cret"), "two", network));
        string refused = Compress(nginx.Closed("farm:wr0ng"), "three", network);
        Assert.Contains("LR2VQ6104", refused);
        Assert.Contains("401", refused);
        Assert.DoesNotContain("wr0ng", refused);
    }

    /// <summary>Everything fits together, but it is what another model, or other options, made.</summary>
    [Theory]
    [InlineData("other.onnx", "Balanced", "it was made of another model")]
    [InlineData("small.onnx", "Tiny", "it was made with other options")]
    public void AnEntryOfSomethingElseIsRefused(string model, string preset, string reason)
    {
        using CacheServer server = new();
        string network = _folder.Classifier(), other = model == "small.onnx" ? network : _folder.Pointwise(model);
        Compress(server.Address, "one", network);
        string key = server.Paths("ac").Single();
        byte[] good = File.ReadAllBytes(Artifact("one", network));
        Compress(server.Address, "one", other, "--preset", preset);
        server.Objects[key] = server.Objects[server.Paths("ac").Single(p => p != key)];
        Assert.Contains(reason, Compress(server.Address, "two", network));
        Assert.Equal(good, File.ReadAllBytes(Artifact("two", network)));
        Assert.Contains("from the remote cache", Compress(server.Address, "three", network));
    }

    [Fact]
    public void ABuildTakesItsAddressFromTheEnvironment()
    {
        using CacheServer server = new();
        string network = _folder.Classifier();
        Assert.False(Build("one", isReadOnly: true).FromCache);
        Assert.Empty(server.Objects);
        Assert.False(Build("two", isReadOnly: false).FromCache);
        ToolAnswer done = Build("three", isReadOnly: true);
        Assert.True(done.FromCache);
        Assert.EndsWith("from the remote cache", done.Text);

        ToolAnswer Build(string machine, bool isReadOnly)
        {
            ToolRequest request = new() { CacheDirectory = _folder[machine + "/cache"], RemoteCacheReadOnly = isReadOnly };
            request.Models.Add(new ToolModel(network) { ArtifactPath = Artifact(machine, network) });
            File.WriteAllText(_folder[machine + ".json"], request.ToJson());
            Dictionary<string, string> variables = new() { ["LR2VQ_REMOTE_CACHE"] = server.Address };
            ToolRun run = ToolRunner.Run(CancellationToken.None, null, variables, "build", "@" + _folder[machine + ".json"]);
            Assert.Equal((0, ""), (run.Code, run.Error));
            return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => ToolAnswer.TryParse(line)!).Single(a => a.Kind == ToolAnswerKind.Done);
        }
    }

    [Fact]
    public void AnAddressThatIsNoneIsAnError()
    {
        ToolRun run = ToolRunner.Run("compress", _folder.Classifier(), "--remote-cache", "ftp://jane:s3cret@example.com");
        Assert.Equal(2, run.Code);
        Assert.Contains("LR2VQ6106", run.Error);
        Assert.DoesNotContain("s3cret", run.Output + run.Error);
    }

    private string Artifact(string machine, string network) => _folder[$"{machine}/{Path.GetFileNameWithoutExtension(network)}.lr2vq"];

    /// <summary>Returns all that the tool said.</summary>
    private string Compress(string address, string machine, string network, params string[] options)
    {
        Directory.CreateDirectory(_folder[machine]);
        ToolRun run = ToolRunner.Run(["compress", network, "-o", Artifact(machine, network), "--cache-directory", _folder[machine + "/cache"], "--remote-cache", address, .. options]);
        Assert.True(run.Code == 0, run.Error);
        return run.Output + run.Error;
    }
}
