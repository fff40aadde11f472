using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Testing;
using Lr2vq.Tests.Artifact;
using Xunit;

namespace Lr2vq.Tests.Sessions;

/// <summary>Callers of <c>Predict</c> and <c>PredictAsync</c> share a bounded number of sessions.</summary>
public sealed class SessionPoolTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);

    private static float[] Input(int seed) => [.. Enumerable.Range(0, 12).Select(i => seed * 0.5f - i)];

    private static TinyModel Load(int sessions) =>
        new(ModelSource.Memory(TinyArtifact.Bytes()), new SessionOptions { MaxSessions = sessions, IdleTimeout = Timeout.InfiniteTimeSpan });

    private static float[] Expected(int seed)
    {
        using TinyModel model = TinyModel.Load();
        float[] y = new float[12];
        model.Predict(Input(seed), y);
        return y;
    }

    private static unsafe void Allocate(TinyModel model) => model.Network.Memory.Allocate(1);

    [Fact]
    public async Task SixtyFourCallersShareThreeSessions()
    {
        float[][] expected = [.. Enumerable.Range(0, 64).Select(Expected)];
        using TinyModel model = Load(3);
        await Task.WhenAll(Enumerable.Range(0, 64).Select(caller => Task.Factory.StartNew(() =>
        {
            float[] y = new float[12];
            for (int i = 0; i < 200; i++)
            {
                Array.Clear(y);
                // Half of them block.
                if (caller % 2 == 0) model.Predict(Input(caller), y);
                else model.PredictAsync(Input(caller), y, TestContext.Current.CancellationToken).AsTask().Wait(s_long, TestContext.Current.CancellationToken);
                Assert.Equal(expected[caller], y);
            }
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.InRange(model.Pool.Count, 1, 3);
        Assert.Equal(0, model.Pool.Waiting);
    }

    [Fact]
    public async Task WhoCameFirstIsServedFirst()
    {
        using TinyModel model = Load(1);
        ModelSession held = model.Take();
        List<int> served = [];
        List<Task> callers = [];
        for (int i = 0; i < 8; i++)
        {
            int caller = i;
            callers.Add(caller % 2 == 0 ? Serve(caller) : Task.Factory.StartNew(() => model.GiveBack(Note(model.Take(), caller)),
                TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default));
            SpinWait.SpinUntil(() => model.Pool.Waiting == caller + 1, s_long);
        }
        model.GiveBack(held);
        await Task.WhenAll(callers).WaitAsync(s_long, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 8), served);

        async Task Serve(int caller) => model.GiveBack(Note(await model.TakeAsync(TestContext.Current.CancellationToken), caller));

        ModelSession Note(ModelSession session, int caller)
        {
            lock (served) served.Add(caller);
            return session;
        }
    }

    [Fact]
    public async Task AWaitIsCancelledAndTheNextOneIsServed()
    {
        using TinyModel model = Load(1);
        ModelSession held = model.Take();
        using CancellationTokenSource source = new();
        Task<ModelSession> first = model.TakeAsync(source.Token).AsTask(), second = model.TakeAsync(default).AsTask();
        SpinWait.SpinUntil(() => model.Pool.Waiting == 2, s_long);
        await source.CancelAsync();
        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(s_long))).CancellationToken);
        Assert.False(second.IsCompleted);
        model.GiveBack(held);
        Assert.Same(held, await second.WaitAsync(s_long, TestContext.Current.CancellationToken));
        model.GiveBack(held);
        // Cancelled before.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => model.TakeAsync(source.Token).AsTask());
        Assert.Equal((1, 0), (model.Pool.Count, model.Pool.Waiting));
    }

    [Fact]
    public async Task CancellingAndServingMeetWithoutLosingASession()
    {
        using TinyModel model = Load(2);
        int cancelled = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            Random random = new(caller);
            float[] x = Input(caller), y = new float[12];
            for (int i = 0; i < 300; i++)
            {
                using CancellationTokenSource source = new();
                ValueTask call = model.PredictAsync(x, y, source.Token);
                if (random.Next(2) == 0) source.Cancel();
                try
                {
                    await call;
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref cancelled);
                }
            }
        }))).WaitAsync(s_long, TestContext.Current.CancellationToken);
        Assert.True(cancelled > 0);
        Assert.InRange(model.Pool.Count, 1, 2);
        Assert.Equal(0, model.Pool.Waiting);
        ModelSession[] both = [model.Take(), model.Take()];
        foreach (ModelSession session in both) model.GiveBack(session);
    }

    [Fact]
    public void ARunEndsBetweenTwoSteps()
    {
        using TinyModel model = Load(1);
        using CancellationTokenSource source = new();
        using ModelSession session = new(model) { Observer = new SeenSteps((step, _, _) => { if (step == 2) source.Cancel(); }) };
        session.SetInput<float>(0, Input(1));
        Assert.Throws<OperationCanceledException>(() => session.Run(source.Token));
        Assert.Throws<InvalidOperationException>(() => session.Output<float>(0).Length);
        session.Run();
        Assert.Equal(Expected(1), session.Output<float>(0).ToArray());
    }

    [Fact]
    public async Task WhoWaitsWhenTheModelIsDisposedIsTold()
    {
        TinyModel model = Load(1);
        ModelSession held = model.Take();
        Task<ModelSession> waiting = model.TakeAsync(default).AsTask();
        Task<ModelSession> blocked = Task.Factory.StartNew(model.Take, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        SpinWait.SpinUntil(() => model.Pool.Waiting == 2, s_long);
        model.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.WaitAsync(s_long));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => blocked.WaitAsync(s_long));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => model.TakeAsync(default).AsTask());
        Allocate(model);
        model.GiveBack(held);
        Assert.Throws<ObjectDisposedException>(() => Allocate(model));
        Assert.Equal(0, model.SessionCount);
    }

    [Fact]
    public void IdleSessionsAreFreedButForOne()
    {
        using TinyModel model = Load(8);
        ModelSession[] lent = [.. Enumerable.Range(0, 6).Select(_ => model.Take())];
        foreach (ModelSession session in lent)
        {
            session.SetInput<float>(0, Input(1));
            session.Run();
        }
        long each = lent[0].MemoryBytes;
        Assert.Equal(6 * each, model.SessionBytes);
        for (int i = 2; i < 6; i++) model.GiveBack(lent[i]);
        model.Pool.Trim();
        // Four came back after the last time, two are in use: nothing is known to be idle.
        Assert.Equal(6, model.Pool.Count);
        ModelSession again = model.Take();
        Assert.Same(lent[5], again);
        model.Pool.Trim();
        Assert.Equal(3, model.Pool.Count);
        Assert.Equal(3 * each, model.SessionBytes);
        model.GiveBack(again);
        model.GiveBack(lent[1]);
        model.GiveBack(lent[0]);
        model.Pool.Trim();
        model.Pool.Trim();
        Assert.Equal(1, model.Pool.Count);
        Assert.Same(lent[0], model.Take());
        Assert.Throws<ObjectDisposedException>(lent[3].Run);
    }

    [Fact]
    public void ATimerTrimsAndDoesNotKeepTheModelAlive()
    {
        WeakReference weak = Use();
        for (int i = 0; i < 100 && weak.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(10);
        }
        Assert.False(weak.IsAlive);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference Use()
        {
            TinyModel model = new(ModelSource.Memory(TinyArtifact.Bytes()), new SessionOptions { MaxSessions = 4, IdleTimeout = TimeSpan.FromMilliseconds(20) });
            ModelSession[] lent = [model.Take(), model.Take(), model.Take()];
            foreach (ModelSession session in lent) model.GiveBack(session);
            Assert.True(SpinWait.SpinUntil(() => model.Pool.Count == 1, s_long));
            lent = [model.Take(), model.Take()];
            foreach (ModelSession session in lent) model.GiveBack(session);
            return new WeakReference(model);
        }
    }

    [Fact]
    public void ASessionThatCannotBeMadeLeavesItsPlace()
    {
        using TinyModel model = Load(1);
        ModelSession held = model.Take();
        held.Dispose();
        model.GiveBack(held);
        Assert.Equal(0, model.Pool.Count);
        model.Predict(Input(2), new float[12]);
        Assert.Equal(1, model.Pool.Count);
    }

    [Fact]
    public async Task NothingIsComputedOnTheCallersThread()
    {
        using TinyModel model = Load(1);
        for (int i = 0; i < 100; i++)
        {
            int here = Environment.CurrentManagedThreadId, there = 0;
            Thread caller = new(() =>
            {
                here = Environment.CurrentManagedThreadId;
                Run().AsTask().Wait();
            });
            caller.Start();
            caller.Join();
            Assert.NotEqual(here, there);

            async ValueTask Run()
            {
                ModelSession session = await model.TakeAsync(default).ConfigureAwait(false);
                there = Environment.CurrentManagedThreadId;
                model.GiveBack(session);
            }
        }
        await Task.CompletedTask;
    }

    [Fact]
    public async Task WrongLengthsAreRefusedWhileAllSessionsAreInUse()
    {
        using TinyModel model = Load(1);
        ModelSession held = model.Take();
        Assert.Contains("'x' [N,3,2,2] cannot have 13 elements", Assert.Throws<ArgumentException>(() => model.Predict(new float[13], new float[12])).Message);
        await Assert.ThrowsAsync<ArgumentException>(() => model.PredictAsync(new float[13], new float[12], default).AsTask());
        Assert.Contains("not [1,3,2]", Assert.Throws<ArgumentException>(() => model.Check(0, 6, [1, 3, 2])).Message);
        Assert.Contains("has 24 elements; 12 were given", Assert.Throws<ArgumentException>(() => model.Check(0, 12, [2, 3, 2, 2])).Message);
        model.Check(0, 24, [2, 3, 2, 2]);
        Assert.Equal(0, model.Pool.Waiting);
        model.GiveBack(held);
    }

    [Fact]
    public void AModelWarmsUpOnce()
    {
        using TinyModel model = Load(1);
        Assert.True(model.WarmUp());
        ModelSession session = model.Take();
        Assert.True(session.MemoryBytes > 0);
        Assert.Equal(12, session.Output<float>(0).Length);
        model.GiveBack(session);
        using PlanRunner open = PlanRunner.Load(TinyArtifact.Bytes("""
            symbol N ""
            symbol S ""
            input v0 "x" f32 [N,S]
            step 1 Relu "r" (v0) -> (v1 f32 [N,S])
            output v1 "y" f32 [N,S]
            """));
        Assert.False(open.WarmUp());
    }

    [Fact]
    public void SyncCallsAllocateNothing()
    {
        using TinyModel model = Load(1);
        float[] x = Input(3), y = new float[12];
        for (int i = 0; i < 50; i++) model.Predict(x, y);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) model.Predict(x, y);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task AwaitingASessionAllocatesNothing()
    {
        using TinyModel model = Load(1);
        long allocated = long.MaxValue;
        int seen = 0;
        // Threads of the pool come and go; each brings its own beginnings.
        for (int attempt = 0; attempt < 20 && allocated > 0; attempt++) allocated = await TakeOften();
        Assert.Equal(0, allocated);
        Assert.True(seen > 0);

        async Task<long> TakeOften()
        {
            long sum = 0;
            for (int i = 0; i < 100; i++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                int thread = Environment.CurrentManagedThreadId;
                ModelSession session = await model.TakeAsync(default).ConfigureAwait(false);
                model.GiveBack(session);
                if (thread != Environment.CurrentManagedThreadId) continue;
                // The state machine of this method, when it first waits.
                if (i > 0) sum += GC.GetAllocatedBytesForCurrentThread() - before;
                seen++;
            }
            return sum;
        }
    }

    [Fact]
    public void OptionsAreChecked()
    {
        SessionOptions options = new();
        Assert.Equal(Environment.ProcessorCount, options.MaxSessions);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.MaxSessions = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.IdleTimeout = TimeSpan.Zero);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.IdleTimeout = TimeSpan.FromDays(2));
        options.IdleTimeout = Timeout.InfiniteTimeSpan;
    }
}
