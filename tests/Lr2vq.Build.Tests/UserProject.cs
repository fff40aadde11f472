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
    private readonly Workshop _workshop;
    private readonly string _properties, _items;
    private int _builds;

    internal UserProject(Workshop workshop, string name, string properties, string items, string extension)
    {
        (_workshop, _properties, _items) = (workshop, properties, items);
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

    /// <param name="file">A project that is there.</param>
    internal UserProject(Workshop workshop, string file)
    {
        (_workshop, _properties, _items, File) = (workshop, "", "", file);
        Folder = Path.GetDirectoryName(file)!;
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

    /// <summary>Runs <c>dotnet build</c> with a binary log; the first time with packages that one restore brought for all projects of its kind.</summary>
    public BuildResult Build(params string[] arguments)
    {
        bool isRestored = _builds == 0 && !arguments.Contains("--no-restore") && _workshop.Restored.CopyTo(this, _properties, _items);
        return MSBuild("build", isRestored ? ["--no-restore", .. arguments] : arguments);
    }

    /// <summary>Runs a command of dotnet that builds, on one core, in the process of MSBuild that stays.</summary>
    public BuildResult MSBuild(string verb, params string[] arguments)
    {
        string log = NextLog();
        return Result(_workshop.Server.Run(Words(verb, log, ["-m:1", .. arguments]), Folder, log), log);
    }

    /// <summary>Runs <c>dotnet build</c> in processes of its own, as in a terminal that has just been opened.</summary>
    /// <param name="interruptWhen">If given, Ctrl+C is pressed as soon as it is true.</param>
    public BuildResult BuildAlone(IReadOnlyDictionary<string, string>? environment, Func<bool>? interruptWhen, params string[] arguments)
    {
        string log = NextLog();
        return Result(Command.Run("dotnet", Words("build", log, arguments), Folder, environment, interruptWhen), log);
    }

    /// <summary>Runs the program that was built.</summary>
    public string Run(string framework = "net10.0", string? folder = null, params string[] arguments)
    {
        string program = Path.Combine(folder ?? PathOf("bin", "Debug", framework), Path.GetFileNameWithoutExtension(File) + ".dll");
        CommandResult result = Command.Run("dotnet", ["exec", "--roll-forward", "LatestMajor", program, .. arguments], Folder);
        Assert.True(result.ExitCode == 0, result.Output);
        return result.Output.Trim();
    }

    private string NextLog() => PathOf($"build{++_builds}.binlog");

    // Nobody reads the texts of the imported files, which are much of a log.
    private string[] Words(string verb, string log, string[] arguments) => [verb, File, "-nologo", "-v:m", "-tl:off", $"-bl:{log};ProjectImports=None", .. arguments];

    private static BuildResult Result(CommandResult result, string log) => new(result.ExitCode, result.Output, log);
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
        Assert.True(exitCode == 0, $"exit code {exitCode}:\n{output}");
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
