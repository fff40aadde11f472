using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace Lr2vq.Building;

/// <summary>Runs tests under .NET for ARM64, whose processor QEMU emulates: the real AdvSimd code, for correctness. Nothing can be said of its speed.</summary>
internal static class Arm64Emulation
{
    private const string Emulator = "qemu-aarch64", Project = "Lr2vq.Arm64";

    /// <summary>The libraries that .NET for ARM64 needs of the system.</summary>
    private static readonly string[] s_packages = ["libc6", "libssl3", "libstdc++6", "libgcc-s1", "zlib1g"];

    /// <summary>What starts a program in the environment of short-lived ones (QEMU does not know the second mapping of memory that the JIT else writes through), which follows with its arguments; null, with a reason, where that cannot be.</summary>
    public static (string Program, string[] Arguments)? Host(Action<string> say, out string reason)
    {
        reason = "";
        try
        {
            if (RuntimeInformation.OSArchitecture != Architecture.X64) throw new InvalidOperationException("only x64 is provided for");
            if (!Shell.Has(Emulator) && !DebianPrograms.TryInstall(["qemu-user"], say)) throw new InvalidOperationException($"{Emulator} is missing; on Debian: apt-get install qemu-user");
            string root = DebianPackages.Unpacked("arm64", null, "arm64", s_packages, "ld-linux-aarch64.so.1", "fetching libraries for ARM64", say);
            List<string> lines = [];
            if (Shell.Run("dotnet", ["build", Path.Combine("tests", Project), "-c", SolutionBuild.Configuration, "--nologo", "-v", "quiet"], onLine: lines.Add, environment: Shell.ShortLived) != 0)
                throw new InvalidOperationException($"{Project} does not build: {string.Join(' ', lines.TakeLast(3))}");
            string folder = Path.Combine(Repository.Artifacts, "bin", Project, SolutionBuild.Configuration.ToLowerInvariant() + "_linux-arm64");
            return (Emulator, ["-L", root, Path.Combine(folder, Project)]);
        }
        catch (Exception problem) when (problem is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            reason = problem.Message;
            return null;
        }
    }
}
