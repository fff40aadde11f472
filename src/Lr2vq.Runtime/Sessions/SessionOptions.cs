using System;
using System.Threading;
using Lr2vq.Kernels;

namespace Lr2vq;

/// <summary>How a model is loaded and how its sessions work.</summary>
public class SessionOptions
{
    private const int MostThreads = 256;
    private const long SmallMemory = 256L << 20, MemoryOfByte = 1024;
    private long? _maxMemory;
    private int _maxSessions = Environment.ProcessorCount;
    private TimeSpan _idleTimeout = TimeSpan.FromSeconds(30);
    private int _cachedShapes = 4;

    /// <summary>The defaults.</summary>
    public SessionOptions()
    {
    }

    /// <summary>The same as others.</summary>
    private protected SessionOptions(SessionOptions other)
    {
        ArgumentNullException.ThrowIfNull(other);
        (VerifyHashes, Metrics, GivenThreads) = (other.VerifyHashes, other.Metrics, other.GivenThreads);
        (_cachedShapes, _maxMemory, _maxSessions, _idleTimeout) = (other._cachedShapes, other._maxMemory, other._maxSessions, other._idleTimeout);
    }

    /// <summary>Verify the hash of every section when the artifact is opened; true by default. It costs one pass over the file, a few
    /// milliseconds for a megabyte-sized artifact. The structure is checked in any case.</summary>
    public bool VerifyHashes { get; set; } = true;

    /// <summary>For how many distinct input shapes a session keeps its preparations; 4 by default, at least 1. Only models with symbolic
    /// dimensions have more than one.</summary>
    public int CachedShapes
    {
        get => _cachedShapes;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _cachedShapes = value;
        }
    }

    /// <summary>Most bytes that a session may own (inputs, outputs, intermediate values, scratch memory and tables), and most that the weights of
    /// a model may take when they are expanded. Null, the default, means 256 MiB and 1,024 times the bytes of the artifact and of the inputs
    /// together, but no more than the memory that the process may use.</summary>
    /// <remarks>A model of unknown origin can ask for any amount of memory. What would exceed the limit is refused before it is allocated, with
    /// the bytes needed: an <see cref="InvalidArtifactException"/>, or an <see cref="ArgumentException"/> where the shapes of the inputs
    /// decide.</remarks>
    public long? MaxMemory
    {
        get => _maxMemory;
        set
        {
            if (value is { } bytes) ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
            _maxMemory = value;
        }
    }

    /// <summary>How many threads a run uses at most, its caller's among them; by default the physical cores that the process may use. Results
    /// are the same, bit for bit, for every number.</summary>
    /// <remarks>A server that runs many sessions at once does best with 1. Helpers belong to a session: they start with its first run,
    /// block when there is nothing to do, and end with it. While several sessions of a process run, they share its processors: one gets no
    /// helpers where no processor is left. Scratch memory grows with the number.</remarks>
    public int Threads
    {
        get => GivenThreads ?? Math.Min(MostThreads, PhysicalCores.Count);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MostThreads);
            GivenThreads = value;
        }
    }

    /// <summary>How many sessions a model lends at once, to calls of <c>Predict</c> and <c>PredictAsync</c>; by default the processors that the process may
    /// use. Further callers wait, and are served in the order in which they came. Sessions that <c>CreateSession</c> made are not counted.</summary>
    public int MaxSessions
    {
        get => _maxSessions;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _maxSessions = value;
        }
    }

    /// <summary>How long a session that was lent may lie idle before its memory is freed; 30 seconds by default, and up to twice as long in fact.
    /// <see cref="Timeout.InfiniteTimeSpan"/> keeps all. One session of a model always stays, so that the next call finds it ready.</summary>
    public TimeSpan IdleTimeout
    {
        get => _idleTimeout;
        set
        {
            if (value != Timeout.InfiniteTimeSpan)
            {
                ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
                ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromDays(1));
            }
            _idleTimeout = value;
        }
    }

    /// <summary>Measures on the meter <c>Lr2vq</c> of System.Diagnostics.Metrics: <c>lr2vq.calls</c>, <c>lr2vq.call.duration</c>, <c>lr2vq.sessions</c>,
    /// <c>lr2vq.waiting</c> and <c>lr2vq.memory</c>. False by default: to make a meter takes a process that compiles just in time 10 ms when it starts,
    /// unless it has others. While nobody listens a call costs and allocates nothing more.</summary>
    public bool Metrics { get; set; }

    /// <summary>What was set as <see cref="Threads"/>; null if nothing was.</summary>
    internal int? GivenThreads { get; private set; }

    /// <summary>The only back end that understands these options; null for any.</summary>
    internal virtual string? Backend => null;

    /// <summary>The limit for a model of some size and its inputs.</summary>
    internal virtual long MemoryFor(long artifactBytes, long inputBytes) => _maxMemory ?? (long)Math.Min(
        (decimal)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, SmallMemory + (decimal)MemoryOfByte * artifactBytes + (decimal)MemoryOfByte * inputBytes);
}
