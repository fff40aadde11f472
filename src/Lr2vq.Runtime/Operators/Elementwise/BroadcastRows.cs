using System;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>What is done with a row of a broadcast.</summary>
internal unsafe interface IBroadcastRow
{
    /// <param name="from">Where the row begins in each operand, in elements.</param>
    /// <param name="to">Where it begins in the result.</param>
    /// <param name="count">Elements of the row.</param>
    void Do(long* from, long to, long count);
}

/// <summary>Walks through a broadcast row by row; threads share the rows, or stretches of a single one.</summary>
internal static unsafe class BroadcastRows
{
    private const int Stretch = 1024;

    public static void Run<TRow>(ThreadTeam? team, BroadcastPlan plan, TRow row) where TRow : struct, IBroadcastRow
    {
        long inner = plan.Sizes[^1], rows = 1;
        if (plan.Rank == 1)
        {
            Ranges.Run(team, (inner + Stretch - 1) / Stretch, Ranges.LeastMoved(Stretch), new Stretches<TRow>(plan, row));
            return;
        }
        for (int d = 0; d < plan.Rank - 1; d++) rows *= plan.Sizes[d];
        Ranges.Run(team, rows, Ranges.LeastMoved(inner), new Rows<TRow>(plan, row));
    }

    private readonly struct Stretches<TRow>(BroadcastPlan plan, TRow row) : IRange where TRow : struct, IBroadcastRow
    {
        public void Do(long first, long last, int slot)
        {
            long start = first * Stretch;
            long* from = stackalloc long[plan.Strides.Length];
            for (int o = 0; o < plan.Strides.Length; o++) from[o] = start * plan.Strides[o][0];
            row.Do(from, start, Math.Min(plan.Sizes[0], last * Stretch) - start);
        }
    }

    private readonly struct Rows<TRow>(BroadcastPlan plan, TRow row) : IRange where TRow : struct, IBroadcastRow
    {
        public void Do(long first, long last, int slot)
        {
            long inner = plan.Sizes[^1];
            long* from = stackalloc long[plan.Strides.Length], index = stackalloc long[plan.Rank];
            Odometer odometer = new(plan, plan.Rank - 1, index);
            odometer.MoveTo(first);
            for (long number = first; number < last; number++, odometer.Next())
            {
                for (int o = 0; o < plan.Strides.Length; o++) from[o] = odometer.Offset(o);
                row.Do(from, number * inner, inner);
            }
        }
    }
}
