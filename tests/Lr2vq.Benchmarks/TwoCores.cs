using System;
using System.Diagnostics;
using System.Threading;
using Lr2vq.Kernels;

namespace Lr2vq.Benchmarks;

/// <summary>Whether two threads have two neighbouring cores at this moment: virtual processors share one now and then, where two threads are no faster
/// than one, whatever they compute, or have caches far apart, where each waits several times as long for what the other wrote.</summary>
internal static class TwoCores
{
    private const int Calls = 6, Tries = 200, Pause = 50, Repeats = 4, Turns = 200, Trials = 10;
    /// <summary>How much slower multiply-adds may be beside others.</summary>
    private const double Slower = 1.1;
    /// <summary>Nanoseconds until a thread sees the answer of another: some 50 where cores share a cache, above 300 elsewhere.</summary>
    private const double Distance = 200;

    private static bool s_seen, s_hopeless;

    /// <summary>Waits for them, up to some ten seconds; on a machine that never has any, only once. Processors that rest may be moved: measure at once.</summary>
    public static void Await()
    {
        for (int i = 0; i < Tries && !s_hopeless && !AreThere(); i++) Thread.Sleep(Pause);
        s_hopeless = !s_seen;
    }

    /// <summary>Measures something while they are there: again, a few times, if they no longer are at the end.</summary>
    public static void Measure(Action program)
    {
        for (int i = 0; i < Repeats; i++)
        {
            Await();
            program();
            if (s_hopeless || AreThere()) return;
        }
    }

    private static bool AreThere()
    {
        Action program = PeakBench.Program(Lanes.Widest);
        program();
        double alone = Time(program);
        int ball = 0;
        bool counted = false, stop = false;
        var other = new Thread(() =>
        {
            program();
            while (!Volatile.Read(ref counted))
                if (Volatile.Read(ref ball) != 0) Volatile.Write(ref ball, 0);
            while (!Volatile.Read(ref stop)) program();
        });
        other.Start();
        double distance = double.PositiveInfinity;
        for (int i = 0; i < Trials; i++) distance = Math.Min(distance, Turn(ref ball));
        Volatile.Write(ref counted, true);
        double beside = Time(program);
        Volatile.Write(ref stop, true);
        other.Join();
        bool found = beside < Slower * alone && distance < Distance;
        s_seen |= found;
        return found;
    }

    /// <summary>Nanoseconds for a turn; infinite if the other thread does not run.</summary>
    private static double Turn(ref int ball)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Turns; i++)
        {
            Volatile.Write(ref ball, 1);
            while (Volatile.Read(ref ball) != 0)
                if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > 1) return double.PositiveInfinity;
        }
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Turns;
    }

    private static double Time(Action program)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Calls; i++) program();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
