using System.Collections.Generic;
using System.IO;
using System.Text.Json;

namespace Lr2vq.Tool.Protocol;

/// <summary>What a build asks of <c>lr2vq build @request.json</c>: one model. The MSBuild task writes it; it can be kept and run again by hand.</summary>
/// <remarks>The task writes the file only when something in it changed, so its date tells when the options changed.</remarks>
internal sealed record BuildRequest
{
    /// <summary>Version of this protocol.</summary>
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Full path of the .onnx file.</summary>
    public string Model { get; init; } = "";

    /// <summary>Full path of the Plan text to write.</summary>
    public string Plan { get; init; } = "";

    /// <summary>Full path of the artifact to write.</summary>
    public string Artifact { get; init; } = "";

    /// <summary>Relative paths in options are relative to this folder.</summary>
    public string ProjectDirectory { get; init; } = "";

    /// <summary>False if the project switched compression off (Lr2vqEnabled=false): weights are stored as they are, quickly; the
    /// options are checked all the same.</summary>
    public bool Compress { get; init; } = true;

    /// <summary>Options by the names of the item's metadata (Preset, TargetRatio, Dimensions, …), not checked by the task. Absent
    /// means the default. <c>ClassName</c>, <c>Namespace</c>, <c>Access</c>, <c>Storage</c> and <c>Rename</c> never come here.</summary>
    public Dictionary<string, string> Options { get; init; } = [];

    /// <summary>Folder of the cache; empty for the user's own.</summary>
    public string CacheDirectory { get; init; } = "";

    /// <summary>Size limit of the cache as the user wrote it (for example <c>10 GB</c>); empty for the default.</summary>
    public string CacheSize { get; init; } = "";

    /// <summary>Threads to use, as the user wrote it; empty for all.</summary>
    public string Threads { get; init; } = "";

    /// <exception cref="JsonException">The file is no request.</exception>
    public static BuildRequest Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        return JsonSerializer.Deserialize(file, ProtocolJson.Default.BuildRequest) ?? throw new JsonException("the request is null");
    }
}
