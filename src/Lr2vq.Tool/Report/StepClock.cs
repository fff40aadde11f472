using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq.Tool.Report;

/// <summary>Measures how long each step of a network takes.</summary>
internal sealed class StepClock : StepObserver
{
    private const int LeastCalls = 5, MostCalls = 50;
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(2);

    private readonly List<double>[] _times;
    private readonly CancellationToken _cancellation;
    private long _begin;

    private StepClock(int steps, CancellationToken cancellation) => (_times, _cancellation) = ([.. Enumerable.Range(0, steps).Select(_ => new List<double>())], cancellation);

    /// <param name="session">A session that has its inputs, of one thread.</param>
    /// <param name="plan">Its network's.</param>
    /// <param name="cancellation">Asked before each step.</param>
    public static IReadOnlyList<StepTime> Measure(ModelSession session, Plan plan, CancellationToken cancellation)
    {
        StepClock steps = new(plan.Steps.Count, cancellation);
        session.Observer = steps;
        // The first calls compile and warm up.
        for (int i = 0; i < 2; i++) session.Run();
        foreach (List<double> times in steps._times) times.Clear();
        Stopwatch clock = Stopwatch.StartNew();
        for (int call = 0; call < MostCalls && (call < LeastCalls || clock.Elapsed < s_time); call++) session.Run();
        session.Observer = null;
        return [.. plan.Steps.Select((step, i) => new StepTime(step.Number, step.Name, step.Operator, Median(steps._times[i])))];
    }

    public override void Before(int step, ReadOnlySpan<TensorView> inputs)
    {
        _cancellation.ThrowIfCancellationRequested();
        _begin = Stopwatch.GetTimestamp();
    }

    public override void After(int step, ReadOnlySpan<TensorView> outputs) => _times[step - 1].Add(Stopwatch.GetElapsedTime(_begin).TotalMilliseconds);

    private static double Median(List<double> values) => values.Count == 0 ? 0 : values.Order().ElementAt(values.Count / 2);
}
