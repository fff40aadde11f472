using System;
using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>A loop whose passes do not depend on each other.</summary>
internal interface IRange
{
    /// <summary>Does the passes [first, last).</summary>
    /// <param name="slot">Number of the thread: which scratch memory is its own.</param>
    void Do(long first, long last, int slot);
}

/// <summary>Divides loops evenly among the threads of a session. Nothing is allocated by a call.</summary>
internal static unsafe class Ranges
{
    /// <summary>Floats that are worth a share of a loop that does little with each: some microseconds, as waking a helper costs.</summary>
    public const long LeastFloats = 1 << 14;

    /// <summary>More than one, because a helper may come late.</summary>
    private const int SharesOfThread = 4;

    /// <param name="team">Null: this thread does all.</param>
    /// <param name="count">Number of passes.</param>
    /// <param name="least">Fewest passes worth a share, at least 1.</param>
    /// <param name="range">The loop.</param>
    public static void Run<TRange>(ThreadTeam? team, long count, long least, TRange range) where TRange : struct, IRange
    {
        long shares = team is null ? 1 : Math.Min(team.Threads * SharesOfThread, count / least);
        if (shares <= 1)
        {
            range.Do(0, count, 0);
            return;
        }
        long size = (count + shares - 1) / shares;
        var call = new Call<TRange> { Range = range, Count = count, Size = size };
        // The call lies on this stack until all shares are done.
        team!.Run(Work<TRange>.Instance, Unsafe.AsPointer(ref call), 0, (int)((count + size - 1) / size));
    }

    /// <summary>Fewest passes of <paramref name="floats"/> floats that are worth a share.</summary>
    public static long Least(long floats) => Math.Max(1, LeastFloats / Math.Max(1, floats));

    /// <summary>The same for floats that are only moved, compared or added: less work than waking a helper until there are more of them.</summary>
    public static long LeastMoved(long floats) => Least((floats + 3) / 4);

    private struct Call<TRange> where TRange : struct, IRange
    {
        public TRange Range;
        public long Count, Size;
    }

    private sealed class Work<TRange> : IShared where TRange : struct, IRange
    {
        public static readonly Work<TRange> Instance = new();

        public void Share(void* call, int phase, int share, int slot)
        {
            ref Call<TRange> what = ref Unsafe.AsRef<Call<TRange>>(call);
            what.Range.Do(share * what.Size, Math.Min(what.Count, (share + 1) * what.Size), slot);
        }
    }
}
