using System.IO;
using System.Linq;

namespace Lr2vq.Building;

/// <summary>Where the tests of the remote cache find nginx.</summary>
internal static class NginxProgram
{
    /// <summary>Where Debian's is unpacked.</summary>
    public static string Folder => Path.Combine(ProvisionCache.Folder, "nginx");

    /// <summary>Path of the program; null if there is none.</summary>
    public static string? Find() => new[] { Path.Combine(Folder, "usr", "sbin", "nginx"), "/usr/sbin/nginx" }.FirstOrDefault(File.Exists);
}
