using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
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
        if (RuntimeInformation.OSArchitecture != Architecture.X64) throw new InvalidOperationException("only x64 is provided for");
        return DebianPackages.Unpacked("cxx", Suite, "amd64", s_packages, "libstdc++.so.6", $"fetching the C++ run time of {Suite} for libtorch (the system's is too old)", say);
    }
}
