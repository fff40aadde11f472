using System;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Lr2vq.Testing;

/// <summary>The processor time of a thread, which others on the machine do not lengthen.</summary>
internal static partial class ThreadTime
{
    private const int ClockThreadCpuTime = 3;

    /// <summary>Seconds of processor time of this thread; wall-clock time where that cannot be had.</summary>
    public static double Seconds
    {
        get
        {
            if (!OperatingSystem.IsLinux()) return Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
            _ = ClockGetTime(ClockThreadCpuTime, out TimeSpec time);
            return time.Seconds + time.Nanoseconds * 1e-9;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds, Nanoseconds;
    }
}
