using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security;
using System.Threading;
using Lr2vq.Diagnostics;

namespace Lr2vq.Tool.Training;

/// <summary>TorchSharp and the libtorch of this system, as NuGet packages in a packages folder. They are restored when something is trained that no cache has, apart from the
/// packages of the project: nothing of them gets into its graph or its output.</summary>
internal sealed class TrainingLibraries
{
    private const string Engine = "TorchSharp", NativePrefix = "libtorch-cpu-", Framework = "net8.0";

    private readonly string _system;
    private readonly (string Id, string Version)[] _packages;

    private TrainingLibraries(string system, (string, string)[] packages) => (_system, _packages) = (system, packages);

    /// <summary>What is needed, for people.</summary>
    private string Names => string.Join(", ", _packages.Select(p => $"{p.Id} {p.Version}"));

    /// <param name="list">File of the training package: a package and its version on each line.</param>
    /// <returns>Null, with a diagnostic, if there is no libtorch for this system.</returns>
    public static TrainingLibraries? Read(string list, DiagnosticBag bag)
    {
        string system = (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux") + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        (string Id, string Version)[] packages = [.. File.ReadAllLines(list).Select(line => line.Split(' ')).Where(words => words.Length == 2).Select(words => (words[0], words[1]))
            .Where(p => p.Item1 == Engine || p.Item1 == NativePrefix + system)];
        if (packages.Length == 2) return new TrainingLibraries(system, packages);
        bag.Add(DiagnosticCatalogue.TrainingEngineMissing.At(default, $"there is none for {system}"));
        return null;
    }

    /// <summary>The folders of assemblies and native libraries.</summary>
    /// <param name="source">Where packages are, and where they come from.</param>
    /// <param name="say">Told if they have to be restored.</param>
    /// <returns>Null, with a diagnostic, if they cannot be had.</returns>
    public IReadOnlyList<string>? Get(TrainingSource source, Action<string> say, DiagnosticBag bag, CancellationToken cancellation)
    {
        if (Find(source) is { } there) return there;
        say("restoring " + Names);
        string? problem = Restore(source, _packages, cancellation);
        if (problem is null && Find(source) is { } restored) return restored;
        bag.Add(DiagnosticCatalogue.TrainingLibrariesMissing.At(default, Names, problem ?? "they are not in the packages folder after a restore"));
        return null;
    }

    private string[]? Find(TrainingSource source)
    {
        List<string> folders = [];
        foreach ((string id, string version) in _packages)
        {
            string path = Path.Combine(id.ToLowerInvariant(), version);
            // The file that NuGet writes last.
            if (source.PackageFolders.Select(f => Path.Combine(f, path)).FirstOrDefault(f => File.Exists(Path.Combine(f, ".nupkg.metadata"))) is not { } folder) return null;
            if (id == Engine) folders.Add(Path.Combine(folder, "lib", Framework));
            folders.Add(Path.Combine(folder, "runtimes", _system, "native"));
        }
        return [.. folders];
    }

    /// <summary>Brings packages into the packages folder.</summary>
    /// <returns>What went wrong; null if nothing did.</returns>
    public static string? Restore(TrainingSource source, IEnumerable<(string Id, string Version)> packages, CancellationToken cancellation)
    {
        string folder = Path.Combine(Path.GetTempPath(), "lr2vq-restore-" + Guid.NewGuid().ToString("N"));
        try
        {
            Directory.CreateDirectory(folder);
            string project = Path.Combine(folder, "training.csproj");
            File.WriteAllText(project, Project(source, packages));
            return Run(project, cancellation);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return problem.Message.TrimEnd('.');
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A project that downloads packages and has nothing else: no graph of dependencies, nothing of the folders around it.</summary>
    private static string Project(TrainingSource source, IEnumerable<(string Id, string Version)> packages)
    {
        Dictionary<string, string> properties = new(source.Restore)
        {
            ["TargetFramework"] = Framework,
            ["ImportDirectoryBuildProps"] = "false",
            ["ImportDirectoryBuildTargets"] = "false",
            ["ImportDirectoryPackagesProps"] = "false",
            ["DisableImplicitFrameworkReferences"] = "true",
            ["NuGetAudit"] = "false",
            // Where nuget.config is looked for.
            ["RestoreRootConfigDirectory"] = source.ConfigFolder,
        };
        if (source.PackageFolders.Count > 0) properties["RestorePackagesPath"] = source.PackageFolders[0];
        string lines = string.Concat(properties.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"    <{p.Key}>{SecurityElement.Escape(p.Value)}</{p.Key}>\n"));
        string downloads = string.Concat(packages.Select(p => $"    <PackageDownload Include=\"{p.Id}\" Version=\"[{p.Version}]\" />\n"));
        return $"""
            <Project>
              <PropertyGroup>
            {lines}  </PropertyGroup>
              <Import Project="Sdk.props" Sdk="Microsoft.NET.Sdk" />
              <ItemGroup>
            {downloads}  </ItemGroup>
              <Import Project="Sdk.targets" Sdk="Microsoft.NET.Sdk" />
            </Project>
            """;
    }

    private static string? Run(string project, CancellationToken cancellation)
    {
        ProcessStartInfo start = new(LoaderHost.Dotnet(), ["restore", project, "-nologo", "-v:q", "-tl:off", "-nodeReuse:false"])
        {
            UseShellExecute = false, CreateNoWindow = true, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
            WorkingDirectory = Path.GetDirectoryName(project),
        };
        // What a build tells its own processes is not meant for another one.
        foreach (string name in start.Environment.Keys.Where(n => n.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || n is LoaderHost.Variable or LoaderHost.DotnetVariable).ToArray())
            start.Environment.Remove(name);
        using Process process = new() { StartInfo = start };
        Queue<string> lines = new();
        void Take(string? line)
        {
            if (string.IsNullOrWhiteSpace(line)) return;
            lock (lines)
            {
                lines.Enqueue(line.Trim());
                if (lines.Count > 3) lines.Dequeue();
            }
        }
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using (cancellation.Register(() => process.Kill(entireProcessTree: true))) process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode == 0) return null;
        lock (lines) return lines.Count > 0 ? string.Join(" / ", lines) : $"dotnet restore ended with {process.ExitCode}";
    }
}
