using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Lr2vq.Benchmarks;

/// <summary>Processor time of every thread of this process.</summary>
internal static class ThreadTimes
{
    /// <summary>Calls of a program in a round.</summary>
    private const int Calls = 5;

    /// <summary>Processor time of a program that uses one thread ÷ that of the busiest thread of the same program on several.</summary>
    /// <returns>Null where the system does not tell.</returns>
    public static double? Balance(int rounds, Action single, Action several)
    {
        if (!File.Exists("/proc/thread-self/schedstat")) return null;
        var ratios = new double[rounds];
        for (int round = 0; round < rounds; round++) TwoCores.Measure(() => ratios[round] = Busiest(Calls, single) / Busiest(Calls, several));
        return Interleaved.Median(ratios);
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
