using System;
using System.IO;
using System.Linq;

namespace Lr2vq.Building;

/// <summary>Programs that some tests call. On Debian, as root, missing ones are installed; elsewhere it is said what to install.</summary>
internal static class DebianPrograms
{
    private static readonly (string Program, string Package, string Use)[] Wanted =
        [("djpeg", "libjpeg-turbo-progs", "decoding the JPEG pictures of the accuracy tests")];

    public static void Run(Action<string> say)
    {
        var missing = Wanted.Where(w => !Shell.Has(w.Program)).ToArray();
        if (missing.Length == 0) return;
        string[] packages = [.. missing.Select(m => m.Package)];
        if (IsDebian && Environment.UserName == "root" && Shell.Has("apt-get"))
        {
            say($"Debian: installing {string.Join(", ", packages)}");
            if (Install(packages) || (Shell.Run("apt-get", ["update", "-qq"]) == 0 && Install(packages))) return;
            say("Debian: the installation failed");
        }
        foreach ((string program, string package, string use) in missing)
            say($"{program} is missing ({use}); cases that need it will be skipped. On Debian: apt-get install {package}");
    }

    private static bool IsDebian =>
        File.Exists("/etc/os-release") && File.ReadLines("/etc/os-release").Any(line =>
            line.StartsWith("ID", StringComparison.Ordinal) && line.Contains("debian", StringComparison.Ordinal));

    private static bool Install(string[] packages) =>
        Shell.Run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", .. packages]) == 0;
}
