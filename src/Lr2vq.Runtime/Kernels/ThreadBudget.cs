using System;
using System.Threading;

namespace Lr2vq.Kernels;

/// <summary>How many threads of the process compute at this moment: sessions and their helpers together are no more than the processors,
/// unless there are more sessions at work than that.</summary>
internal static class ThreadBudget
{
    private static int s_used;
    private static int s_limit = Environment.ProcessorCount;

    /// <summary>The most threads; tests change it.</summary>
    public static int Limit
    {
        get => Volatile.Read(ref s_limit);
        set => Volatile.Write(ref s_limit, value);
    }

    public static int Used => Volatile.Read(ref s_used);

    /// <summary>A session begins to compute, on its caller's thread.</summary>
    public static void Enter() => Interlocked.Increment(ref s_used);

    /// <summary>Takes up to <paramref name="wanted"/> more threads.</summary>
    /// <returns>How many there are.</returns>
    public static int Take(int wanted)
    {
        while (true)
        {
            int used = Volatile.Read(ref s_used), taken = Math.Min(wanted, Limit - used);
            if (taken <= 0) return 0;
            if (Interlocked.CompareExchange(ref s_used, used + taken, used) == used) return taken;
        }
    }

    /// <summary>Gives threads back.</summary>
    public static void Leave(int count) => Interlocked.Add(ref s_used, -count);
}
