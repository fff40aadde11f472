using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Lr2vq.Building;

/// <summary>Publishes the program that runs networks natively (NativeAOT) for ARM64, with Debian's linker and libraries.</summary>
internal static class Arm64Native
{
    private const string Project = "Lr2vq.Arm64Native";

    /// <summary>The program; null, with a reason, where it cannot be made.</summary>
    public static string? Publish(Action<string> say, out string reason)
    {
        reason = "";
        try
        {
            if ((!Shell.Has("clang") || !Shell.Has("ld.lld")) && !DebianPrograms.TryInstall(["clang", "lld"], say)) throw new InvalidOperationException("clang or lld is missing; on Debian: apt-get install clang lld");
            // The compiler's own libraries have its version in their name.
            string compiler = DebianPackages.Codename() == "bookworm" ? "libgcc-12-dev" : "libgcc-14-dev";
            string libraries = DebianPackages.Unpacked("arm64-native", null, "arm64", ["libc6", "libc6-dev", "libgcc-s1", compiler, "linux-libc-dev", "zlib1g"], "crt1.o", "fetching what native programs for ARM64 are linked with", say);
            string folder = Path.Combine(Repository.Artifacts, "arm64-native");
            List<string> lines = [];
            say("Compiling a native program for ARM64");
            if (Shell.Run("dotnet", ["publish", Path.Combine("tests", Project), "-c", SolutionBuild.Configuration, "-p:Native=true", $"-p:SysRoot={libraries}", "-o", folder, "--nologo", "-v", "quiet"], onLine: lines.Add, environment: Shell.ShortLived) != 0)
                throw new InvalidOperationException($"{Project} is not published: {string.Join(' ', lines.TakeLast(3))}");
            return Path.Combine(folder, Project);
        }
        catch (Exception problem) when (problem is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            reason = problem.Message;
            return null;
        }
    }
}
