using System;
using System.Diagnostics;
using System.Threading;
using Lr2vq.Kernels;

namespace Lr2vq.Benchmarks;

/// <summary>Whether two threads have two cores at this moment: virtual processors share one now and then, where two threads are no faster than one,
/// whatever they compute.</summary>
internal static class TwoCores
{
    private const int Calls = 6, Tries = 100, Pause = 100;
    /// <summary>How much slower multiply-adds may be beside others.</summary>
    private const double Slower = 1.2;

    /// <summary>Waits for them, up to some ten seconds.</summary>
    public static void Await()
    {
        for (int i = 0; i < Tries && !AreThere(); i++) Thread.Sleep(Pause);
    }

    private static bool AreThere()
    {
        Action program = PeakBench.Program(Lanes.Widest);
        program();
        double alone = Time(program);
        bool stop = false;
        using var started = new ManualResetEventSlim();
        var other = new Thread(() =>
        {
            program();
            started.Set();
            while (!Volatile.Read(ref stop)) program();
        });
        other.Start();
        started.Wait();
        double beside = Time(program);
        Volatile.Write(ref stop, true);
        other.Join();
        return beside < Slower * alone;
    }

    private static double Time(Action program)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Calls; i++) program();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
