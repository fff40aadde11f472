using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Lr2vq.Training.Networks;

/// <summary>Keeps finalizers from running meanwhile. A scalar of TorchSharp (every number in <c>x * 0.5</c>, and one in each sum of two tensors) is alive for the collector until
/// its handle was read, not until libtorch has read the scalar: a collection on another thread in between frees it, and libtorch computes with what lies there then, or says that
/// false was expected to be true. Collections themselves do no harm: finalizers free.</summary>
internal static class FinalizerGate
{
    private const int MostTries = 3;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly object s_gate = new();
    private static int s_depth;
    private static Round? s_round;

    /// <summary>Comes back when the thread of finalizers waits; it goes on when the last that closed is disposed.</summary>
    public static Closed Close()
    {
        lock (s_gate)
        {
            if (s_depth++ > 0) return new Closed();
            Round round = s_round = new Round();
            for (int i = 0; i < MostTries; i++)
            {
                Leave(round);
                GC.Collect(i == 0 ? 0 : GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
                if (round.IsWaiting.Wait(s_patience)) break;
            }
            return new Closed();
        }
    }

    /// <summary>Where nothing refers to it any more.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Leave(Round round) => _ = new Waiter(round);

    public readonly ref struct Closed
    {
        public void Dispose()
        {
            lock (s_gate)
                if (--s_depth == 0) s_round!.IsOver.Set();
        }
    }

    /// <summary>From closing to opening: each has events of its own, since a thread that wakes up late must not wait for the next one.</summary>
    private sealed class Round
    {
        public ManualResetEventSlim IsWaiting { get; } = new();

        public ManualResetEventSlim IsOver { get; } = new();
    }

    private sealed class Waiter(Round round)
    {
        ~Waiter()
        {
            round.IsWaiting.Set();
            round.IsOver.Wait();
        }
    }
}
