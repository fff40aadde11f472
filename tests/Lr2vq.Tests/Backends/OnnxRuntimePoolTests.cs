using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.OnnxRuntime;
using Lr2vq.Testing;
using Lr2vq.Tests.Sessions;
using Xunit;

namespace Lr2vq.Tests.Backends;

/// <summary>Models of ONNX Runtime lend, count and measure sessions as the managed ones do.</summary>
public sealed class OnnxRuntimePoolTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);

    private static RowsModel Load(int sessions) => RowsModel.Create(new SessionOptions { MaxSessions = sessions, Threads = 1, IdleTimeout = Timeout.InfiniteTimeSpan });

    private static float[] Rows(int seed) => RandomTensor.Uniform(seed, 2 * 64);

    [Fact]
    public async Task ManyCallersShareTwoSessions()
    {
        using RowsModel model = Load(2);
        float[][] expected = [.. Enumerable.Range(0, 16).Select(Once)];
        await Task.WhenAll(Enumerable.Range(0, 16).Select(caller => Task.Factory.StartNew(() =>
        {
            float[] y = new float[4];
            for (int i = 0; i < 20; i++)
            {
                Array.Clear(y);
                // Half of them block.
                if (caller % 2 == 0) model.Predict(Rows(caller), y);
                else model.PredictAsync(Rows(caller), y, TestContext.Current.CancellationToken).AsTask().Wait(s_long, TestContext.Current.CancellationToken);
                Assert.Equal(expected[caller], y);
            }
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.InRange(model.Pool.Count, 1, 2);
        Assert.Equal((0, model.Pool.Count), (model.Pool.Waiting, model.SessionCount));

        float[] Once(int seed)
        {
            float[] y = new float[4];
            model.Predict(Rows(seed), y);
            return y;
        }
    }

    [Fact]
    public async Task AWaitEndsByItsTokenOrWithTheModel()
    {
        RowsModel model = Load(1);
        OnnxRuntimeSession held = model.Take();
        using CancellationTokenSource source = new();
        Task cancelled = model.PredictAsync(Rows(1), new float[4], source.Token).AsTask();
        Task<OnnxRuntimeSession> served = model.TakeAsync(default).AsTask();
        Assert.True(SpinWait.SpinUntil(() => model.Pool.Waiting == 2, s_long));
        // A wrong call does not wait.
        await Assert.ThrowsAsync<ArgumentException>(() => model.PredictAsync(new float[65], new float[4], default).AsTask());
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(s_long));
        model.GiveBack(held);
        Assert.Same(held, await served.WaitAsync(s_long, TestContext.Current.CancellationToken));
        Task<OnnxRuntimeSession> late = model.TakeAsync(default).AsTask();
        Assert.True(SpinWait.SpinUntil(() => model.Pool.Waiting == 1, s_long));
        model.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => late.WaitAsync(s_long));
        Assert.Throws<ObjectDisposedException>(model.Take);
        // Who computes is not disturbed.
        held.SetInput<float>(0, Rows(1));
        held.Run();
        model.GiveBack(held);
        Assert.Throws<ObjectDisposedException>(held.Run);
        Assert.Equal(0, model.SessionCount);
    }

    [Fact]
    public void ARunThatIsCancelledEndsSoon()
    {
        // As many turns as the input says.
        OnnxBuilder body = new OnnxBuilder(17, "body").Input("i", ElementType.Int64).Input("c", ElementType.Bool).Input("s", ElementType.Float32, 2, 2)
            .Node("Identity", ["c"], ["go"]).Node("CDist", ["s", "s"], ["d"], null, "com.microsoft", ("metric", "euclidean")).Output("go", ElementType.Bool).Output("d", ElementType.Float32, 2, 2);
        byte[] model = new OnnxBuilder(17).Opset("com.microsoft", 1).Input("turns", ElementType.Int64).Input("x", ElementType.Float32, 2, 2)
            .Node("Loop", ["turns", "", "x"], ["y"], ("body", body)).Output("y", ElementType.Float32, 2, 2).Build();
        using OnnxRuntimeChain chain = OnnxRuntimeChain.Of(model);
        using OnnxRuntimeSession session = chain.Model.CreateSession();
        session.SetInput<long>(0, [long.MaxValue], []);
        session.SetInput<float>(1, [0, 0, 3, 4]);
        using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(50));
        Assert.Equal(source.Token, Assert.Throws<OperationCanceledException>(() => session.Run(source.Token)).CancellationToken);
        Assert.Throws<InvalidOperationException>(() => session.Output<float>(0).Length);
        session.SetInput<long>(0, [1], []);
        session.Run();
        Assert.Equal([0f, 5f, 5f, 0f], session.Output<float>(0).ToArray());
    }

    [Fact]
    public void IdleSessionsGiveTheirMemoryBack()
    {
        using RowsModel model = Load(4);
        OnnxRuntimeSession[] lent = [.. Enumerable.Range(0, 3).Select(_ => model.Take())];
        foreach (OnnxRuntimeSession session in lent)
        {
            session.SetInput<float>(0, Rows(1));
            session.Run();
        }
        Assert.Equal((2 * 64 + 4) * sizeof(float), lent[0].MemoryBytes);
        Assert.Equal(3 * lent[0].MemoryBytes, model.SessionBytes);
        foreach (OnnxRuntimeSession session in lent) model.GiveBack(session);
        model.Pool.Trim();
        model.Pool.Trim();
        Assert.Equal((1, 1, lent[2].MemoryBytes), (model.Pool.Count, model.SessionCount, model.SessionBytes));
        Assert.Same(lent[2], model.Take());
    }

    [Fact]
    public void CallsTimeSessionsAndBytesAreMeasured()
    {
        using RowsModel model = RowsModel.Create(new SessionOptions { Metrics = true, MaxSessions = 2 });
        string name = model.Info.Name;
        Dictionary<string, double> sums = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Lr2vq") l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, 1, tags));
        listener.Start();
        for (int i = 0; i < 3; i++) model.Predict(Rows(i), new float[4]);
        Assert.Throws<ArgumentException>(() => model.Predict(Rows(0), new float[5]));
        listener.RecordObservableInstruments();
        // The outputs of the last call were computed, if not taken.
        Assert.Equal((4, 4, 1, 0), ((int)sums["lr2vq.calls"], (int)sums["lr2vq.call.duration"], (int)sums["lr2vq.sessions"], (int)sums["lr2vq.waiting"]));
        Assert.Equal((64 * 64 * sizeof(float), model.SessionBytes), ((long)sums["lr2vq.memory weights"], (long)sums["lr2vq.memory sessions"]));
        Assert.True(model.SessionBytes > 0);

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags[0].Value as string != name) return;
            string key = tags.Length > 1 ? $"{instrument.Name} {tags[1].Value}" : instrument.Name;
            lock (sums) sums[key] = sums.GetValueOrDefault(key) + value;
        }
    }

    [Fact]
    public void ThreadsAreThoseOfOnnxRuntime()
    {
        List<int> seen = [];
        OnnxRuntimeOptions options = new(new SessionOptions { Threads = 3, MaxSessions = 7 }) { Configure = native => seen.Add(native.IntraOpNumThreads) };
        Assert.Equal((3, 7), (options.Threads, options.MaxSessions));
        RowsModel.Create(options).Dispose();
        RowsModel.Create(new OnnxRuntimeOptions { Configure = options.Configure }).Dispose();
        RowsModel.Create(new OnnxRuntimeOptions(options)).Dispose();
        Assert.Equal([3, 0, 3], seen);
    }

    [Fact]
    public void OptionsOfOnnxRuntimeAreNotIgnoredElsewhere() =>
        Assert.Contains("ONNX Runtime", Assert.Throws<ArgumentException>(() => PlanRunner.Load(RowsModel.Artifact, new OnnxRuntimeOptions())).Message);
}
