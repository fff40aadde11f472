using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;

namespace Lr2vq.Tool.Training;

/// <summary>Starts programs of .NET with a C++ run time that is newer than the system's, for that process alone: the system stays as it is, and so does whatever the
/// program starts.</summary>
/// <remarks>A newer libstdc++ wants a newer libc, and that its own loader. The <c>dotnet</c> host finds .NET beside the program that the system says is running, which
/// under a loader is the loader. So a folder has a copy of the loader that is called <c>dotnet</c>, and links to what the host looks for.</remarks>
internal static class LoaderHost
{
    /// <summary>The folder with the newer libraries.</summary>
    public const string Variable = "LR2VQ_CXX_RUNTIME";

    /// <summary>The dotnet program, for what runs under a loader.</summary>
    public const string DotnetVariable = "LR2VQ_DOTNET";

    private const string Loader = "ld-linux-x86-64.so.2", SystemLibraries = "/usr/lib/x86_64-linux-gnu";

    /// <summary>What starts an assembly: the program, and the arguments in front of the assembly's path.</summary>
    /// <param name="libraries">The folder with the newer libraries and their loader.</param>
    /// <param name="dotnet">The dotnet program.</param>
    /// <exception cref="IOException">The folder lacks something, or there is no place for the links.</exception>
    public static (string Program, string[] Arguments) Command(string libraries, string dotnet)
    {
        libraries = Path.GetFullPath(libraries);
        foreach (string file in (string[])[Loader, "libc.so.6", "libstdc++.so.6", "libgcc_s.so.1"])
            if (!File.Exists(Path.Combine(libraries, file))) throw new FileNotFoundException($"'{libraries}' has no {file}");
        string root = Path.GetDirectoryName(File.ResolveLinkTarget(dotnet, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(dotnet))!;
        string loader = Path.Combine(libraries, Loader);
        string local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
        if (local.Length == 0) throw new IOException("there is no folder for application data");
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{root}\n{loader}\n{File.GetLastWriteTimeUtc(loader).Ticks}")))[..16];
        string folder = Path.Combine(local, "lr2vq", "host", key), program = Path.Combine(folder, "dotnet");
        if (!File.Exists(program)) Make(folder, root, loader);
        return (program, ["--library-path", libraries + ":" + SystemLibraries, Path.Combine(root, "dotnet")]);
    }

    /// <summary>Whether this process was started so.</summary>
    public static bool IsRunning => Environment.GetEnvironmentVariable(DotnetVariable) is { Length: > 0 };

    /// <summary>This process becomes the program again, under the newer run time; comes back only with an exception.</summary>
    /// <param name="libraries">The folder with the newer libraries and their loader.</param>
    /// <param name="assembly">The program.</param>
    /// <exception cref="IOException">It cannot be started.</exception>
    [SupportedOSPlatform("linux")]
    public static void Become(string libraries, string assembly, string[] arguments)
    {
        string dotnet = Dotnet();
        (string program, string[] before) = Command(libraries, dotnet);
        Dictionary<string, string> environment = new() { [DotnetVariable] = dotnet };
        foreach (System.Collections.DictionaryEntry pair in Environment.GetEnvironmentVariables()) environment.TryAdd((string)pair.Key, (string?)pair.Value ?? "");
        // Of libtorch: with busy neighbours threads that wait in loops cost more than they save.
        environment.TryAdd("OMP_WAIT_POLICY", "PASSIVE");
        _ = Execve(program, [program, .. before, assembly, .. arguments, null], [.. environment.Select(pair => $"{pair.Key}={pair.Value}"), null]);
        throw new IOException($"'{program}' cannot be started: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>The dotnet program of this process, or the one that would be found.</summary>
    public static string Dotnet()
    {
        foreach (string? known in (string?[])[Environment.GetEnvironmentVariable(DotnetVariable), Environment.GetEnvironmentVariable("DOTNET_HOST_PATH"), Environment.ProcessPath])
            if (known is not null && Path.GetFileNameWithoutExtension(known) == "dotnet" && File.Exists(known)) return known;
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Prepend(Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "").Where(f => f.Length > 0).Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists) ?? name;
    }

    [DllImport("libc", EntryPoint = "execve", SetLastError = true)]
    private static extern int Execve([MarshalAs(UnmanagedType.LPUTF8Str)] string path, [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] environment);

    /// <summary>Made beside its name and moved there, so that it is whole or not there.</summary>
    private static void Make(string folder, string root, string loader)
    {
        string made = folder + "-" + Guid.NewGuid().ToString("N");
        Directory.CreateDirectory(made);
        // A copy: the system says where a link leads.
        File.Copy(loader, Path.Combine(made, "dotnet"));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(made, "dotnet"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (string name in (string[])["host", "shared"]) Directory.CreateSymbolicLink(Path.Combine(made, name), Path.Combine(root, name));
        try
        {
            Directory.Move(made, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another process was faster.
            Directory.Delete(made, recursive: true);
        }
    }
}
