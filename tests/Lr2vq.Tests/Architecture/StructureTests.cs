using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Architecture;

/// <summary>Where things are: files that fit a screen or a few, folders that are namespaces, rules that are written once.</summary>
public sealed partial class StructureTests
{
    private const int LongestFile = 400, LongestRepetition = 8;

    /// <summary>Folders whose namespace is their plural, since a type has their name.</summary>
    private static readonly string[] Plurals = ["Artifact", "Graph", "Plan"];

    /// <summary>Rooms of operators: a file holds what is particular to one.</summary>
    public static TheoryData<string> Rooms => ["src/Lr2vq.Compiler/Import", "src/Lr2vq.Runtime/Operators"];

    [Fact]
    public void NoFileIsLong()
    {
        IEnumerable<string> wrong = Sources("src", "tests").Where(file => !file.EndsWith(".g.cs", StringComparison.Ordinal))
            .Select(file => (file, Lines: Read(file).Length)).Where(f => f.Lines > LongestFile).Select(f => $"{f.file} has {f.Lines} lines");
        Assert.Empty(wrong);
    }

    [Fact]
    public void FoldersAreNamespaces()
    {
        List<string> wrong = [];
        foreach (string file in Sources("src"))
        {
            string[] path = file.Split('/');
            string project = path[1]["Lr2vq.".Length..], space = "";
            foreach (string line in Read(file))
                if (Declaration().Match(line) is { Success: true } declaration) space = declaration.Groups[1].Value;
            // A room may be divided into folders that share its namespace. What users of the run time name is in Lr2vq itself.
            string[] rooms = [project, .. path[2..^1].Select(folder => Plurals.Contains(folder) ? folder + "s" : folder)];
            bool fits = rooms.Any(room => space.EndsWith("." + room, StringComparison.Ordinal)) || space == "Lr2vq" && project == "Runtime";
            // Extension methods of services are where users look for them.
            if (!fits && space is not ("System.Runtime.CompilerServices" or "Microsoft.Extensions.DependencyInjection")) wrong.Add($"{file} has the namespace {space}");
        }
        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void NoTwoOperatorsSayTheSame(string room)
    {
        var first = new Dictionary<string, string>(StringComparer.Ordinal);
        var wrong = new HashSet<string>(StringComparer.Ordinal);
        foreach (string file in Sources(room))
        {
            string[] lines = [.. Read(file).Select(line => Spaces().Replace(line.Trim(), " "))
                .Where(line => line.Length > 0 && !line.StartsWith("using ", StringComparison.Ordinal) && !line.StartsWith("namespace ", StringComparison.Ordinal))];
            for (int i = 0; i + LongestRepetition < lines.Length; i++)
            {
                string some = string.Join('\n', lines[i..(i + LongestRepetition + 1)]);
                if (first.TryAdd(some, file) || first[some] == file) continue;
                wrong.Add($"{file} repeats {first[some]} from \"{lines[i]}\"");
            }
        }
        Assert.Empty(wrong);
    }

    /// <summary>Files below the root, relative to it, with '/'.</summary>
    private static IEnumerable<string> Sources(params string[] folders)
    {
        foreach (string folder in folders)
            foreach (string path in Directory.GetFiles(Path.Combine(TestData.RepositoryRoot, folder), "*.cs", SearchOption.AllDirectories))
                if (Path.GetRelativePath(TestData.RepositoryRoot, path).Replace('\\', '/') is var file && !file.Contains("/obj/", StringComparison.Ordinal)) yield return file;
    }

    private static string[] Read(string file) => File.ReadAllLines(Path.Combine(TestData.RepositoryRoot, file));

    [GeneratedRegex(@"^namespace ([\w.]+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
