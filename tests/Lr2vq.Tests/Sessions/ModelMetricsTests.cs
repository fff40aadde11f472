using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using Lr2vq.Tests.Artifact;
using Xunit;

namespace Lr2vq.Tests.Sessions;

/// <summary>The meter <c>Lr2vq</c>.</summary>
public sealed class ModelMetricsTests
{
    private static TinyModel Load(bool metrics) =>
        new(ModelSource.Memory(TinyArtifact.Bytes().AsMemory()), new SessionOptions { MaxSessions = 2, Metrics = metrics });

    [Fact]
    public void CallsTimeSessionsAndBytesAreMeasured()
    {
        using TinyModel model = Load(metrics: true), silent = Load(metrics: false);
        Dictionary<string, double> sums = [];
        Dictionary<string, int> counts = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Lr2vq") l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        float[] y = new float[12];
        for (int i = 0; i < 3; i++) model.Predict(new float[12], y);
        silent.Predict(new float[12], y);
        Assert.Throws<ArgumentException>(() => model.Predict(new float[7], y));
        ModelSession first = model.Take(), second = model.Take();
        listener.RecordObservableInstruments();
        Assert.Equal(3, sums["lr2vq.calls"]);
        Assert.Equal(3, counts["lr2vq.call.duration"]);
        Assert.InRange(sums["lr2vq.call.duration"], 1e-9, 60);
        Assert.Equal(2, sums["lr2vq.sessions"]);
        Assert.Equal(0, sums["lr2vq.waiting"]);
        Assert.Equal(first.MemoryBytes + second.MemoryBytes, sums["lr2vq.memory sessions"]);
        Assert.Equal(model.Network.Memory.AllocatedBytes, sums["lr2vq.memory weights"]);
        model.GiveBack(first);
        model.GiveBack(second);

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string name = instrument.Name;
            foreach (KeyValuePair<string, object?> tag in tags)
                if (tag.Key == "lr2vq.model") Assert.Equal("tiny", tag.Value);
                else name += " " + tag.Value;
            sums[name] = sums.GetValueOrDefault(name) + value;
            counts[name] = counts.GetValueOrDefault(name) + 1;
        }
    }

    [Fact]
    public void NothingIsAllocatedWhileNobodyListens()
    {
        using TinyModel model = Load(metrics: true);
        float[] x = new float[12], y = new float[12];
        for (int i = 0; i < 50; i++) model.Predict(x, y);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) model.Predict(x, y);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
