using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace Lr2vq.Building;

/// <summary>Packages of another Debian or for another processor, unpacked in the cache; the system stays as it is.</summary>
internal static class DebianPackages
{
    /// <summary>The folder with the unpacked packages.</summary>
    /// <param name="name">Of the folder in the cache.</param>
    /// <param name="suite">Codename of the Debian; null for the machine's own.</param>
    /// <param name="architecture">Debian's name of the processor.</param>
    /// <param name="packages">What to unpack; what they depend on is not looked for.</param>
    /// <param name="sign">A file that must be among them.</param>
    /// <param name="what">For people, while it is done.</param>
    /// <param name="say">Receives lines for people.</param>
    /// <exception cref="InvalidOperationException">They cannot be had.</exception>
    public static string Unpacked(string name, string? suite, string architecture, string[] packages, string sign, string what, Action<string> say)
    {
        suite ??= Codename();
        string folder = Path.Combine(ProvisionCache.SubFolder(name), suite);
        if (Directory.Exists(folder)) return folder;
        using FileStream _ = ProvisionCache.Lock($"{name}-{suite}");
        if (Directory.Exists(folder)) return folder;
        if (!Shell.Has("apt-get") || !Shell.Has("dpkg")) throw new InvalidOperationException("apt-get and dpkg are missing: this is no Debian");
        say($"Debian: {what}");
        using ProvisionCache.WorkFolder work = ProvisionCache.CreateWorkFolder(name);
        string settings = Configure(work.Path, suite, architecture), files = Directory.CreateDirectory(Path.Combine(work.Path, "files")).FullName;
        Dictionary<string, string> environment = new() { ["APT_CONFIG"] = settings };
        Apt(["update", "-qq"]);
        Apt(["download", "-qq", .. packages]);
        string target = Directory.CreateDirectory(Path.Combine(work.Path, "root")).FullName;
        foreach (string file in Directory.GetFiles(files, "*.deb")) Shell.RunOrThrow($"unpacking {Path.GetFileName(file)}", "dpkg", ["-x", file, target]);
        if (!Directory.EnumerateFiles(target, sign, SearchOption.AllDirectories).Any()) throw new InvalidOperationException($"the packages have no {sign}");
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
    private static string Configure(string folder, string suite, string architecture)
    {
        string sources = Directory.CreateDirectory(Path.Combine(folder, "sources")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "lists", "partial"));
        Directory.CreateDirectory(Path.Combine(folder, "cache", "archives", "partial"));
        File.WriteAllText(Path.Combine(folder, "status"), "");
        IEnumerable<string> own = Directory.Exists("/etc/apt/sources.list.d") ? Directory.GetFiles("/etc/apt/sources.list.d") : [];
        string old = Codename();
        foreach (string file in own.Append("/etc/apt/sources.list").Where(File.Exists))
        {
            string text = File.ReadAllText(file), other = Regex.Replace(text, $@"(?<![\w-]){old}(?=(-security|-updates)?\b)", suite);
            // Sources of others know nothing of this suite.
            if ((other != text || old == suite) && text.Contains("debian", StringComparison.OrdinalIgnoreCase)) File.WriteAllText(Path.Combine(sources, Path.GetFileName(file)), other);
        }
        string settings = Path.Combine(folder, "apt.conf");
        File.WriteAllText(settings, $"""
            Dir::Etc::sourcelist "/dev/null";
            Dir::Etc::sourceparts "{sources}";
            Dir::State::lists "{folder}/lists";
            Dir::State::status "{folder}/status";
            Dir::Cache "{folder}/cache";
            APT::Sandbox::User "root";
            APT::Architecture "{architecture}";
            APT::Architectures "{architecture}";

            """);
        return settings;
    }

    /// <summary>The machine's Debian.</summary>
    public static string Codename()
    {
        string? line = File.Exists("/etc/os-release") ? File.ReadLines("/etc/os-release").FirstOrDefault(l => l.StartsWith("VERSION_CODENAME=", StringComparison.Ordinal)) : null;
        return line is null ? throw new InvalidOperationException("this is no Debian") : line["VERSION_CODENAME=".Length..].Trim('"');
    }
}
