using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Lr2vq.Kernels;

/// <summary>Cores of the machine that this process may use: two hardware threads of a core share its multiply-adders, so that a second one
/// only disturbs the first.</summary>
internal static unsafe partial class PhysicalCores
{
    private const int RelationProcessorCore = 0;
    private const string Topology = "/sys/devices/system/cpu";

    /// <summary>At least 1, at most <see cref="Environment.ProcessorCount"/>, which knows affinity masks and container limits.</summary>
    public static int Count { get; } = Math.Clamp(Found(), 1, Environment.ProcessorCount);

    private static int Found()
    {
        int all = Environment.ProcessorCount;
        try
        {
            int found = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? OnLinux(Topology, all)
                : OperatingSystem.IsWindows() ? OnWindows()
                : OperatingSystem.IsMacOS() || OperatingSystem.IsIOS() ? OnApple()
                : all;
            return found > 0 ? found : all;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException or EntryPointNotFoundException)
        {
            return all;     // a sandbox: the number is a default, not a promise
        }
    }

    /// <summary>Counts distinct sets of siblings. If the process may use fewer processors than there are, each core counts for its threads.</summary>
    /// <param name="folder">Holds cpuN/topology.</param>
    /// <param name="usable">Processors that the process may use.</param>
    internal static int OnLinux(string folder, int usable)
    {
        var cores = new HashSet<string>();
        int processors = 0;
        for (; ; processors++)
        {
            string path = FormattableString.Invariant($"{folder}/cpu{processors}/topology/thread_siblings_list");
            if (!File.Exists(path)) break;
            cores.Add(File.ReadAllText(path));
        }
        if (processors == 0) return 0;
        return usable >= processors ? cores.Count : Math.Max(1, (int)((long)usable * cores.Count / processors));
    }

    [SupportedOSPlatform("windows")]
    private static int OnWindows()
    {
        uint bytes = 0;
        _ = GetLogicalProcessorInformationEx(RelationProcessorCore, null, ref bytes);
        byte* buffer = (byte*)NativeMemory.Alloc(bytes);
        try
        {
            if (GetLogicalProcessorInformationEx(RelationProcessorCore, buffer, ref bytes) == 0) return 0;
            int cores = 0;
            // Each record begins with a relationship and its own length.
            for (uint at = 0; at + 8 <= bytes && *(uint*)(buffer + at + 4) > 0; at += *(uint*)(buffer + at + 4)) cores++;
            return cores;
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    private static int OnApple()
    {
        int count = 0;
        nuint size = sizeof(int);
        // Performance cores where there are two kinds: an even division would wait for the slow ones.
        if (SysCtlByName("hw.perflevel0.physicalcpu", &count, &size, null, 0) == 0 && count > 0) return count;
        size = sizeof(int);
        return SysCtlByName("hw.physicalcpu", &count, &size, null, 0) == 0 ? count : 0;
    }

    [LibraryImport("kernel32.dll"), DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int GetLogicalProcessorInformationEx(int relationship, byte* buffer, ref uint length);

    [LibraryImport("libSystem.dylib", EntryPoint = "sysctlbyname", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SysCtlByName(string name, void* value, nuint* size, void* newValue, nuint newSize);
}
