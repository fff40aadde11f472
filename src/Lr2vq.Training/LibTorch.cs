using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Lr2vq.Diagnostics;
using TorchSharp;

namespace Lr2vq.Training;

/// <summary>The native half of TorchSharp: whether it can be loaded, and what is missing where it cannot.</summary>
public static class LibTorch
{
    private const string Newest = "GLIBCXX_3.4.32 (libstdc++ of GCC 13) and glibc 2.38: Debian 13, Ubuntu 24.04, Fedora 39 or newer";

    // Numbers of mallopt(3).
    private const int TrimThreshold = -1, TopPadding = -2, MostMaps = -4, MostArenas = -8;

    private static readonly Lazy<string?> s_problem = new(Find);

    /// <summary>Folders with the native libraries, where the program's own has none: set before anything else is asked for.</summary>
    public static IReadOnlyList<string> Folders { get; set; } = [];

    /// <summary>Null if training works here; else what is missing and what helps.</summary>
    public static string? Problem => s_problem.Value;

    /// <summary>The diagnostic of <see cref="Problem"/>; null if training works here.</summary>
    internal static Diagnostic? Diagnose() => Problem is { } problem ? DiagnosticCatalogue.TrainingEngineMissing.At(default, problem) : null;

    /// <summary>Loads what TorchSharp will ask for, in the order in which one needs the other, and hands it over then.</summary>
    private static string? FromFolders()
    {
        string Name(string library) => OperatingSystem.IsWindows() ? library + ".dll" : "lib" + library + (OperatingSystem.IsMacOS() ? ".dylib" : ".so");
        Dictionary<string, IntPtr> handles = new(StringComparer.Ordinal);
        foreach (string library in (string[])["c10", "torch_cpu", "torch", "LibTorchSharp"])
        {
            if (Folders.Select(folder => Path.Combine(folder, Name(library))).FirstOrDefault(File.Exists) is not { } path) return $"{Name(library)} is in none of the folders {string.Join(", ", Folders)}";
            try
            {
                handles[library] = NativeLibrary.Load(path);
            }
            catch (Exception problem) when (problem is DllNotFoundException or BadImageFormatException)
            {
                return Explain(problem);
            }
        }
        AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll += (_, name) => handles.GetValueOrDefault(name);
        return null;
    }

    /// <summary>The loader names the symbols that it misses; that says little.</summary>
    private static string Explain(Exception problem) => OperatingSystem.IsLinux() && problem.Message.Contains("version `GLIBC", StringComparison.Ordinal)
        ? $"the C++ run time of this system is too old for libtorch 2.10, which needs {Newest}" : problem.Message.Split('\n')[0].TrimEnd('.');

    /// <summary>Values of a layer take megabytes and live for a part of a step. By default glibc asks the system for each of them and gives it back: most of a step is then spent on pages of zeros.</summary>
    private static void KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = SetAllocatorOption(MostMaps, 0);
            _ = SetAllocatorOption(MostArenas, 1);
            _ = SetAllocatorOption(TrimThreshold, int.MaxValue);
            _ = SetAllocatorOption(TopPadding, 64 << 20);
        }
        catch (Exception problem) when (problem is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another libc, whose allocator has no such options.
        }
    }

    [DllImport("libc", EntryPoint = "mallopt")]
    private static extern int SetAllocatorOption(int option, int value);

    private static string? Find()
    {
        KeepFreedMemory();
        if (RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64)) return "there is no libtorch for this processor";
        if (Folders.Count > 0 && FromFolders() is { } missing) return missing;
        string extension = OperatingSystem.IsWindows() ? ".dll" : OperatingSystem.IsMacOS() ? ".dylib" : ".so";
        string prefix = OperatingSystem.IsWindows() ? "" : "lib";
        string folder = Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native");
        if (!Directory.Exists(folder)) folder = AppContext.BaseDirectory;
        string library = Path.Combine(folder, prefix + "LibTorchSharp" + extension);
        // TorchSharp's own message names a package that is there; the loader's is the true one.
        if (File.Exists(library))
        {
            try
            {
                NativeLibrary.Load(library);
            }
            catch (Exception problem) when (problem is DllNotFoundException or BadImageFormatException)
            {
                return Explain(problem);
            }
        }
        try
        {
            return torch.__version__ is null ? "it has no version" : null;
        }
        catch (Exception problem) when (problem is TypeInitializationException or NotSupportedException or DllNotFoundException)
        {
            return ((problem.InnerException ?? problem).Message.Split('\n')[0]).TrimEnd('.');
        }
    }
}
