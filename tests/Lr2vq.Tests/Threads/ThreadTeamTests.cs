using System;
using System.Linq;
using System.Threading;
using Lr2vq.Kernels;
using Xunit;

namespace Lr2vq.Tests.Threads;

[Collection(Alone.Name)]
public sealed unsafe class ThreadTeamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private sealed class Work(Action<int, int, int> share) : IShared
    {
        public void Share(void* call, int phase, int number, int slot) => share(phase, number, slot);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(5)]
    public void EveryShareIsDoneOnce(int threads)
    {
        using Alone.Limited limit = Alone.Limit(threads);
        using var team = new ThreadTeam(threads);
        int[] done = new int[40], slots = new int[threads];
        var work = new Work((phase, share, slot) =>
        {
            Assert.Equal(7, phase);
            Assert.Equal(1, Interlocked.Increment(ref slots[slot]));
            Interlocked.Increment(ref done[share]);
            Interlocked.Decrement(ref slots[slot]);
        });
        for (int round = 0; round < 2000; round++)
        {
            int shares = round % (done.Length + 1);
            team.Run(work, null, 7, shares);
            for (int i = 0; i < done.Length; i++) Assert.Equal(i < shares ? 1 : 0, done[i]);
            Array.Clear(done);
            // Sometimes long enough for helpers to block.
            if (round % 500 == 0) Thread.Sleep(5);
        }
        Assert.Equal(0, ThreadBudget.Used);
    }

    [Fact]
    public void HelpersTakePartAndEndWithTheTeam()
    {
        using Alone.Limited limit = Alone.Limit(3);
        var team = new ThreadTeam(3);
        var found = new Thread[3];
        using var all = new Barrier(3);
        for (int round = 0; round < 3; round++)
        {
            // Each share waits for the others: three threads are needed.
            team.Run(new Work((_, share, slot) =>
            {
                found[slot] = Thread.CurrentThread;
                Assert.True(all.SignalAndWait(Patience), "a helper did not come");
            }), null, 0, 3);
            Assert.Equal(3, found.Distinct().Count());
            Assert.Same(Thread.CurrentThread, found[0]);
            Thread.Sleep(5);
        }
        team.Dispose();
        Assert.True(found[1].Join(Patience) && found[2].Join(Patience));
        team.Dispose();
    }

    [Fact]
    public void ATeamThatNobodyDisposedEnds()
    {
        using Alone.Limited limit = Alone.Limit(2);
        static Thread Leak()
        {
            Thread? helper = null;
            using var both = new Barrier(2);
            new ThreadTeam(2).Run(new Work((_, _, slot) =>
            {
                if (slot == 1) helper = Thread.CurrentThread;
                both.SignalAndWait(Patience);
            }), null, 0, 2);
            return helper!;
        }
        Thread leaked = Leak();
        for (int i = 0; i < 100 && leaked.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            leaked.Join(50);
        }
        Assert.False(leaked.IsAlive);
    }

    [Fact]
    public void ExceptionsReachTheCaller()
    {
        using Alone.Limited limit = Alone.Limit(2);
        using var team = new ThreadTeam(2);
        for (int round = 0; round < 50; round++)
        {
            int failing = round % 2;
            using var both = new Barrier(2);
            var e = Assert.Throws<InvalidOperationException>(() => team.Run(new Work((_, share, slot) =>
            {
                if (share < 2) both.SignalAndWait(Patience);
                if (slot == failing) throw new InvalidOperationException("slot " + slot);
            }), null, 0, 2));
            Assert.Equal("slot " + failing, e.Message);
            int count = 0;
            team.Run(new Work((_, _, _) => Interlocked.Increment(ref count)), null, 0, 9);
            Assert.Equal(9, count);
        }
        Assert.Equal(0, ThreadBudget.Used);
    }

    [Fact]
    public void NoProcessorNoHelper()
    {
        using Alone.Limited limit = Alone.Limit(2);
        using var team = new ThreadTeam(4);
        ThreadBudget.Enter();
        ThreadBudget.Enter();
        try
        {
            Thread caller = Thread.CurrentThread;
            for (int round = 0; round < 100; round++) team.Run(new Work((_, _, _) => Assert.Same(caller, Thread.CurrentThread)), null, 0, 8);
            ThreadBudget.Leave(1);
            Assert.Equal(1, ThreadBudget.Take(3));
            Assert.Equal(0, ThreadBudget.Take(3));
            ThreadBudget.Leave(1);
        }
        finally
        {
            ThreadBudget.Leave(1);
        }
        Assert.Equal(0, ThreadBudget.Used);
    }

    [Fact]
    public void HelpersUseTheCallersVectors()
    {
        using Alone.Limited limit = Alone.Limit(2);
        using var team = new ThreadTeam(2);
        using var both = new Barrier(2);
        foreach (Isa isa in new[] { Isa.Scalar, Isa.Vector128, Lanes.Widest })
        {
            using Lanes.Forced forced = Lanes.Force(isa);
            Isa expected = Lanes.Isa;
            team.Run(new Work((_, _, _) =>
            {
                both.SignalAndWait(Patience);
                Assert.Equal(expected, Lanes.Isa);
            }), null, 0, 2);
        }
    }

    [Fact]
    public void NothingIsAllocatedByACall()
    {
        using Alone.Limited limit = Alone.Limit(2);
        using var team = new ThreadTeam(2);
        long[] first = new long[2], last = new long[2];
        var work = new Work((_, _, slot) =>
        {
            last[slot] = GC.GetAllocatedBytesForCurrentThread();
            if (first[slot] == 0) first[slot] = last[slot];
        });
        // The run time itself may allocate once or twice, when it loads a type.
        for (int round = 0; round < 200; round++) team.Run(work, null, 0, 50);
        Array.Clear(first);
        for (int round = 0; round < 2000; round++)
        {
            team.Run(work, null, 0, 50);
            if (round % 100 == 0) Thread.Sleep(1);
        }
        Assert.Equal(first[0], last[0]);
        if (first[1] != 0) Assert.Equal(first[1], last[1]);
    }
}
