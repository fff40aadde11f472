using System;
using System.IO;

namespace Lr2vq.OnnxRuntime;

/// <summary>Runs a <c>.lr2vq</c> artifact in ONNX Runtime, without a generated class. It wants one that was made with <c>Backend="OnnxRuntime"</c>.</summary>
public sealed class OnnxRuntimeRunner : OnnxRuntimeModel
{
    private OnnxRuntimeRunner(ModelSource source, OnnxRuntimeOptions? options) : base(source, "", options)
    {
    }

    /// <summary>Loads a file; it is mapped into memory.</summary>
    /// <param name="path">Path of the artifact.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="InvalidArtifactException">The artifact cannot be used.</exception>
    public static OnnxRuntimeRunner Load(string path, OnnxRuntimeOptions? options = null) => new(ModelSource.File(path), options);

    /// <summary>Loads what remains of a stream.</summary>
    /// <param name="stream">The stream; not closed.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="InvalidArtifactException">The artifact cannot be used.</exception>
    public static OnnxRuntimeRunner Load(Stream stream, OnnxRuntimeOptions? options = null) => new(ModelSource.Stream(stream), options);

    /// <summary>Loads bytes; they are copied.</summary>
    /// <param name="bytes">The artifact.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="InvalidArtifactException">The artifact cannot be used.</exception>
    public static OnnxRuntimeRunner Load(ReadOnlyMemory<byte> bytes, OnnxRuntimeOptions? options = null) => new(ModelSource.Memory(bytes), options);

    /// <summary>Loads from any source.</summary>
    /// <param name="source">Where the artifact is.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="InvalidArtifactException">The artifact cannot be used.</exception>
    public static OnnxRuntimeRunner Load(ModelSource source, OnnxRuntimeOptions? options = null) => new(source, options);

    /// <summary>Makes a session, for one thread at a time.</summary>
    public OnnxRuntimeSession CreateSession() => NewSession();
}
