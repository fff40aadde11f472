using System;
using System.IO;
using System.Reflection;
using Lr2vq.Artifacts;

namespace Lr2vq;

/// <summary>Where a model's <c>.lr2vq</c> artifact is.</summary>
public sealed class ModelSource
{
    private readonly Func<ArtifactMemory> _open;

    private ModelSource(Func<ArtifactMemory> open) => _open = open;

    /// <summary>A resource embedded in an assembly; read in place.</summary>
    /// <param name="assembly">The assembly; it stays loaded as long as the model.</param>
    /// <param name="resourceName">The resource's manifest name.</param>
    public static ModelSource Embedded(Assembly assembly, string resourceName)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        ArgumentException.ThrowIfNullOrEmpty(resourceName);
        return new ModelSource(() => ArtifactMemory.Of("resource '" + resourceName + "'",
            assembly.GetManifestResourceStream(resourceName) ?? throw new FileNotFoundException(
                $"The assembly {assembly.GetName().Name} has no embedded resource '{resourceName}'. Rebuild the project that owns the model."),
            assembly));
    }

    /// <summary>A file in the folder of the app (<see cref="AppContext.BaseDirectory"/>); mapped into memory.</summary>
    /// <param name="fileName">Name, or path relative to that folder.</param>
    public static ModelSource BesideApp(string fileName)
    {
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        return new ModelSource(() => ArtifactMemory.Map(Path.Combine(AppContext.BaseDirectory, fileName)));
    }

    /// <summary>A file, mapped into memory. It must not be changed while a model uses it; replacing it by renaming is safe.</summary>
    /// <param name="path">Path of the file.</param>
    public static ModelSource File(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new ModelSource(() => ArtifactMemory.Map(path));
    }

    /// <summary>What remains of a stream; copied to native memory when the model is made. Serves one model.</summary>
    /// <param name="stream">The stream; not closed.</param>
    public static ModelSource Stream(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new ModelSource(() => ArtifactMemory.Copy("stream", stream));
    }

    /// <summary>Bytes; copied to native memory when the model is made.</summary>
    /// <param name="bytes">The artifact.</param>
    public static ModelSource Memory(ReadOnlyMemory<byte> bytes) => new(() => ArtifactMemory.Copy("memory", bytes.Span));

    /// <summary>For tests: bytes that are used where they are.</summary>
    internal static ModelSource Of(Func<ArtifactMemory> open) => new(open);

    internal ArtifactMemory Open() => _open();
}
