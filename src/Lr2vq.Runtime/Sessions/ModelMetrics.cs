using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Lr2vq.Sessions;

/// <summary>The meter <c>Lr2vq</c>, of models with <see cref="SessionOptions.Metrics"/>. Without a listener nothing is measured or allocated.</summary>
internal static class ModelMetrics
{
    private const string ModelTag = "lr2vq.model", KindTag = "lr2vq.memory.kind";
    private static readonly List<WeakReference<BackendModel>> s_models = [];
    private static readonly Meter s_meter = new("Lr2vq");
    private static readonly Histogram<double> s_duration = s_meter.CreateHistogram<double>("lr2vq.call.duration", "s", "Time that a network computed; its count is that of the calls");
    private static readonly Counter<long> s_calls = s_meter.CreateCounter<long>("lr2vq.calls", "{call}", "Calls that were computed");

    static ModelMetrics()
    {
        s_meter.CreateObservableUpDownCounter("lr2vq.sessions", static () => Observe(static model => model.SessionCount), "{session}", "Sessions that a model has, in use or idle");
        s_meter.CreateObservableUpDownCounter("lr2vq.waiting", static () => Observe(static model => model.Waiting), "{call}", "Calls that wait for a session");
        s_meter.CreateObservableUpDownCounter("lr2vq.memory", Memory, "By", "Memory of a model beside its artifact: expanded weights, and sessions");
    }

    /// <summary>A model was loaded.</summary>
    public static void Add(BackendModel model)
    {
        lock (s_models)
        {
            s_models.RemoveAll(static known => !known.TryGetTarget(out _));
            s_models.Add(new WeakReference<BackendModel>(model));
        }
    }

    /// <summary>A model ends.</summary>
    public static void Remove(BackendModel model)
    {
        lock (s_models) s_models.RemoveAll(known => !known.TryGetTarget(out BackendModel? other) || other == model);
    }

    /// <summary>A call begins to compute.</summary>
    /// <returns>For <see cref="Stop"/>; 0 if nobody listens.</returns>
    public static long Start() => s_duration.Enabled || s_calls.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>A call has computed its outputs.</summary>
    /// <param name="start">From <see cref="Start"/>; not 0.</param>
    public static void Stop(long start, BackendModel model)
    {
        KeyValuePair<string, object?> tag = new(ModelTag, model.Name);
        s_duration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tag);
        s_calls.Add(1, tag);
    }

    private static List<Measurement<long>> Observe(Func<BackendModel, long> value)
    {
        List<Measurement<long>> found = [];
        foreach (BackendModel model in Alive()) found.Add(new(value(model), new KeyValuePair<string, object?>(ModelTag, model.Name)));
        return found;
    }

    private static List<Measurement<long>> Memory()
    {
        List<Measurement<long>> found = [];
        foreach (BackendModel model in Alive())
        {
            found.Add(new(model.WeightBytes, new KeyValuePair<string, object?>(ModelTag, model.Name), new(KindTag, "weights")));
            found.Add(new(model.SessionBytes, new KeyValuePair<string, object?>(ModelTag, model.Name), new(KindTag, "sessions")));
        }
        return found;
    }

    private static List<BackendModel> Alive()
    {
        List<BackendModel> alive = [];
        lock (s_models)
            foreach (WeakReference<BackendModel> known in s_models)
                if (known.TryGetTarget(out BackendModel? model)) alive.Add(model);
        return alive;
    }
}
