using System;
using System.IO;

namespace Lr2vq.Building;

/// <summary>Where test programs put their many small files: in memory where the system offers that, since making and removing a folder on a disk takes a millisecond.</summary>
internal sealed class TestFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    /// <summary>Networks, artifacts and exports of tests that run side by side stay far below.</summary>
    private const long Least = 4L << 30;

    /// <summary>Its path; null where the system's own folder for temporary files is used.</summary>
    public string? Path { get; } = Create();

    private static string? Create()
    {
        try
        {
            return OperatingSystem.IsLinux() && Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace >= Least ? Directory.CreateDirectory($"{Memory}/lr2vq-tests-{Environment.ProcessId}").FullName : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        try
        {
            if (Path is not null && Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // A process that a test ended may still write there; the system forgets the folder when it restarts.
        }
    }
}
