using System;
using System.Globalization;

namespace Lr2vq.Protocol;

/// <summary>How long a piece of work may still take, in words.</summary>
internal static class TimeLeft
{
    // Before, what is left says more about what comes first than about what comes.
    private const double LeastFraction = 0.1, LeastSeconds = 3;

    /// <summary>For example <c>, about 40 s left</c>; empty while nobody can tell.</summary>
    /// <param name="elapsed">Since the beginning.</param>
    /// <param name="fraction">Of the work that is done.</param>
    public static string After(TimeSpan elapsed, double fraction)
    {
        if (fraction < LeastFraction || fraction >= 1 || elapsed.TotalSeconds < LeastSeconds) return "";
        double seconds = elapsed.TotalSeconds * (1 - fraction) / fraction;
        string amount = seconds < 90 ? Rounded(seconds, seconds < 20 ? 1 : 5) + " s" : Rounded(seconds / 60, 1) + " min";
        return ", about " + amount + " left";
    }

    private static string Rounded(double amount, int to) => (Math.Max(1, Math.Round(amount / to)) * to).ToString(CultureInfo.InvariantCulture);
}
