using System;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Kernels;

namespace Lr2vq.Compression;

/// <summary>Threads for independent pieces of work, and what ends them early.</summary>
internal sealed class Workers(int threads, CancellationToken cancellation)
{
    /// <summary>How many.</summary>
    public int Threads { get; } = threads > 0 ? threads : Environment.ProcessorCount;

    public CancellationToken Cancellation => cancellation;

    /// <summary>Does pieces 0 to <paramref name="count"/> − 1, the dearest first. What a piece gives must not depend on others.</summary>
    public void Run(int count, Func<int, double> cost, Action<int> work)
    {
        int[] order = [.. Enumerable.Range(0, count).OrderByDescending(cost).ThenBy(i => i)];
        int next = -1;
        Isa isa = Lanes.Isa;
        void Work()
        {
            using Lanes.Forced forced = Lanes.Force(isa);
            for (int n = Interlocked.Increment(ref next); n < count; n = Interlocked.Increment(ref next))
            {
                cancellation.ThrowIfCancellationRequested();
                work(order[n]);
            }
        }
        if (Threads == 1 || count < 2)
        {
            Work();
            return;
        }
        try
        {
            Task.WaitAll([.. Enumerable.Range(0, Math.Min(Threads, count)).Select(_ => Task.Factory.StartNew(Work, cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default))]);
        }
        catch (AggregateException failures)
        {
            cancellation.ThrowIfCancellationRequested();
            ExceptionDispatchInfo.Throw(failures.Flatten().InnerExceptions[0]);
        }
    }
}
