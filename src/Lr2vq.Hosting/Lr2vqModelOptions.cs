using System;

namespace Lr2vq.Hosting;

/// <summary>How a host loads a network and how much of the machine its calls may use.</summary>
public sealed class Lr2vqModelOptions
{
    private SessionOptions _sessions = new() { Threads = 1, Metrics = true };

    /// <summary>Sessions, threads, memory and metrics. Unlike elsewhere a call has one thread by default, since the requests are the parallelism, and
    /// metrics are on. A network of ONNX Runtime may be given more: <c>options.Sessions = new OnnxRuntimeOptions(options.Sessions) { Configure = … }</c>.</summary>
    public SessionOptions Sessions
    {
        get => _sessions;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _sessions = value;
        }
    }

    /// <summary>Loads the network when the host starts, before it takes requests, and computes it once; true by default. Otherwise its first use loads it.</summary>
    public bool LoadAtStart { get; set; } = true;
}
