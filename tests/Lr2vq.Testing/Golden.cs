using System;
using System.IO;
using System.Reflection;
using Xunit;

namespace Lr2vq.Testing;

/// <summary>Compares a text with a recorded one: <c>tests/PROJECT/Golden/NAME.verified.txt</c>. A different text is written beside it as
/// <c>NAME.received.txt</c>; with <c>LR2VQ_UPDATE_GOLDEN=1</c> it becomes the recorded one.</summary>
internal static class Golden
{
    /// <param name="name">Name of the file without its ending; may hold a folder.</param>
    public static void Check(string name, string text)
    {
        string project = Assembly.GetEntryAssembly()?.GetName().Name ?? "Lr2vq.Tests";
        string folder = Path.Combine(TestData.RepositoryRoot, "tests", project, "Golden");
        string verified = Path.Combine(folder, name + ".verified.txt"), received = Path.Combine(folder, name + ".received.txt");
        text = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        string? recorded = File.Exists(verified) ? File.ReadAllText(verified).Replace("\r\n", "\n", StringComparison.Ordinal) : null;
        if (recorded == text)
        {
            File.Delete(received);
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(verified)!);
        if (Environment.GetEnvironmentVariable("LR2VQ_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(verified, text);
            File.Delete(received);
            return;
        }
        File.WriteAllText(received, text);
        Assert.Fail(recorded is null
            ? $"{verified} does not exist; read {received}, then set LR2VQ_UPDATE_GOLDEN=1 to record it"
            : $"{name} differs from the recorded text {FirstDifference(recorded, text)}; compare {verified} with {received}");
    }

    private static string FirstDifference(string recorded, string text)
    {
        string[] before = recorded.Split('\n'), after = text.Split('\n');
        for (int i = 0; i < Math.Max(before.Length, after.Length); i++)
        {
            string old = i < before.Length ? before[i] : "(end)", now = i < after.Length ? after[i] : "(end)";
            if (old != now) return $"in line {i + 1}:\n  recorded: {old}\n  now:      {now}\n";
        }
        return "";
    }
}
