using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;

namespace Lr2vq.Building;

/// <summary>Builds the solution and packs its packages into the folder feed.</summary>
internal static class SolutionBuild
{
    public const string Configuration = "Release";

    /// <summary>Path of a program that the solution builds.</summary>
    public static string ProgramPath(string project) =>
        Path.Combine(Repository.Artifacts, "bin", project, Configuration.ToLowerInvariant(), project + ".dll");

    /// <summary>Builds everything, with all analyzers.</summary>
    public static void Build() =>
        Run("Building the solution", ["build", "Lr2vq.Build.sln", "-c", Configuration, "--nologo", "-v", "quiet", "-clp:NoSummary", "-p:RunAotAnalyzers=true"]);

    /// <summary>Packs what users install. The version does not change between two runs, so restored copies of our own packages are removed.</summary>
    /// <param name="isBuilt">True after <see cref="Build"/>; otherwise what the packages hold is built too, in the same process and without analyzers.</param>
    /// <param name="withNative">Whether the packages of training and of ONNX Runtime are packed too: to build them half a gigabyte each is restored.</param>
    public static void Pack(bool isBuilt = false, bool withNative = true)
    {
        string[] packed = withNative ? ["Lr2vq.Packages.slnf", Path.Combine("src", "Lr2vq.Training"), Path.Combine("src", "Lr2vq.OnnxRuntime")] : ["Lr2vq.Packages.slnf"];
        foreach (string what in packed)
            Run("Packing " + Path.GetFileName(what), ["pack", what, "-c", Configuration, "--nologo", "-v", "quiet", isBuilt ? "--no-build" : "-p:RunAnalyzers=false"]);
        string restored = Path.Combine(Repository.Artifacts, "packages");
        if (!Directory.Exists(restored)) return;
        foreach (string folder in Directory.GetDirectories(restored, "lr2vq.*")) Directory.Delete(folder, recursive: true);
    }

    private static void Run(string title, string[] arguments)
    {
        Console.WriteLine(title);
        Stopwatch clock = Stopwatch.StartNew();
        HashSet<string> shown = [];
        int code = Shell.Run("dotnet", arguments, environment: Shell.ShortLived, onLine: line =>
        {
            bool matters = line.Contains(": error ", StringComparison.Ordinal) || line.Contains(": warning ", StringComparison.Ordinal) || line.StartsWith("MSBUILD", StringComparison.Ordinal);
            if (matters && shown.Add(line.Trim())) Console.WriteLine("  " + line.Trim());
        });
        if (code != 0) throw new InvalidOperationException($"`dotnet {string.Join(' ', arguments)}` failed with exit code {code}");
        Console.WriteLine($"  {clock.Elapsed:m\\:ss}");
    }
}
