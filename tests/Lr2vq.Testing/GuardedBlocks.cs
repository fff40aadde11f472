using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Memory;

namespace Lr2vq.Testing;

/// <summary>Each block by itself between two pages that nobody may touch: an access outside of it ends the process, with the stack of the culprit.
/// <c>LR2VQ_GUARD</c> chooses the side that the block lies close to, <c>left</c> or <c>right</c>; Linux only.</summary>
internal sealed unsafe partial class GuardedBlocks(bool atRight) : IBlockSource
{
    public const string Variable = "LR2VQ_GUARD";

    /// <summary>Blocks at a time that are guarded; each takes two mappings, of which Linux gives a process 65,530. Further ones are plain memory.</summary>
    private const int MostGuarded = 24_000;
    private const int Alignment = 64;

    private const int NoAccess = 0, ReadAndWrite = 3, PrivateAnonymous = 0x22;
    private readonly Lock _lock = new();
    private readonly Dictionary<nint, (nint Start, nuint Bytes)> _mappings = [];
    private readonly HashSet<nint> _plain = [];

    /// <summary>True if this process watches its blocks.</summary>
    public static bool IsOn => NativeArena.Guard is GuardedBlocks;

    private bool IsAtRight => atRight;

    /// <summary>Seeds of cases that are drawn: all of them, but in a watched process those of its side, every other one. What lies beside a value decides,
    /// and both sides see every kind of case.</summary>
    public static IEnumerable<int> Seeds(int first, int count)
    {
        GuardedBlocks? guard = NativeArena.Guard as GuardedBlocks;
        for (int i = guard is { IsAtRight: true } ? 1 : 0; i < count; i += guard is null ? 1 : 2) yield return first + i;
    }

    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries", Justification = "The first arena of the process has to be guarded")]
    [ModuleInitializer]
    internal static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(Variable) is "left" or "right" && OperatingSystem.IsLinux())
            NativeArena.Guard = new GuardedBlocks(Environment.GetEnvironmentVariable(Variable) == "right");
    }

    public byte* Allocate(nuint bytes)
    {
        lock (_lock)
            if (_mappings.Count >= MostGuarded)
            {
                void* plain = NativeMemory.AlignedAlloc(Math.Max(bytes, 1), Alignment);
                NativeMemory.Clear(plain, bytes);
                _plain.Add((nint)plain);
                return (byte*)plain;
            }
        nuint page = (nuint)Environment.SystemPageSize, inner = checked(bytes + page - 1) & ~(page - 1), whole = checked(inner + 2 * page);
        nint start = Map(0, whole, NoAccess, PrivateAnonymous, -1, 0);
        if (start == -1) throw new OutOfMemoryException($"{bytes} guarded bytes");
        byte* first = (byte*)start + page;
        if (Protect((nint)first, inner, ReadAndWrite) != 0)
        {
            _ = Unmap(start, whole);
            throw new OutOfMemoryException($"{bytes} guarded bytes");
        }
        byte* block = atRight ? first + (inner - bytes) : first;
        lock (_lock) _mappings.Add((nint)block, (start, whole));
        return block;
    }

    /// <summary>Mappings that lie side by side go in one call: each call makes the other processors forget their translations, which costs more than all the rest.</summary>
    public void Free(IReadOnlyCollection<nint> blocks)
    {
        List<(nint Start, nuint Bytes)> mappings = new(blocks.Count);
        lock (_lock)
            foreach (nint block in blocks)
                if (_mappings.Remove(block, out (nint, nuint) mapping)) mappings.Add(mapping);
                else if (_plain.Remove(block)) NativeMemory.AlignedFree((void*)block);
        mappings.Sort();
        for (int i = 0; i < mappings.Count;)
        {
            nint start = mappings[i].Start, end = start;
            for (; i < mappings.Count && mappings[i].Start == end; i++) end += (nint)mappings[i].Bytes;
            _ = Unmap(start, (nuint)(end - start));
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint bytes);
}
