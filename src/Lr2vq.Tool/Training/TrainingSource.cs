using System;
using System.Collections.Generic;
using System.IO;
using Lr2vq.Protocol;

namespace Lr2vq.Tool.Training;

/// <summary>Where the training package and its libraries are, and where they come from.</summary>
internal sealed record TrainingSource
{
    public const string PackageId = "Lr2vq.Training", AssemblyName = "Lr2vq.Training.dll";

    /// <summary>Names Lr2vq.Training.dll for the command line.</summary>
    public const string Variable = "LR2VQ_TRAINING";

    /// <summary>The assembly that trains; null if there is none.</summary>
    public string? Assembly { get; init; }

    /// <summary>Folders with restored packages; the first is written to.</summary>
    public required IReadOnlyList<string> PackageFolders { get; init; }

    /// <summary>Properties of MSBuild that say where packages come from.</summary>
    public IReadOnlyDictionary<string, string> Restore { get; init; } = new Dictionary<string, string>();

    /// <summary>Where nuget.config is looked for.</summary>
    public required string ConfigFolder { get; init; }

    /// <summary>What to do if there is no package.</summary>
    public required string Remedy { get; init; }

    /// <summary>For a build: what the project says.</summary>
    public static TrainingSource Of(ToolRequest request) => new()
    {
        Assembly = request.Training?.Assembly,
        PackageFolders = request.Training?.PackageFolders is { Count: > 0 } folders ? folders : [UserPackages()],
        Restore = request.Training?.Restore ?? new Dictionary<string, string>(),
        ConfigFolder = request.ProjectDirectory ?? Directory.GetCurrentDirectory(),
        Remedy = $"Add to the project: <PackageReference Include=\"{PackageId}\" Version=\"{ToolVersion.Package}\" PrivateAssets=\"all\" />",
    };

    /// <summary>For the command line: the package of this version in the user's packages folder, where <c>lr2vq install-training</c> brings it.</summary>
    public static TrainingSource OfCommandLine()
    {
        string packages = UserPackages(), installed = Path.Combine(packages, PackageId.ToLowerInvariant(), ToolVersion.Package, "tools", "net10.0", AssemblyName);
        string? named = Environment.GetEnvironmentVariable(Variable);
        return new()
        {
            Assembly = !string.IsNullOrEmpty(named) ? Path.GetFullPath(named) : File.Exists(installed) ? installed : null,
            PackageFolders = [packages],
            ConfigFolder = Directory.GetCurrentDirectory(),
            Remedy = "Run: lr2vq install-training",
        };
    }

    private static string UserPackages() => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } chosen ? Path.GetFullPath(chosen)
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
}
