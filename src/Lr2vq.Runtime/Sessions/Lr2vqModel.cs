using System;
using Lr2vq.Artifacts;
using Lr2vq.Diagnostics;
using Lr2vq.Memory;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <summary>A model that the run time itself computes: the base of generated classes and of <see cref="PlanRunner"/>. Any number of threads may use it
/// at once.</summary>
public abstract class Lr2vqModel : PooledModel<ModelSession>
{
    private readonly Network _network;

    /// <summary>Loads a model: opens the artifact, verifies it, makes the operators.</summary>
    /// <param name="source">Where the artifact is.</param>
    /// <param name="structureHash">Structure hash of the network that the class was generated for; empty to accept any.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="InvalidArtifactException">The artifact is damaged, newer, or another model's.</exception>
    /// <exception cref="System.IO.FileNotFoundException">There is no such file or resource.</exception>
    /// <exception cref="ArgumentException">The options are those of another back end.</exception>
    protected Lr2vqModel(ModelSource source, string structureHash, SessionOptions? options)
        : this(Open(source, structureHash, Managed(options)), structureHash, options ?? new SessionOptions())
    {
    }

    /// <summary>Makes the operators of a network whose weights need not be in a file; takes them over.</summary>
    internal Lr2vqModel(WeightStore artifact, string structureHash, SessionOptions options) : base(options)
    {
        try
        {
            Describe(artifact, structureHash);
            _network = new Network(artifact, options.MemoryFor(artifact.Length, 0));
            NetworkBinder binder = new(_network);
            Execute(new StepRunner(binder));
            binder.Finish();
            // The first session of a generated class is ready when it is asked for.
            if (structureHash.Length > 0 && InputShapes.Usual is { } dimensions)
            {
                ModelSession prepared = new(this);
                Prepare(prepared);
                try
                {
                    prepared.Prepare(dimensions);
                }
                catch (ArgumentException)
                {
                    // Not for one image: the network may be made for another number. Who runs it is told.
                }
            }
            Complete();
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

    /// <summary>The operators and weights; for sessions, tests and tools.</summary>
    internal Network Network => _network;

    internal override long WeightBytes => _network.Memory.AllocatedBytes;

    /// <summary>Executes the steps, in order; generated.</summary>
    /// <param name="run">What executes a step.</param>
    protected abstract void Execute(in StepRunner run);

    internal void ExecuteSteps(in StepRunner run) => Execute(in run);

    private protected override ModelSession Make() => new(this);

    private protected override void Free() => _network.Dispose();

    /// <summary>Whoever sets what only another back end knows is told, not ignored.</summary>
    private static SessionOptions? Managed(SessionOptions? options) => options?.Backend is not { } other ? options
        : throw new ArgumentException($"The options are those of {other}, which does not compute this network", nameof(options));
}
