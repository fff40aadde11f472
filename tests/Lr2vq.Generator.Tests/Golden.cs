using System;
using System.IO;
using Xunit;

namespace Lr2vq.Generator.Tests;

/// <summary>Compares with a file that a person has read.</summary>
internal static class Golden
{
    /// <summary>Fails with the first line that differs and leaves what was made beside the golden file; LR2VQ_UPDATE_GOLDEN=1 accepts it.</summary>
    public static void Check(string name, string actual)
    {
        string folder = Path.Combine(GeneratorRun.Metadata("RepositoryRoot"), "tests", "Lr2vq.Generator.Tests", "Golden");
        string verified = Path.Combine(folder, name + ".verified.txt"), received = Path.Combine(folder, name + ".received.txt");
        if (Environment.GetEnvironmentVariable("LR2VQ_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(verified, actual);
            return;
        }
        string expected = File.Exists(verified) ? File.ReadAllText(verified).ReplaceLineEndings("\n") : "";
        if (expected == actual)
        {
            File.Delete(received);
            return;
        }
        File.WriteAllText(received, actual);
        string[] left = expected.Split('\n'), right = actual.Split('\n');
        int line = 0;
        while (line < left.Length && line < right.Length && left[line] == right[line]) line++;
        Assert.Fail($"{verified}({line + 1}): expected '{(line < left.Length ? left[line] : "")}', got '{(line < right.Length ? right[line] : "")}'. LR2VQ_UPDATE_GOLDEN=1 accepts.");
    }
}
