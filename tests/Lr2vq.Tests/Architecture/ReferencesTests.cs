using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Architecture;

/// <summary>Who may refer to whom: docs/architecture.md says it in words, this list enforces it.</summary>
public sealed class ReferencesTests
{
    /// <summary>Project: the projects of ours, and the packages, that it may reference.</summary>
    private static readonly Dictionary<string, (string[] Projects, string[] Packages)> Projects = new()
    {
        ["Lr2vq.Runtime"] = ([], []),
        ["Lr2vq.Hosting"] = (["Lr2vq.Runtime"], ["Microsoft.Extensions.Diagnostics.HealthChecks"]),
        ["Lr2vq.Compression"] = (["Lr2vq.Runtime"], []),
        ["Lr2vq.Compiler"] = (["Lr2vq.Compression"], ["StbImageSharp"]),
        ["Lr2vq.OnnxRuntime"] = (["Lr2vq.Runtime"], ["Microsoft.ML.OnnxRuntime"]),
        ["Lr2vq.Training"] = (["Lr2vq.Compiler"], ["TorchSharp", "libtorch-cpu-linux-x64", "libtorch-cpu-win-x64", "libtorch-cpu-osx-arm64"]),
        ["Lr2vq.Tool"] = (["Lr2vq.Compiler"], ["System.CommandLine", "Spectre.Console", "StbImageWriteSharp"]),
        ["Lr2vq.Generator"] = ([], ["Microsoft.CodeAnalysis.CSharp"]),
        ["Lr2vq.Build"] = ([], ["Microsoft.Build.Framework", "Microsoft.Build.Utilities.Core"]),
        ["Lr2vq.Templates"] = ([], []),
    };

    /// <summary>Folder of Runtime, which is its namespace too: the namespaces that its files may use.</summary>
    private static readonly Dictionary<string, string[]> Folders = new()
    {
        ["Diagnostics"] = [],
        ["Memory"] = [],
        ["Plan"] = [],
        ["Kernels"] = ["Codecs", "Memory", "Plans"],
        ["Codecs"] = ["Diagnostics", "Kernels", "Memory", "Plans"],
        ["Artifact"] = ["Codecs", "Diagnostics", "Memory", "Plans"],
        ["Operators"] = ["Codecs", "Diagnostics", "Kernels", "Memory", "Plans"],
        ["Pictures"] = ["Plans"],
        ["Sessions"] = ["Artifacts", "Codecs", "Diagnostics", "Kernels", "Memory", "Operators", "Pictures", "Plans"],
    };

    /// <summary>Folders whose files other projects compile in: for netstandard2.0, and, in the tool, so that an Interface has one form
    /// whether the task or <c>lr2vq plan --interface</c> writes it.</summary>
    private static readonly Dictionary<string, string[]> Links = new()
    {
        ["Lr2vq.Generator"] = ["../Lr2vq.Runtime/Plan/", "../Lr2vq.Runtime/Diagnostics/"],
        ["Lr2vq.Tool"] = ["../Lr2vq.Generator/Classes/"],
        ["Lr2vq.Build"] = ["../Lr2vq.Runtime/Plan/", "../Lr2vq.Runtime/Diagnostics/", "../Lr2vq.Compiler/Onnx/Interface/", "../Lr2vq.Compiler/Options/Words/", "../Lr2vq.Tool/Protocol/", "../Lr2vq.Generator/"],
    };

    private static string Source => Path.Combine(TestData.RepositoryRoot, "src");

    [Fact]
    public void ProjectsReferToWhatTheyMay()
    {
        List<string> wrong = [];
        foreach (string file in Directory.GetFiles(Source, "*.csproj", SearchOption.AllDirectories))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            if (!Projects.TryGetValue(name, out (string[] Projects, string[] Packages) allowed))
            {
                wrong.Add(name + " is not in the list of projects");
                continue;
            }
            XElement project = XElement.Load(file);
            foreach (XElement reference in project.Descendants("ProjectReference"))
            {
                string other = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'));
                // Built before, and packed, but not referenced.
                if ((string?)reference.Attribute("ReferenceOutputAssembly") == "false") continue;
                if (!allowed.Projects.Contains(other)) wrong.Add(name + " refers to " + other);
            }
            foreach (XElement reference in project.Descendants("PackageReference"))
                if (reference.Attribute("Include")?.Value is { } package && !allowed.Packages.Contains(package)) wrong.Add(name + " refers to " + package);
            foreach (XElement link in project.Descendants("Compile"))
                if (link.Attribute("Include")?.Value is { } path && path.Contains("..")
                    && !Links.GetValueOrDefault(name, []).Any(folder => path.Replace('\\', '/').StartsWith(folder, StringComparison.Ordinal)))
                    wrong.Add(name + " compiles " + path);
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public void FoldersOfTheRunTimeDoNotReferUpwards()
    {
        List<string> wrong = [];
        string runtime = Path.Combine(Source, "Lr2vq.Runtime");
        HashSet<string> namespaces = [.. Folders.Keys.Except(["Plan", "Artifact"]), "Plans", "Artifacts"];
        foreach (string folder in Directory.GetDirectories(runtime).Select(path => Path.GetFileName(path)!))
        {
            if (folder is "bin" or "obj") continue;
            if (!Folders.TryGetValue(folder, out string[]? allowed))
            {
                wrong.Add(folder + " is not in the list of folders");
                continue;
            }
            string own = folder switch { "Plan" => "Plans", "Artifact" => "Artifacts", _ => folder };
            foreach (string file in Directory.GetFiles(Path.Combine(runtime, folder), "*.cs", SearchOption.AllDirectories))
                foreach (string line in File.ReadLines(file))
                {
                    if (line.TrimStart().StartsWith("//", StringComparison.Ordinal)) continue;
                    // A namespace of ours, written out or relative to ours.
                    foreach (Match match in Regex.Matches(line, @"(?:\bLr2vq\.|^using |[\s(<])(?<name>[A-Z]\w+)(?=[.;])"))
                    {
                        string used = match.Groups["name"].Value;
                        bool isNamespace = match.Value.Contains("Lr2vq.", StringComparison.Ordinal) || used is "Plans" or "Artifacts";
                        if (isNamespace && namespaces.Contains(used) && used != own && !allowed.Contains(used))
                            wrong.Add($"{Path.GetRelativePath(runtime, file)} uses {used}: {line.Trim()}");
                    }
                }
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public void TheRunTimeHasNoReflectionNoClockAndNoRandomNumbers()
    {
        Regex forbidden = new(@"\b(Activator\.|MakeGeneric|GetMethod\(|GetProperty\(|Reflection\.Emit|Expression\.|dynamic |DateTime\.|Stopwatch|Environment\.TickCount|new Random\(|Random\.Shared|Guid\.NewGuid)");
        List<string> wrong = [];
        // Metrics tell how long a call took; nothing is computed from it.
        foreach (string file in Directory.GetFiles(Path.Combine(Source, "Lr2vq.Runtime"), "*.cs", SearchOption.AllDirectories))
            if (!file.Contains(Path.DirectorySeparatorChar + "obj" + Path.DirectorySeparatorChar, StringComparison.Ordinal) && Path.GetFileName(file) != "ModelMetrics.cs")
                wrong.AddRange(File.ReadLines(file).Where(line => forbidden.IsMatch(line)).Select(line => Path.GetFileName(file) + ": " + line.Trim()));
        Assert.Empty(wrong);
    }
}
