using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Lr2vq.Benchmarks;

/// <summary>Processor time of every thread of this process.</summary>
internal static class ThreadTimes
{
    /// <summary>Processor time of a program that uses one thread ÷ that of the busiest thread of the same program on several.</summary>
    /// <returns>Null where the system does not tell.</returns>
    public static double? Balance(int calls, Action single, Action several)
    {
        if (!File.Exists("/proc/thread-self/schedstat")) return null;
        return Busiest(calls, single) / Busiest(calls, several);
    }

    private static double Busiest(int calls, Action program)
    {
        program();
        Dictionary<string, long> before = Nanoseconds();
        for (int i = 0; i < calls; i++) program();
        return Nanoseconds().Max(t => t.Value - before.GetValueOrDefault(t.Key));
    }

    private static Dictionary<string, long> Nanoseconds() => Directory.GetDirectories("/proc/self/task")
        .ToDictionary(task => task, task => long.Parse(File.ReadAllText(task + "/schedstat").Split(' ')[0], CultureInfo.InvariantCulture));
}
