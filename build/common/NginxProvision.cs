using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Lr2vq.Building;

/// <summary>Brings Debian's nginx for the tests of the remote cache, unpacked in the cache: installed, it would be a service of the machine.</summary>
internal static class NginxProvision
{
    private const string Package = "nginx";

    public static void Run(Action<string> say)
    {
        if (NginxProgram.Find() is not null) return;
        using FileStream _ = ProvisionCache.Lock(Package);
        if (NginxProgram.Find() is not null) return;
        if (!Shell.Has("apt-get") || !Shell.Has("dpkg"))
        {
            say("nginx is missing (the remote cache on a real server); its tests will be skipped");
            return;
        }
        say("Debian: fetching nginx");
        using ProvisionCache.WorkFolder work = ProvisionCache.CreateWorkFolder(Package);
        List<string> lines = [];
        string root = Directory.CreateDirectory(Path.Combine(work.Path, "root")).FullName;
        bool isFetched = Download(work.Path, lines) || (Shell.Run("apt-get", ["update", "-qq"], onLine: lines.Add) == 0 && Download(work.Path, lines));
        if (isFetched && Shell.Run("dpkg", ["-x", Directory.GetFiles(work.Path, "*.deb").Single(), root], onLine: lines.Add) == 0)
        {
            Directory.Move(root, NginxProgram.Folder);
            return;
        }
        say($"Debian: nginx was not fetched ({string.Join(' ', lines.TakeLast(3))}); tests of the remote cache on it will be skipped");
    }

    private static bool Download(string folder, List<string> lines) => Shell.Run("apt-get", ["download", "-qq", Package], folder, lines.Add) == 0;
}
