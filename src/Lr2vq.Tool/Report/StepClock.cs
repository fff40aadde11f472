using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Lr2vq.Plans;

namespace Lr2vq.Tool.Report;

/// <summary>Measures how long each step of a network takes, between the ends of neighbouring steps.</summary>
internal static class StepClock
{
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(2);

    private const int LeastCalls = 5, MostCalls = 50;

    /// <param name="session">A session that has its inputs, of one thread.</param>
    /// <param name="plan">Its network's.</param>
    /// <param name="cancellation">Asked before each call.</param>
    public static IReadOnlyList<StepTime> Measure(ModelSession session, Plan plan, CancellationToken cancellation)
    {
        List<double>[] times = [.. plan.Steps.Select(_ => new List<double>())];
        // The first calls compile and warm up.
        for (int i = 0; i < 2; i++) session.Run();
        long before = 0;
        session.Observer = (number, _, _) =>
        {
            long now = Stopwatch.GetTimestamp();
            times[number - 1].Add(Stopwatch.GetElapsedTime(before, now).TotalMilliseconds);
            before = Stopwatch.GetTimestamp();
        };
        Stopwatch clock = Stopwatch.StartNew();
        for (int call = 0; call < MostCalls && (call < LeastCalls || clock.Elapsed < s_time); call++)
        {
            cancellation.ThrowIfCancellationRequested();
            before = Stopwatch.GetTimestamp();
            session.Run();
        }
        session.Observer = null;
        return [.. plan.Steps.Select((step, i) => new StepTime(step.Number, step.Name, step.Operator, Median(times[i])))];
    }

    private static double Median(List<double> values) => values.Count == 0 ? 0 : values.Order().ElementAt(values.Count / 2);
}
