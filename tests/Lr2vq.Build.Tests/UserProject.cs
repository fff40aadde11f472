using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.Build.Logging.StructuredLogger;
using Xunit;

namespace Lr2vq.Build.Tests;

/// <summary>A project as a user writes it.</summary>
public sealed class UserProject
{
    private int _builds;

    internal UserProject(Workshop workshop, string name, string properties, string items, string extension)
    {
        Folder = Directory.CreateDirectory(Path.Combine(workshop.Root, name)).FullName;
        File = Path.Combine(Folder, Path.GetFileName(name) + "." + extension);
        System.IO.File.WriteAllText(File, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                {items.Replace("$(Lr2vq)", $"""<PackageReference Include="Lr2vq.Build" Version="{workshop.Version}" />""", StringComparison.Ordinal)}
              </ItemGroup>
            </Project>
            """);
    }

    public string Folder { get; }

    public string File { get; }

    public string PathOf(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Folder of the products of our targets.</summary>
    public string Products(string framework = "net10.0") => PathOf("obj", "Debug", framework, "lr2vq");

    public UserProject Write(string name, string text)
    {
        System.IO.File.WriteAllText(PathOf(name), text);
        return this;
    }

    public UserProject Write(string name, byte[] content)
    {
        System.IO.File.WriteAllBytes(PathOf(name), content);
        return this;
    }

    /// <summary>Runs <c>dotnet build</c> with a binary log.</summary>
    public BuildResult Build(params string[] arguments) => MSBuild("build", null, null, arguments);

    /// <summary>Runs a command of dotnet that builds.</summary>
    internal BuildResult MSBuild(string verb, IReadOnlyDictionary<string, string>? environment, Func<bool>? interruptWhen, params string[] arguments)
    {
        string log = PathOf($"build{++_builds}.binlog");
        CommandResult result = Command.Run("dotnet", [verb, File, "-nologo", "-v:m", "-tl:off", "-bl:" + log, .. arguments], Folder, environment, interruptWhen);
        return new BuildResult(result.ExitCode, result.Output, log);
    }

    /// <summary>Runs the program that was built.</summary>
    public string Run(string framework = "net10.0", string? folder = null)
    {
        string program = Path.Combine(folder ?? PathOf("bin", "Debug", framework), Path.GetFileNameWithoutExtension(File) + ".dll");
        CommandResult result = Command.Run("dotnet", ["exec", "--roll-forward", "LatestMajor", program], Folder);
        Assert.True(result.ExitCode == 0, result.Output);
        return result.Output.Trim();
    }
}

/// <summary>What a build did.</summary>
public sealed class BuildResult(int exitCode, string output, string log)
{
    private static readonly string[] s_ours = ["_Lr2vqCollect", "_Lr2vqAnalyze", "Lr2vqCompress", "_Lr2vqAdd"];

    private Microsoft.Build.Logging.StructuredLogger.Build? _build;

    public string Output => output;

    public Microsoft.Build.Logging.StructuredLogger.Build Log => _build ??= BinaryLog.ReadBuild(log);

    public BuildResult Succeeded()
    {
        Assert.True(exitCode == 0, output);
        return this;
    }

    public BuildResult Failed()
    {
        Assert.True(exitCode != 0, "the build should have failed:\n" + output);
        return this;
    }

    /// <summary>How often a task ran.</summary>
    public int Runs(string task) => Log.FindChildrenRecursive<Microsoft.Build.Logging.StructuredLogger.Task>(t => t.Name == task).Count;

    /// <summary>Time of our targets, without what they started before them.</summary>
    public TimeSpan OurTime => new(Log.FindChildrenRecursive<Target>(t => s_ours.Contains(t.Name)).Sum(t => t.Duration.Ticks));

    /// <summary>Errors and warnings as <c>code file</c>, in order of the code.</summary>
    public IReadOnlyList<string> Problems => Log.FindChildrenRecursive<AbstractDiagnostic>()
        .Select(d => d.Code + " " + Path.GetFileName(d.File)).Distinct().Order(StringComparer.Ordinal).ToList();

    public IReadOnlyList<AbstractDiagnostic> Diagnostics(string code) => Log.FindChildrenRecursive<AbstractDiagnostic>(d => d.Code == code).DistinctBy(d => d.Text).ToList();

    /// <summary>The lines that sum up a model, cached or not.</summary>
    public IReadOnlyList<string> Summaries => output.Split('\n').Where(l => l.Contains('→') && l.Contains("relative error")).Select(l => l.Trim()).ToList();
}
