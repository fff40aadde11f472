using System.IO;
using System.Linq;
using Lr2vq.Fuzz;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Robustness;

/// <summary>What a fuzzer found, and what it begins with, does no harm.</summary>
public sealed class FuzzCorpusTests
{
    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    [Theory, MemberData(nameof(Targets))]
    public void Seeds_and_findings_do_no_harm(string target)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-seeds-").FullName;
        try
        {
            FuzzTargets.WriteSeeds(folder);
            string kept = Path.Combine(TestData.RepositoryRoot, "tests", "Lr2vq.Fuzz", "Corpus", target);
            string[] files = [.. Directory.GetFiles(Path.Combine(folder, target)), .. Directory.Exists(kept) ? Directory.GetFiles(kept) : []];
            using StringWriter output = new();
            Assert.True(FuzzTargets.Replay(target, files.Order(), output) == 0, output.ToString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
