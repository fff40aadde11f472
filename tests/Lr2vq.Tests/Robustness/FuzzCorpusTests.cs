using System;
using System.IO;
using System.Linq;
using Lr2vq.Fuzz;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Robustness;

/// <summary>What a fuzzer found, and what it begins with, does no harm.</summary>
public sealed class FuzzCorpusTests(FuzzCorpusTests.SeedFolder seeds) : IClassFixture<FuzzCorpusTests.SeedFolder>
{
    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    [Theory, MemberData(nameof(Targets))]
    public void Seeds_and_findings_do_no_harm(string target)
    {
        string kept = Path.Combine(TestData.RepositoryRoot, "tests", "Lr2vq.Fuzz", "Corpus", target);
        string[] files = [.. Directory.GetFiles(Path.Combine(seeds.Folder, target)), .. Directory.Exists(kept) ? Directory.GetFiles(kept) : []];
        using StringWriter output = new();
        Assert.True(FuzzTargets.Replay(target, files.Order(), output) == 0, output.ToString());
    }

    /// <summary>The seeds of all targets.</summary>
    public sealed class SeedFolder : IDisposable
    {
        public SeedFolder() => FuzzTargets.WriteSeeds(Folder);

        public string Folder { get; } = Directory.CreateTempSubdirectory("lr2vq-seeds-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
