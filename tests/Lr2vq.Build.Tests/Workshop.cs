using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Lr2vq.Build.Tests;
using Lr2vq.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(Workshop))]

namespace Lr2vq.Build.Tests;

/// <summary>The folder outside the repository where projects of users are made, with the packed packages of this checkout.</summary>
public sealed class Workshop : IDisposable
{
    private static readonly string[] s_packages = ["Lr2vq.Runtime", "Lr2vq.Tool", "Lr2vq.Build", "Lr2vq.Hosting", "Lr2vq.Training", "Lr2vq.OnnxRuntime", "Lr2vq.Templates"];

    private int _caches;

    public Workshop()
    {
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(TestData.RepositoryRoot)))[..8];
        string home = Path.Combine(Path.GetTempPath(), "lr2vq-build-tests-" + key);
        Packages = Path.Combine(home, "packages");
        Root = Directory.CreateDirectory(Path.Combine(home, "work-" + Guid.NewGuid().ToString("N")[..8])).FullName;
        Server = new BuildServer(Root);
        Restored = new RestoredPackages(this);
        PackIfOld();
        ForgetOldPackages();
        Version = Path.GetFileNameWithoutExtension(PackagePath("Lr2vq.Build"))["Lr2vq.Build.".Length..];
        // Nothing of the developer's machine but the feeds that restore needs.
        File.WriteAllText(Path.Combine(Root, "Directory.Build.props"), $"""
            <Project>
              <PropertyGroup>
                <RestoreAdditionalProjectSources>{Feed}</RestoreAdditionalProjectSources>
                <RestorePackagesPath>{Packages}</RestorePackagesPath>
                <DisableTransitiveFrameworkReferenceDownloads>true</DisableTransitiveFrameworkReferenceDownloads>
                <NuGetAudit>false</NuGetAudit>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <AppendRuntimeIdentifierToOutputPath>false</AppendRuntimeIdentifierToOutputPath>
                <Lr2vqCacheDirectory Condition="'$(Lr2vqCacheDirectory)' == ''">{Path.Combine(Root, "cache")}</Lr2vqCacheDirectory>
              </PropertyGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(Root, "Directory.Build.targets"), "<Project />");
        File.WriteAllText(Path.Combine(Root, "Directory.Packages.props"), "<Project />");
    }

    /// <summary>Folder of this run; removed at its end.</summary>
    public string Root { get; }

    /// <summary>Where most projects are built.</summary>
    internal BuildServer Server { get; }

    /// <summary>What projects get that need no restore of their own.</summary>
    internal RestoredPackages Restored { get; }

    /// <summary>Version of the packed packages.</summary>
    public string Version { get; }

    /// <summary>Where restored packages go; kept between runs, but for our own.</summary>
    public string Packages { get; }

    private static string Feed => Path.Combine(TestData.RepositoryRoot, "artifacts", "feed");

    /// <summary>Path of a packed package.</summary>
    public static string PackagePath(string id) => Directory.GetFiles(Feed, id + ".*.nupkg").MaxBy(File.GetLastWriteTimeUtc)
        ?? throw new InvalidOperationException($"{id} was not packed");

    /// <summary>A folder of a cache that no other test uses.</summary>
    public string NewCache() => Path.Combine(Root, $"cache{++_caches}");

    /// <summary>A project of a user.</summary>
    /// <param name="name">Folder and name of the project.</param>
    /// <param name="properties">XML inside the PropertyGroup.</param>
    /// <param name="items">XML inside the ItemGroup.</param>
    public UserProject Project(string name, string properties, string items, string extension = "csproj") => new(this, name, properties, items, extension);

    /// <summary>A copy of a sample.</summary>
    public UserProject Sample(string name)
    {
        string target = Directory.CreateDirectory(Path.Combine(Root, "samples", name)).FullName;
        string source = Path.Combine(TestData.RepositoryRoot, "samples", name);
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        return new UserProject(this, Path.Combine(target, name + ".csproj"));
    }

    public void Dispose()
    {
        Server.Dispose();
        if (Environment.GetEnvironmentVariable("LR2VQ_KEEP") != "1") Directory.Delete(Root, recursive: true);
    }

    /// <summary>The test command packs before; running these tests alone must not test yesterday's packages.</summary>
    private static void PackIfOld()
    {
        string root = TestData.RepositoryRoot;
        DateTime newest = new[] { "src", "targets" }.SelectMany(f => Directory.EnumerateFiles(Path.Combine(root, f), "*", SearchOption.AllDirectories))
            .Append(Path.Combine(root, "Directory.Build.props")).Max(File.GetLastWriteTimeUtc);
        if (s_packages.All(id => Directory.Exists(Feed) && Directory.GetFiles(Feed, id + ".*.nupkg").Any(file => File.GetLastWriteTimeUtc(file) >= newest))) return;
        CommandResult result = Command.Run("dotnet", ["run", "build/pack.cs"], root);
        Assert.True(result.ExitCode == 0, result.Output);
    }

    /// <summary>NuGet knows packages by id and version, which do not change while we work.</summary>
    private void ForgetOldPackages()
    {
        string mark = Path.Combine(Packages, "lr2vq.stamp");
        string now = string.Join("\n", s_packages.Select(id => PackagePath(id) + " " + File.GetLastWriteTimeUtc(PackagePath(id)).Ticks));
        if (File.Exists(mark) && File.ReadAllText(mark) == now) return;
        Directory.CreateDirectory(Packages);
        foreach (string folder in Directory.GetDirectories(Packages, "lr2vq.*")) Directory.Delete(folder, recursive: true);
        File.WriteAllText(mark, now);
    }
}
