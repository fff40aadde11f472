using System;
using System.IO;
using System.Linq;

namespace Lr2vq.Building;

/// <summary>Programs and files of Debian's that some tests use. On Debian, as root, missing ones are installed; elsewhere it is said what to install.</summary>
internal static class DebianPrograms
{
    /// <summary>A program's name or a file's path, and the package that has it.</summary>
    private static readonly (string Sign, string Package, string Use)[] Wanted =
    [
        ("/usr/share/doc/libonnx-testdata/copyright", "libonnx-testdata", "ONNX's own node tests"),
        ("chromium", "chromium", "the report in a browser"),
        ("xz", "xz-utils", "unpacking ONNX's own node tests of a later version"),
        ("espeak-ng", "espeak-ng", "speech for the measurements of speech networks"),
        ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "fonts-dejavu-core", "rendered lines for the measurements of text networks"),
    ];

    public static void Run(Action<string> say)
    {
        var missing = Wanted.Where(w => Path.IsPathRooted(w.Sign) ? !File.Exists(w.Sign) : !Shell.Has(w.Sign)).ToArray();
        if (missing.Length == 0) return;
        string[] packages = [.. missing.Select(m => m.Package)];
        if (TryInstall(packages, say)) return;
        foreach ((string sign, string package, string use) in missing)
            say($"{sign} is missing ({use}); cases that need it will be skipped. On Debian: apt-get install {package}");
    }

    /// <summary>Installs packages where that is possible: on Debian, as root.</summary>
    public static bool TryInstall(string[] packages, Action<string> say)
    {
        if (!IsDebian || Environment.UserName != "root" || !Shell.Has("apt-get")) return false;
        say($"Debian: installing {string.Join(", ", packages)}");
        if (Install(packages) || (Shell.Run("apt-get", ["update", "-qq"]) == 0 && Install(packages))) return true;
        say("Debian: the installation failed");
        return false;
    }

    private static bool IsDebian =>
        File.Exists("/etc/os-release") && File.ReadLines("/etc/os-release").Any(line =>
            line.StartsWith("ID", StringComparison.Ordinal) && line.Contains("debian", StringComparison.Ordinal));

    private static bool Install(string[] packages) =>
        Shell.Run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", .. packages]) == 0;
}
