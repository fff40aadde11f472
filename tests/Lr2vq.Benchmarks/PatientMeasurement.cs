using System;
using System.Diagnostics;
using System.Threading;

namespace Lr2vq.Benchmarks;

/// <summary>Measures something while a condition of the machine holds; as it is, once patience has ended.</summary>
/// <param name="holds">The condition, asked before and after.</param>
/// <param name="pause">Milliseconds between two questions.</param>
/// <param name="patience">Seconds that one measurement may take longer because of it.</param>
/// <param name="allPatience">Seconds that all of this process may take longer.</param>
internal sealed class PatientMeasurement(Func<bool> holds, int pause, double patience, double allPatience)
{
    private double _spent;

    /// <returns>True if the condition held from beginning to end.</returns>
    public bool Measure(Action program)
    {
        long start = Stopwatch.GetTimestamp();
        double took;
        bool quiet;
        do
        {
            bool before = holds();
            while (!before && Spent() < patience)
            {
                Thread.Sleep(pause);
                before = holds();
            }
            long begun = Stopwatch.GetTimestamp();
            program();
            took = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            quiet = before && holds();
        }
        while (!quiet && Spent() < patience);
        _spent += Stopwatch.GetElapsedTime(start).TotalSeconds - took;
        OwnCore.Count(quiet);
        return quiet;

        double Spent() => _spent > allPatience ? double.PositiveInfinity : Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
