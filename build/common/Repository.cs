using System;
using System.IO;

namespace Lr2vq.Building;

/// <summary>The folders of this checkout and of this machine.</summary>
internal static class Repository
{
    /// <summary>The folder that holds Lr2vq.Build.sln.</summary>
    public static string Root { get; } = FindRoot();

    public static string Artifacts => Path.Combine(Root, "artifacts");

    private static string FindRoot()
    {
        string? start = AppContext.GetData("EntryPointFileDirectoryPath") as string ?? Directory.GetCurrentDirectory();
        for (string? folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "Lr2vq.Build.sln"))) return folder;
        throw new InvalidOperationException($"Lr2vq.Build.sln is in no folder above {start}");
    }
}
