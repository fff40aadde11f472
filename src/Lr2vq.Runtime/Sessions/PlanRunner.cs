using System;
using System.IO;

namespace Lr2vq;

/// <summary>Runs a <c>.lr2vq</c> artifact without a generated class.</summary>
/// <remarks>Inputs and outputs are known at run time only (<see cref="BackendModel.Info"/>). An app that uses this class ships every operator;
/// generated classes need only their own.</remarks>
public sealed class PlanRunner : Lr2vqModel
{
    private PlanRunner(ModelSource source, SessionOptions? options) : base(source, "", options)
    {
    }

    /// <summary>Loads a file; it is mapped into memory.</summary>
    /// <param name="path">Path of the artifact.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="InvalidArtifactException">The artifact cannot be used.</exception>
    public static PlanRunner Load(string path, SessionOptions? options = null) => new(ModelSource.File(path), options);

    /// <summary>Loads what remains of a stream.</summary>
    /// <param name="stream">The stream; not closed.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="InvalidArtifactException">The artifact cannot be used.</exception>
    public static PlanRunner Load(Stream stream, SessionOptions? options = null) => new(ModelSource.Stream(stream), options);

    /// <summary>Loads bytes; they are copied.</summary>
    /// <param name="bytes">The artifact.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="InvalidArtifactException">The artifact cannot be used.</exception>
    public static PlanRunner Load(ReadOnlyMemory<byte> bytes, SessionOptions? options = null) => new(ModelSource.Memory(bytes), options);

    /// <summary>Loads from any source.</summary>
    /// <param name="source">Where the artifact is.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="InvalidArtifactException">The artifact cannot be used.</exception>
    public static PlanRunner Load(ModelSource source, SessionOptions? options = null) => new(source, options);

    /// <summary>Makes a session, for one thread at a time.</summary>
    public ModelSession CreateSession() => new(this);

    /// <inheritdoc/>
    protected override void Execute(in StepRunner run) => run.All();
}
