using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;

namespace Lr2vq.Tool.Work;

/// <summary>How long calls took: in the first one the JIT compiles, the later ones show the speed.</summary>
internal sealed record RunTimes(double FirstMs, IReadOnlyList<double> LaterMs)
{
    private const int UsualCalls = 10;
    private static readonly TimeSpan s_usualTime = TimeSpan.FromSeconds(1);

    /// <summary>Null without later calls.</summary>
    public double? MedianMs => LaterMs.Count == 0 ? null : LaterMs.Order().ElementAt(LaterMs.Count / 2);

    /// <param name="session">A session that has its inputs.</param>
    /// <param name="later">Calls after the first one; null for up to ten in about a second, one at least.</param>
    /// <param name="cancellation">Asked before each call.</param>
    public static RunTimes Measure(ModelSession session, int? later, CancellationToken cancellation)
    {
        double first = Call();
        List<double> times = [];
        Stopwatch clock = Stopwatch.StartNew();
        while (later is { } count ? times.Count < count : times.Count == 0 || (times.Count < UsualCalls && clock.Elapsed < s_usualTime)) times.Add(Call());
        return new RunTimes(first, times);

        double Call()
        {
            cancellation.ThrowIfCancellationRequested();
            Stopwatch one = Stopwatch.StartNew();
            session.Run();
            return one.Elapsed.TotalMilliseconds;
        }
    }

    /// <summary>For example <c>first call 85.2 ms, later calls 4.10 ms (median of 10)</c>, and the share of the JIT on a line of its own.</summary>
    public override string ToString()
    {
        if (MedianMs is not { } median) return FormattableString.Invariant($"first call {FirstMs:0.0} ms, with what the JIT compiler took of it");
        return FormattableString.Invariant($"first call {FirstMs:0.0} ms, later calls {median:0.00} ms (median of {LaterMs.Count})\n")
            + FormattableString.Invariant($"{Math.Max(0, FirstMs - median):0.0} ms of the first call were the JIT compiler's");
    }
}
