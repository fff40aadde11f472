using System;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Artifacts;
using Lr2vq.Diagnostics;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <summary>A loaded model: the base of generated classes and of <see cref="PlanRunner"/>. Any number of threads may use it at once.</summary>
public abstract partial class Lr2vqModel : IDisposable
{
    private readonly object _lock = new();
    private readonly Network _network;
    private readonly SessionPool _pool;
    private ModelSession? _prepared;
    private ModelInfo? _info;
    // The model itself counts as one, so that memory is freed when both the model and its last session are disposed.
    private int _references = 1;
    private long _sessionBytes;
    private bool _disposed;

    /// <summary>Loads a model: opens the artifact, verifies it, makes the operators.</summary>
    /// <param name="source">Where the artifact is.</param>
    /// <param name="structureHash">Structure hash of the network that the class was generated for; empty to accept any.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="InvalidArtifactException">The artifact is damaged, newer, or another model's.</exception>
    /// <exception cref="System.IO.FileNotFoundException">There is no such file or resource.</exception>
    protected Lr2vqModel(ModelSource source, string structureHash, SessionOptions? options)
        : this(Open(source, structureHash, options), structureHash, options ?? new SessionOptions())
    {
    }

    /// <summary>Makes the operators of a network whose weights need not be in a file; takes them over.</summary>
    internal Lr2vqModel(WeightStore artifact, string structureHash, SessionOptions options)
    {
        Options = options;
        HasMetrics = options.Metrics;
        _pool = new SessionPool(this);
        try
        {
            Plan plan = artifact.Plan;
            if (structureHash.Length > 0 && plan.StructureHash != structureHash)
                throw new InvalidArtifactException(DiagnosticCatalogue.OtherModel.At(new(File: artifact.Name),
                    plan.ModelName, Shorten(plan.StructureHash), Shorten(structureHash)));
            _network = new Network(artifact, Options.MemoryFor(artifact.Length, 0));
            InputShapes = new InputShapes(plan.Inputs);
            NetworkBinder binder = new(_network);
            Execute(new StepRunner(binder));
            binder.Finish();
            // The first session of a generated class is ready when it is asked for.
            if (structureHash.Length > 0 && InputShapes.Usual is { } dimensions)
            {
                _prepared = new ModelSession(this);
                try
                {
                    _prepared.Prepare(dimensions);
                }
                catch (ArgumentException)
                {
                    // Not for one image: the network may be made for another number. Who runs it is told.
                }
            }
            if (HasMetrics) ModelMetrics.Add(this);
            GC.KeepAlive(this);
        }
        catch (Exception e)
        {
            _network?.Memory.Dispose();
            artifact.Dispose();
            if (e is not MemoryLimitException limit) throw;
            throw new InvalidArtifactException(DiagnosticCatalogue.WeightMemory.At(new(File: artifact.Name), limit.Needed, limit.Limit), e);
        }
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
                return _info = ModelInfoReader.Read((ArtifactReader)_network.Artifact, _network.Memory);
            }
        }
    }

    internal SessionOptions Options { get; }

    internal InputShapes InputShapes { get; }

    /// <summary>The sessions that <see cref="Rent"/> lends.</summary>
    internal SessionPool Pool => _pool;

    internal bool HasMetrics { get; }

    /// <summary>The network's name, for metrics.</summary>
    internal string Name => _network.Plan.ModelName;

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

    /// <summary>The operators and weights; for tests and tools.</summary>
    internal Network Network => _network;

    /// <summary>Frees the model's memory, once no session uses it any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }
        if (HasMetrics) ModelMetrics.Remove(this);
        _pool.Close();
        _prepared?.Dispose();
        RemoveSession();
        GC.SuppressFinalize(this);
    }

    /// <summary>Computes the network once on zeros, so that the first call finds compiled code and a session that has its memory.</summary>
    /// <returns>False if nothing was computed: the shapes of the inputs are not known, beside the number of images, or the network refuses zeros.</returns>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public bool WarmUp()
    {
        if (InputShapes.Usual is not { } dimensions) return false;
        ModelSession session = Rent();
        try
        {
            session.SetZeros(dimensions);
            session.Run();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
        finally
        {
            Return(session);
        }
    }

    /// <summary>Executes the steps, in order; generated.</summary>
    /// <param name="run">What executes a step.</param>
    protected abstract void Execute(in StepRunner run);

    /// <summary>A session of the pool; give it back with <see cref="Return"/>. Blocks while <see cref="SessionOptions.MaxSessions"/> are in use.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed, perhaps while the caller waited.</exception>
    protected ModelSession Rent() => _pool.Rent();

    /// <summary>A session of the pool, without blocking a thread; give it back with <see cref="Return"/>. Whoever awaits it goes on on a thread of the
    /// thread pool.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>To be awaited once.</returns>
    /// <exception cref="ObjectDisposedException">The model is disposed, perhaps while the caller waited.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    protected ValueTask<ModelSession> RentAsync(CancellationToken cancellationToken) => _pool.RentAsync(cancellationToken);

    /// <summary>A session that belongs to the caller and never was in use.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    protected ModelSession NewSession()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_prepared is { } prepared)
            {
                _prepared = null;
                return prepared;
            }
        }
        return new ModelSession(this);
    }

    /// <summary>Gives a session back to the pool.</summary>
    /// <param name="session">A session that <see cref="Rent"/> gave; not used any more by the caller.</param>
    protected void Return(ModelSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.Model != this) throw new ArgumentException("The session belongs to another model", nameof(session));
        _pool.Return(session);
    }

    internal void ExecuteSteps(in StepRunner run) => Execute(in run);

    internal ModelSession NewPooledSession() => NewSession();

    internal void AddSessionBytes(long bytes) => Interlocked.Add(ref _sessionBytes, bytes);

    /// <summary>A session begins.</summary>
    internal Network AddSession()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _references++;
        }
        return _network;
    }

    /// <summary>A session, or the model itself, ends.</summary>
    internal void RemoveSession()
    {
        lock (_lock)
            if (--_references > 0) return;
        _network.Dispose();
    }

    private static ArtifactReader Open(ModelSource source, string structureHash, SessionOptions? options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(structureHash);
        return ArtifactReader.Open(source.Open(), options is null || options.VerifyHashes);
    }

    private static string Shorten(string hash) => hash.Length > 12 ? hash[..12] : hash;
}
