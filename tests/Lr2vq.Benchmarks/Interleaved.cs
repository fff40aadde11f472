using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>Times several programs that take turns, so that a busy machine disturbs all alike.</summary>
internal static class Interleaved
{
    /// <summary>Milliseconds between programs of several threads.</summary>
    private const int Rest = 50;

    /// <summary>Calls programs until the JIT has nothing left to improve: methods that were called 30 times are compiled again in the background,
    /// once a tenth of a second has passed without new ones.</summary>
    public static void Settle(params Action[] programs)
    {
        const int passes = 3, calls = 40, pause = 200;
        const double longest = 0.25;
        for (int pass = 0; pass < passes; pass++)
        {
            foreach (Action program in programs)
            {
                var clock = Stopwatch.StartNew();
                for (int i = 0; i < calls && clock.Elapsed.TotalSeconds < longest; i++) program();
            }
            Thread.Sleep(pause);
        }
    }

    /// <summary>Median milliseconds of one call of each program.</summary>
    /// <param name="wall">Measure wall-clock time: for programs with several threads.</param>
    public static double[] Milliseconds(int rounds, bool wall, params Action[] programs) =>
        [.. Samples(rounds, wall, programs).Select(Median)];

    public static double Median(double[] samples) => samples.Order().ElementAt(samples.Length / 2);

    /// <summary>Rounds without others that suffice.</summary>
    private const int Enough = 3;

    /// <summary>The rounds in which nobody else used the cores; all of them if there were too few.</summary>
    public static T[] Counted<T>(T[] rounds, bool[] quiet) =>
        quiet.Count(q => q) >= Math.Min(Enough, rounds.Length) ? [.. rounds.Where((_, round) => quiet[round])] : rounds;

    /// <summary>Milliseconds of one call of each program in each round. Rounds count in which nobody else used the core, or two cores for
    /// programs with several threads; all of them if there were too few.</summary>
    /// <param name="wall">Measure wall-clock time: for programs with several threads.</param>
    public static double[][] Samples(int rounds, bool wall, params Action[] programs)
    {
        double Now() => wall ? Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency : ThreadTime.Seconds;
        var repeats = new int[programs.Length];
        for (int i = 0; i < programs.Length; i++)
        {
            programs[i]();
            double start = Now();
            programs[i]();
            repeats[i] = Math.Clamp((int)Math.Ceiling(0.004 / Math.Max(Now() - start, 1e-7)), 1, 10_000);
        }
        var samples = new double[rounds][];
        var quiet = new bool[rounds];
        for (int round = 0; round < rounds; round++)
        {
            double[] ms = samples[round] = new double[programs.Length];
            if (!wall)
            {
                quiet[round] = OwnCore.Measure(() =>
                {
                    for (int i = 0; i < programs.Length; i++) ms[i] = One(i);
                });
                continue;
            }
            quiet[round] = true;
            for (int i = 0; i < programs.Length; i++)
            {
                // Helper threads of the program before spin for a while after its last call: they would take a processor from this one.
                Thread.Sleep(Rest);
                quiet[round] &= TwoCores.Measure(() =>
                {
                    programs[i]();
                    ms[i] = One(i);
                });
            }
        }
        double[][] counted = Counted(samples, quiet);
        return [.. programs.Select((_, i) => counted.Select(ms => ms[i]).ToArray())];

        double One(int i)
        {
            double start = Now();
            for (int r = 0; r < repeats[i]; r++) programs[i]();
            return (Now() - start) / repeats[i] * 1e3;
        }
    }
}
