using System;

namespace Lr2vq.Training.Tuning;

/// <summary>Whether steps will be done in time.</summary>
internal static class Pace
{
    /// <summary>Steps that say nothing of those to come: memory and code are new to them. Unless they take this part of the time.</summary>
    private const int FirstSteps = 5;

    private const double MostOfFirst = 0.1;

    /// <param name="before">Steps done before the clock was started.</param>
    /// <param name="done">Steps done.</param>
    /// <param name="steps">Of all.</param>
    /// <param name="spent">What the clock says.</param>
    /// <param name="time">When it has to be over.</param>
    public static bool RunsOut(int before, int done, int steps, TimeSpan spent, TimeSpan time)
    {
        int here = done - before;
        if (here < FirstSteps && spent < MostOfFirst * time) return false;
        return here == 0 || spent / here * (steps - before) > time;
    }
}
