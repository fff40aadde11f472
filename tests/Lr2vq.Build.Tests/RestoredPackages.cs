using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace Lr2vq.Build.Tests;

/// <summary>What a restore leaves in <c>obj</c>. It is nearly half of a small build, and the same for all projects of one framework that reference our
/// package and nothing else: one is restored, the others get a copy in which their own path stands.</summary>
internal sealed partial class RestoredPackages(Workshop workshop)
{
    private readonly ConcurrentDictionary<string, Lazy<UserProject>> _restored = [];

    /// <summary>Gives a project what a restore would; false if it needs one of its own.</summary>
    /// <param name="project">The project, never restored before.</param>
    /// <param name="properties">XML of its properties.</param>
    /// <param name="items">XML of its items, our package as <c>$(Lr2vq)</c>.</param>
    public bool CopyTo(UserProject project, string properties, string items)
    {
        bool isPlain = project.File.EndsWith(".csproj", StringComparison.Ordinal) && items.Contains("$(Lr2vq)", StringComparison.Ordinal)
            && !items.Contains("Reference ", StringComparison.Ordinal) && !RestoreWords().IsMatch(properties);
        if (!isPlain || Framework().Match(properties) is not { Success: true } framework) return false;
        UserProject from = _restored.GetOrAdd(framework.Groups[1].Value, name => new Lazy<UserProject>(() => Restore(name))).Value;
        Directory.CreateDirectory(project.PathOf("obj"));
        foreach (string file in Directory.GetFiles(from.PathOf("obj")).Where(f => !f.EndsWith(".cache", StringComparison.Ordinal)))
            File.WriteAllText(project.PathOf("obj", Path.GetFileName(file).Replace(Path.GetFileName(from.File), Path.GetFileName(project.File), StringComparison.Ordinal)),
                File.ReadAllText(file).Replace(from.Folder, project.Folder, StringComparison.Ordinal)
                    .Replace(Path.GetFileNameWithoutExtension(from.File), Path.GetFileNameWithoutExtension(project.File), StringComparison.Ordinal));
        return true;
    }

    private UserProject Restore(string framework)
    {
        UserProject project = workshop.Project("restored-" + framework, $"<OutputType>Exe</OutputType><TargetFramework>{framework}</TargetFramework>", "$(Lr2vq)");
        project.MSBuild("restore").Succeeded();
        return project;
    }

    [GeneratedRegex(@"<TargetFramework>(net\d+\.0)</TargetFramework>")]
    private static partial Regex Framework();

    [GeneratedRegex("Restore|Package|Runtime|Publish")]
    private static partial Regex RestoreWords();
}
