using System;
using System.Globalization;
using System.IO;
using System.Threading;

namespace Lr2vq.Building;

/// <summary>The folder that downloads and costly products are kept in, shared by all checkouts of a machine.
/// <c>LR2VQ_PROVISION_CACHE</c> names another one. Files appear in it whole or not at all.</summary>
internal static class ProvisionCache
{
    public static string Folder
    {
        get
        {
            if (Environment.GetEnvironmentVariable("LR2VQ_PROVISION_CACHE") is { Length: > 0 } chosen) return Path.GetFullPath(chosen);
            string local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
            return Path.Combine(local.Length > 0 ? local : Path.GetTempPath(), "lr2vq", "provision");
        }
    }

    public static string SubFolder(params string[] parts) =>
        Directory.CreateDirectory(Path.Combine([Folder, .. parts])).FullName;

    /// <summary>Holds a lock that works between processes until the result is disposed. Waits for another holder.</summary>
    public static FileStream Lock(string name, CancellationToken cancel = default)
    {
        string path = Path.Combine(SubFolder("locks"), name + ".lock");
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                cancel.WaitHandle.WaitOne(100);
            }
        }
    }

    /// <summary>Makes a file under a temporary name beside <paramref name="path"/> and renames it when <paramref name="write"/> is done.</summary>
    public static void WriteAtomically(string path, Action<string> write)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        string temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}.tmp");
        try
        {
            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>A fresh folder for work in progress; removed when the result is disposed.</summary>
    public static WorkFolder CreateWorkFolder(string name)
    {
        string parent = SubFolder("work");
        foreach (string left in Directory.GetDirectories(parent))
            if (Directory.GetCreationTimeUtc(left) < DateTime.UtcNow.AddDays(-1)) new WorkFolder(left).Dispose();
        return new WorkFolder(Directory.CreateDirectory(Path.Combine(parent, $"{name}-{Guid.NewGuid():N}")).FullName);
    }

    internal sealed class WorkFolder(string path) : IDisposable
    {
        public string Path { get; } = path;

        public void Dispose()
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException)
            {
                // Somebody still reads in it; the next clean-up of the cache takes it away.
            }
        }
    }
}
