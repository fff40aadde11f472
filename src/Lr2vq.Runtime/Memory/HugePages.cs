using System;
using System.Runtime.InteropServices;

namespace Lr2vq.Memory;

/// <summary>Asks Linux for 2 MiB pages, which saves address translation in large tensors. A wish: failure is ignored.</summary>
internal static unsafe partial class HugePages
{
    private const int MadviseHugePage = 14;

    /// <param name="start">Aligned to 2 MiB.</param>
    public static void Advise(void* start, nuint bytes)
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = Madvise(start, bytes, MadviseHugePage);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(void* start, nuint bytes, int advice);
}
