using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lr2vq.Protocol;

/// <summary>How long a piece of work may still take, by how fast it was of late, in words.</summary>
/// <remarks>Not by all that was done: stages take as long as they like for their part of the whole.</remarks>
internal sealed class TimeLeft
{
    // Seconds that are looked back on, or this part of all if that is longer.
    private const double LeastSeconds = 6, Part = 1.0 / 3;

    // What has to be done in that time before anything is said.
    private const double LeastFraction = 0.01;

    private readonly Queue<(double Seconds, double Fraction)> _seen = new();
    private double _last;

    /// <summary>For example <c>, about 40 s left</c>; empty while nobody can tell.</summary>
    /// <param name="elapsed">Since the beginning; not before that of the last call.</param>
    /// <param name="fraction">Of the work that is done. Work that turns out to be more may go back.</param>
    public string At(TimeSpan elapsed, double fraction)
    {
        double now = elapsed.TotalSeconds, since = now - Math.Max(LeastSeconds, now * Part);
        if (fraction < _last) _seen.Clear();
        _last = fraction;
        _seen.Enqueue((now, fraction));
        (double seconds, double done) = _seen.Peek();
        bool isLong = seconds <= since;
        // The last that lies so far back.
        while (_seen.Peek().Seconds <= since) (seconds, done) = _seen.Dequeue();
        if (!isLong || fraction >= 1 || fraction - done < LeastFraction) return "";
        double left = (1 - fraction) * (now - seconds) / (fraction - done);
        return ", about " + (left < 90 ? Rounded(left, left < 20 ? 1 : 5) + " s" : Rounded(left / 60, 1) + " min") + " left";
    }

    private static string Rounded(double amount, int to) => (Math.Max(1, Math.Round(amount / to)) * to).ToString(CultureInfo.InvariantCulture);
}
