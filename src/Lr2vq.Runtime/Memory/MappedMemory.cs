using System;
using System.Runtime.InteropServices;

namespace Lr2vq.Memory;

/// <summary>Pages straight from the system, which get back to it as soon as they are freed. Large blocks of a heap stay with the process, in pieces
/// between blocks that live longer.</summary>
internal static unsafe partial class MappedMemory
{
    private const nuint HugePage = 2 << 20;
    private const int ReadAndWrite = 3, Private = 2, AnonymousOnLinux = 0x20, AnonymousElsewhere = 0x1000;
    private const uint CommitAndReserve = 0x3000, Release = 0x8000, PageReadWrite = 4;
    private static readonly nuint s_page = (nuint)Environment.SystemPageSize;

    /// <summary>False where there are no such pages: in a browser, say.</summary>
    public static bool IsSupported { get; } = Try();

    /// <summary>Zeroed memory. From 2 MiB on it begins at a multiple of them, so that the system can use its larger pages.</summary>
    /// <exception cref="OutOfMemoryException">The system has no such memory.</exception>
    public static byte* Allocate(nuint bytes)
    {
        bool isLarge = bytes >= HugePage;
        if (OperatingSystem.IsWindows())
        {
            // A multiple of 64 KiB. Larger pages need a privilege there.
            void* block = VirtualAlloc(null, bytes, CommitAndReserve, PageReadWrite);
            return block != null ? (byte*)block : throw new OutOfMemoryException(Text(bytes));
        }
        nuint inner = Whole(bytes), outer = isLarge ? checked(inner + HugePage) : inner;
        int anonymous = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? AnonymousOnLinux : AnonymousElsewhere;
        nint start = Map(0, outer, ReadAndWrite, Private | anonymous, -1, 0);
        if (start == -1) throw new OutOfMemoryException(Text(bytes));
        if (!isLarge) return (byte*)start;
        nuint before = (nuint)(-start) & (HugePage - 1), after = outer - inner - before;
        if (before > 0) _ = Unmap(start, before);
        if (after > 0) _ = Unmap(start + (nint)(before + inner), after);
        byte* aligned = (byte*)start + before;
        HugePages.Advise(aligned, inner);
        return aligned;
    }

    /// <summary>Gives a block back.</summary>
    /// <param name="block">What <see cref="Allocate"/> gave.</param>
    /// <param name="bytes">The bytes asked for.</param>
    public static void Free(byte* block, nuint bytes)
    {
        if (OperatingSystem.IsWindows()) _ = VirtualFree(block, 0, Release);
        else _ = Unmap((nint)block, Whole(bytes));
    }

    private static bool Try()
    {
        if (OperatingSystem.IsBrowser() || OperatingSystem.IsWasi()) return false;
        try
        {
            Free(Allocate(s_page), s_page);
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or OutOfMemoryException)
        {
            return false;
        }
    }

    private static nuint Whole(nuint bytes) => checked(bytes + s_page - 1) & ~(s_page - 1);

    private static string Text(nuint bytes) => FormattableString.Invariant($"The system has no {bytes} bytes more");

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint bytes);

    [LibraryImport("kernel32")]
    private static partial void* VirtualAlloc(void* address, nuint bytes, uint kind, uint protection);

    [LibraryImport("kernel32")]
    private static partial int VirtualFree(void* address, nuint bytes, uint kind);
}
