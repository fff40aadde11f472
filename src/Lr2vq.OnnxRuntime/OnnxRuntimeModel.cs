using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Artifacts;
using Lr2vq.Diagnostics;
using Lr2vq.Memory;
using Lr2vq.Pictures;
using Lr2vq.Plans;
using Lr2vq.Sessions;
using Ort = Microsoft.ML.OnnxRuntime;

namespace Lr2vq.OnnxRuntime;

/// <summary>A model that ONNX Runtime computes: the base of classes that are generated with <c>Backend="OnnxRuntime"</c>, and of
/// <see cref="OnnxRuntimeRunner"/>. Any number of threads may use it at once.</summary>
public abstract partial class OnnxRuntimeModel : IDisposable
{
    private readonly object _lock = new();
    private readonly Stack<OnnxRuntimeSession> _idle = new();
    private readonly SemaphoreSlim _free;
    private readonly CancellationTokenSource _closing = new();
    private readonly ArtifactReader _artifact;
    private ModelInfo? _info;
    // The model itself counts as one, so that ONNX Runtime's session ends when both the model and its last session are disposed.
    private int _references = 1;
    private bool _disposed;

    /// <summary>Loads a model: opens the artifact, verifies it, decodes its tensors and hands them to ONNX Runtime. No file is written.</summary>
    /// <param name="source">Where the artifact is.</param>
    /// <param name="structureHash">Structure hash of the network that the class was generated for; empty to accept any.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="InvalidArtifactException">The artifact is damaged, newer, another model's, or none for ONNX Runtime, which may refuse it too.</exception>
    /// <exception cref="System.IO.FileNotFoundException">There is no such file or resource.</exception>
    protected OnnxRuntimeModel(ModelSource source, string structureHash, OnnxRuntimeOptions? options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(structureHash);
        options ??= new OnnxRuntimeOptions();
        _free = new SemaphoreSlim(options.MaxSessions);
        _artifact = ArtifactReader.Open(source.Open(), options.VerifyHashes);
        try
        {
            if (structureHash.Length > 0 && Plan.StructureHash != structureHash)
                throw new InvalidArtifactException(DiagnosticCatalogue.OtherModel.At(new(File: _artifact.Name), Plan.ModelName, Shorten(Plan.StructureHash), Shorten(structureHash)));
            ArtifactSkeleton skeleton = _artifact.Skeleton ?? throw new InvalidArtifactException(DiagnosticCatalogue.NoSkeleton.At(new(File: _artifact.Name)));
            if (PortTypes.Unpassed(Plan, _artifact.Name) is { } problem) throw new InvalidArtifactException(problem);
            InputShapes = new InputShapes(Plan.Inputs);
            InputNames = Names(Plan.Inputs);
            OutputNames = Names(Plan.Outputs);
            Inference = Load(skeleton, options);
        }
        catch
        {
            _artifact.Dispose();
            throw;
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
                using NativeArena memory = new();
                return _info = ModelInfoReader.Read(_artifact, memory);
            }
        }
    }

    internal Plan Plan => _artifact.Plan;

    internal InputShapes InputShapes { get; }

    internal Ort.InferenceSession Inference { get; }

    internal string[] InputNames { get; }

    internal string[] OutputNames { get; }

    /// <summary>Whether the shapes of outputs are what the compiler inferred, not what the model's author wrote.</summary>
    internal bool KnowsShapes => !ArtifactSkeleton.IsOnlyPath(Plan);

    /// <summary>How pictures become inputs; null if the artifact does not say.</summary>
    internal PreProcessing? ReadPreProcessing()
    {
        try
        {
            return PreProcessing.Of(_artifact.Meta.Options);
        }
        catch (FormatException problem)
        {
            throw new InvalidArtifactException(DiagnosticCatalogue.InvalidSection.At(new(File: _artifact.Name), "meta", problem.Message), problem);
        }
    }

    /// <summary>Ends ONNX Runtime's session, once no session of this model uses it any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }
        _closing.Cancel();
        // Nobody adds to the idle sessions from here on.
        while (_idle.TryPop(out OnnxRuntimeSession? session)) session.Dispose();
        RemoveSession();
        GC.SuppressFinalize(this);
    }

    /// <summary>Computes the network once on zeros, so that the first call finds everything ready.</summary>
    /// <returns>False if nothing was computed: the shapes of the inputs are not known, beside the number of images, or the network refuses zeros.</returns>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public bool WarmUp()
    {
        if (InputShapes.Usual is not { } dimensions) return false;
        OnnxRuntimeSession session = Rent();
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

    /// <summary>A session of the pool, or a new one; give it back with <see cref="Return"/>. Blocks while <see cref="OnnxRuntimeOptions.MaxSessions"/> are in use.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed, perhaps while the caller waited.</exception>
    protected OnnxRuntimeSession Rent()
    {
        try
        {
            _free.Wait(_closing.Token);
        }
        catch (OperationCanceledException)
        {
            throw new ObjectDisposedException(GetType().FullName);
        }
        return Take();
    }

    /// <summary>A session of the pool, without blocking a thread; give it back with <see cref="Return"/>. Whoever awaits it goes on on a thread of the
    /// thread pool.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ObjectDisposedException">The model is disposed, perhaps while the caller waited.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    protected async ValueTask<OnnxRuntimeSession> RentAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            await _free.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ObjectDisposedException(GetType().FullName);
        }
        return Take();
    }

    /// <summary>A session that belongs to the caller.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    protected OnnxRuntimeSession NewSession() => new(this);

    /// <summary>Gives a session back to the pool.</summary>
    /// <param name="session">A session that <see cref="Rent"/> gave; not used any more by the caller.</param>
    protected void Return(OnnxRuntimeSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.Model != this) throw new ArgumentException("The session belongs to another model", nameof(session));
        bool isKept;
        lock (_lock)
        {
            isKept = !_disposed && session.IsUsable;
            if (isKept) _idle.Push(session);
        }
        if (!isKept) session.Dispose();
        _free.Release();
    }

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
        Inference.Dispose();
        _artifact.Dispose();
    }

    /// <summary>An idle session, or a new one in the place that was taken for it.</summary>
    private OnnxRuntimeSession Take()
    {
        lock (_lock)
            if (!_disposed && _idle.TryPop(out OnnxRuntimeSession? session)) return session;
        try
        {
            return NewSession();
        }
        catch
        {
            _free.Release();
            throw;
        }
    }

    private unsafe Ort.InferenceSession Load(ArtifactSkeleton skeleton, OnnxRuntimeOptions options)
    {
        long limit = new SessionOptions { MaxMemory = options.MaxMemory }.MemoryFor(_artifact.Length, 0);
        // One more than the tensors: an empty file is none.
        using NativeArena memory = new() { Limit = limit };
        byte* data;
        try
        {
            data = memory.Allocate(skeleton.Length + 1);
        }
        catch (MemoryLimitException problem)
        {
            throw new InvalidArtifactException(DiagnosticCatalogue.WeightMemory.At(new(File: _artifact.Name), problem.Needed, problem.Limit), problem);
        }
        Decode(skeleton, data);
        using Ort.SessionOptions native = new();
        options.Configure?.Invoke(native);
        try
        {
            TensorHandover.Add(native, data, skeleton.Length + 1);
            return new Ort.InferenceSession(skeleton.Model.ToArray(), native);
        }
        catch (Exception problem) when (problem is Ort.OnnxRuntimeException or NotSupportedException or InvalidOperationException)
        {
            throw new InvalidArtifactException(DiagnosticCatalogue.RefusedByOnnxRuntime.At(new(File: _artifact.Name), problem.Message.Trim().TrimEnd('.')), problem);
        }
    }

    private unsafe void Decode(ArtifactSkeleton skeleton, byte* data)
    {
        try
        {
            Parallel.For(0, Plan.Weights.Count, i =>
            {
                if (skeleton.Types[i] == ElementType.Undefined) return;
                SkeletonTensors.Decode(_artifact, Plan.Weights[i], skeleton.Types[i], data + skeleton.Offsets[i]);
            });
        }
        catch (AggregateException several)
        {
            throw several.InnerExceptions[0] as InvalidArtifactException ?? several.InnerExceptions[0];
        }
    }

    private static string[] Names(IReadOnlyList<PlanPort> ports)
    {
        string[] names = new string[ports.Count];
        for (int i = 0; i < names.Length; i++) names[i] = ports[i].Name;
        return names;
    }

    private static string Shorten(string hash) => hash.Length > 12 ? hash[..12] : hash;
}
