using System;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Diagnostics;
using Lr2vq.Memory;
using Lr2vq.Pictures;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <summary>A loaded network, whichever back end computes it: the base of all generated classes. Any number of threads may use it at once.</summary>
public abstract partial class BackendModel : IDisposable
{
    private readonly object _lock = new();
    private WeightStore? _artifact;
    private ModelInfo? _info;
    // The model itself counts as one, so that memory is freed when both the model and its last session are disposed.
    private int _references = 1;
    private long _sessionBytes;
    private bool _disposed;

    private protected BackendModel(SessionOptions options)
    {
        Options = options;
        HasMetrics = options.Metrics;
    }

    /// <summary>What is known of the model.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed and this was never asked before.</exception>
    public ModelInfo Info
    {
        get
        {
            lock (_lock)
            {
                if (_info is not null) return _info;
                ObjectDisposedException.ThrowIf(_disposed, this);
                using NativeArena memory = new();
                return _info = ModelInfoReader.Read((ArtifactReader)_artifact!, memory);
            }
        }
    }

    internal SessionOptions Options { get; }

    internal bool HasMetrics { get; }

    internal Plan Plan { get; private set; } = null!;

    internal InputShapes InputShapes { get; private set; } = null!;

    /// <summary>Whether the shapes of outputs are what the compiler inferred, not what the model's author wrote.</summary>
    internal bool KnowsShapes { get; private set; }

    /// <summary>The network's name, for metrics.</summary>
    internal string Name => Plan.ModelName;

    /// <summary>Bytes of the weights in memory, beside the artifact.</summary>
    internal abstract long WeightBytes { get; }

    /// <summary>Callers who wait for a session.</summary>
    internal abstract int Waiting { get; }

    /// <summary>Sessions that there are.</summary>
    internal int SessionCount
    {
        get
        {
            lock (_lock) return _references - (_disposed ? 0 : 1);
        }
    }

    /// <summary>Bytes that they own.</summary>
    internal long SessionBytes => Interlocked.Read(ref _sessionBytes);

    private protected bool IsDisposed
    {
        get
        {
            lock (_lock) return _disposed;
        }
    }

    /// <summary>Computes the network once on zeros, so that the first call finds compiled code and a session that has its memory.</summary>
    /// <returns>False if nothing was computed: the shapes of the inputs are not known, beside the number of images, or the network refuses zeros.</returns>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public abstract bool WarmUp();

    /// <summary>Frees the model's memory, once no session uses it any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }
        if (HasMetrics) ModelMetrics.Remove(this);
        CloseSessions();
        RemoveSession();
        GC.SuppressFinalize(this);
    }

    internal void AddSessionBytes(long bytes) => Interlocked.Add(ref _sessionBytes, bytes);

    /// <summary>A session begins.</summary>
    internal void AddSession()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _references++;
        }
    }

    /// <summary>A session, or the model itself, ends.</summary>
    internal void RemoveSession()
    {
        lock (_lock)
            if (--_references > 0) return;
        Free();
    }

    /// <summary>How pictures become inputs; null if the artifact does not say.</summary>
    internal PreProcessing? ReadPreProcessing() => Network.ReadPreProcessing(_artifact!);

    /// <summary>Opens an artifact.</summary>
    private protected static ArtifactReader Open(ModelSource source, string structureHash, SessionOptions? options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(structureHash);
        return ArtifactReader.Open(source.Open(), options is null || options.VerifyHashes);
    }

    /// <summary>Takes what the artifact says of the network; before there is a session.</summary>
    /// <exception cref="InvalidArtifactException">It is another network's.</exception>
    private protected void Describe(WeightStore artifact, string structureHash)
    {
        Plan plan = artifact.Plan;
        if (structureHash.Length > 0 && plan.StructureHash != structureHash)
            throw new InvalidArtifactException(DiagnosticCatalogue.OtherModel.At(new(File: artifact.Name), plan.ModelName, Shorten(plan.StructureHash), Shorten(structureHash)));
        (_artifact, Plan, InputShapes, KnowsShapes) = (artifact, plan, new InputShapes(plan.Inputs), !ArtifactSkeleton.IsOnlyPath(plan));
    }

    /// <summary>The model is complete.</summary>
    private protected void Complete()
    {
        if (HasMetrics) ModelMetrics.Add(this);
    }

    /// <summary>Frees the sessions that are not in use, and refuses those who wait.</summary>
    private protected abstract void CloseSessions();

    /// <summary>Frees what the sessions share.</summary>
    private protected abstract void Free();

    private static string Shorten(string hash) => hash.Length > 12 ? hash[..12] : hash;
}
