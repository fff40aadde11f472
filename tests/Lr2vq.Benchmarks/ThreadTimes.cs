using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Testing;

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
        var quiet = new bool[rounds];
        for (int round = 0; round < rounds; round++)
            // Nothing rests between the look at the cores and their use.
            quiet[round] = TwoCores.Measure(() => ratios[round] = Busiest(Calls, single) / Busiest(Calls, several));
        return Interleaved.Median(Interleaved.Counted(ratios, quiet));
    }

    private static double Busiest(int calls, Action program)
    {
        program();
        Dictionary<string, long> before = Nanoseconds();
        // Reading all these files takes this thread as long as some steps of a network.
        double start = ThreadTime.Seconds;
        for (int i = 0; i < calls; i++) program();
        double own = (ThreadTime.Seconds - start) * 1e9;
        return Math.Max(own, Nanoseconds().Max(t => t.Value - before.GetValueOrDefault(t.Key)));
    }

    /// <summary>Of the other threads.</summary>
    private static Dictionary<string, long> Nanoseconds()
    {
        string self = Path.GetFileName(new DirectoryInfo("/proc/thread-self").ResolveLinkTarget(false)!.Name);
        var times = new Dictionary<string, long>();
        foreach (string task in Directory.GetDirectories("/proc/self/task").Where(task => Path.GetFileName(task) != self))
        {
            try
            {
                times[task] = long.Parse(File.ReadAllText(task + "/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // A thread of the pool ended meanwhile.
            }
        }
        return times;
    }
}
