using System;
using System.Diagnostics;
using System.Threading;

namespace Lr2vq.Benchmarks;

/// <summary>Whether two threads have two neighbouring cores for themselves at this moment: virtual processors share one now and then, with each
/// other or with those of others, or have caches far apart, where each waits several times as long for what the other wrote.</summary>
internal static class TwoCores
{
    private const int Turns = 200, Trials = 10;
    /// <summary>Nanoseconds until a thread sees the answer of another: some 50 where cores share a cache, above 300 elsewhere.</summary>
    private const double Distance = 200;

    private static readonly PatientMeasurement s_patient = new(AreThere, pause: 20, patience: 3, allPatience: 40);

    /// <summary>Measures something while they are there; as it is, once patience has ended. Processors that rest may be moved: measures at once.</summary>
    /// <returns>True if they were there from beginning to end.</returns>
    public static bool Measure(Action program) => s_patient.Measure(program);

    private static bool AreThere()
    {
        int ball = 0;
        bool counted = false, stop = false;
        double others = double.PositiveInfinity;
        var other = new Thread(() =>
        {
            while (!Volatile.Read(ref counted))
                if (Volatile.Read(ref ball) != 0) Volatile.Write(ref ball, 0);
            // Both compute at the same time, this one a little longer.
            others = OwnCore.Time();
            while (!Volatile.Read(ref stop)) _ = OwnCore.Time();
        });
        other.Start();
        double distance = double.PositiveInfinity;
        for (int i = 0; i < Trials; i++) distance = Math.Min(distance, Turn(ref ball));
        Volatile.Write(ref counted, true);
        double own = OwnCore.Time();
        Volatile.Write(ref stop, true);
        other.Join();
        return OwnCore.Is(own) & OwnCore.Is(others) && distance < Distance;
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
}
