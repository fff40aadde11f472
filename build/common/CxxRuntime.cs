using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Lr2vq.Tool.Training;

namespace Lr2vq.Building;

/// <summary>The C++ run time that libtorch needs, for programs on a Debian whose own is older: that of Debian 13 in the cache. <see cref="LoaderHost"/> starts programs with it; the
/// tool does so where <c>LR2VQ_CXX_RUNTIME</c> names it. The system stays as it is.</summary>
internal static class CxxRuntime
{
    private const string Suite = "trixie";
    private static readonly string[] s_packages = ["libc6", "libstdc++6", "libgcc-s1"];

    /// <summary>A library that has the symbols of GCC 13 loads only where the system's is new enough.</summary>
    public static bool IsNeeded(string libtorch)
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(libtorch)) return false;
        if (!NativeLibrary.TryLoad(libtorch, out nint handle)) return true;
        NativeLibrary.Free(handle);
        return false;
    }

    /// <summary>TorchSharp's own library beside a program: it is what asks for the newer run time; libtorch comes with it.</summary>
    public static string LibTorchOf(string program) =>
        Path.Combine(Path.GetDirectoryName(program)!, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    /// <summary>The folder of the newer libraries; null, with a reason, where it cannot be had.</summary>
    public static string? Libraries(Action<string> say, out string reason)
    {
        reason = "";
        try
        {
            return Path.Combine(Fetch(say), "usr", "lib", "x86_64-linux-gnu");
        }
        catch (Exception problem) when (problem is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            reason = problem.Message;
            return null;
        }
    }

    /// <summary>Tells tests that start tools of their own where the libraries are.</summary>
    private const string TestVariable = "LR2VQ_TEST_CXX_RUNTIME";

    /// <summary>What programs are told: where the libraries are, and how threads of libtorch wait.</summary>
    public static Dictionary<string, string> Environ(string libraries) => new()
    {
        [TestVariable] = libraries,
        // With busy neighbours threads that wait in loops cost more than they save.
        ["OMP_WAIT_POLICY"] = "PASSIVE",
    };

    /// <summary>The folder with the unpacked packages.</summary>
    private static string Fetch(Action<string> say)
    {
        string folder = Path.Combine(ProvisionCache.SubFolder("cxx"), Suite);
        if (Directory.Exists(folder)) return folder;
        using FileStream _ = ProvisionCache.Lock("cxx-" + Suite);
        if (Directory.Exists(folder)) return folder;
        if (RuntimeInformation.OSArchitecture != Architecture.X64) throw new InvalidOperationException("only x64 is provided for");
        if (!Shell.Has("apt-get") || !Shell.Has("dpkg")) throw new InvalidOperationException("apt-get and dpkg are missing: this is no Debian");
        say($"Debian: fetching the C++ run time of {Suite} for libtorch (the system's is too old)");
        using ProvisionCache.WorkFolder work = ProvisionCache.CreateWorkFolder("cxx");
        string settings = Configure(work.Path), files = Directory.CreateDirectory(Path.Combine(work.Path, "files")).FullName;
        Dictionary<string, string> environment = new() { ["APT_CONFIG"] = settings };
        Apt(["update", "-qq"]);
        Apt(["download", "-qq", .. s_packages]);
        string target = Directory.CreateDirectory(Path.Combine(work.Path, "root")).FullName;
        foreach (string file in Directory.GetFiles(files, "*.deb")) Shell.RunOrThrow($"unpacking {Path.GetFileName(file)}", "dpkg", ["-x", file, target]);
        if (!File.Exists(Path.Combine(target, "usr", "lib", "x86_64-linux-gnu", "libstdc++.so.6"))) throw new InvalidOperationException("the packages have no libstdc++");
        Directory.Move(target, folder);
        return folder;

        void Apt(string[] arguments)
        {
            List<string> lines = [];
            if (Shell.Run("apt-get", arguments, files, lines.Add, environment) != 0)
                throw new InvalidOperationException($"apt-get {arguments[0]} failed: {string.Join(' ', lines.TakeLast(3))}");
        }
    }

    /// <summary>An apt of its own: lists, cache and sources in a folder, the machine's sources with another suite.</summary>
    private static string Configure(string folder)
    {
        string sources = Directory.CreateDirectory(Path.Combine(folder, "sources")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "lists", "partial"));
        Directory.CreateDirectory(Path.Combine(folder, "cache", "archives", "partial"));
        IEnumerable<string> own = Directory.Exists("/etc/apt/sources.list.d") ? Directory.GetFiles("/etc/apt/sources.list.d") : [];
        string old = Codename();
        foreach (string file in own.Append("/etc/apt/sources.list").Where(File.Exists))
        {
            string text = File.ReadAllText(file), other = Regex.Replace(text, $@"(?<![\w-]){old}(?=(-security|-updates)?\b)", Suite);
            // Sources of others know nothing of this suite.
            if (other != text && text.Contains("debian", StringComparison.OrdinalIgnoreCase)) File.WriteAllText(Path.Combine(sources, Path.GetFileName(file)), other);
        }
        string settings = Path.Combine(folder, "apt.conf");
        File.WriteAllText(settings, $"""
            Dir::Etc::sourcelist "/dev/null";
            Dir::Etc::sourceparts "{sources}";
            Dir::State::lists "{folder}/lists";
            Dir::Cache "{folder}/cache";
            APT::Sandbox::User "root";

            """);
        return settings;
    }

    private static string Codename()
    {
        string? line = File.ReadLines("/etc/os-release").FirstOrDefault(l => l.StartsWith("VERSION_CODENAME=", StringComparison.Ordinal));
        return line is null ? throw new InvalidOperationException("this is no Debian") : line["VERSION_CODENAME=".Length..].Trim('"');
    }
}
