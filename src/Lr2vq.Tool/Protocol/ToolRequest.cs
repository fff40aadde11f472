// Linked into the MSBuild task (netstandard2.0).
using System;
using System.Collections.Generic;
using System.Linq;

namespace Lr2vq.Protocol;

/// <summary>What the MSBuild task asks of <c>lr2vq build @request.json</c>. The tool ends when its standard input is closed.</summary>
internal sealed class ToolRequest
{
    /// <summary>Counted up when old tools would misread a request.</summary>
    public const int Version = 2;

    /// <summary>The models, in the order of the items.</summary>
    public List<ToolModel> Models { get; } = new();

    /// <summary>Folder of the cache; null for the user's own.</summary>
    public string? CacheDirectory { get; set; }

    /// <summary>Bytes that the cache may hold; null for the default (10 GB), 0 for no limit.</summary>
    public long? CacheSize { get; set; }

    /// <summary>Whether a model that is not in the cache is an error instead of being compressed.</summary>
    public bool RequireCache { get; set; }

    /// <summary>Whether nothing is uploaded to the remote cache, whose address is in the tool's environment.</summary>
    public bool RemoteCacheReadOnly { get; set; }

    /// <summary>Threads; 0 for all processors.</summary>
    public int Threads { get; set; }

    /// <summary>Relative paths in options are relative to this folder; null for the current one.</summary>
    public string? ProjectDirectory { get; set; }

    /// <summary>True if the project switched compression off (Lr2vqEnabled=false): options are checked, weights are stored as they are,
    /// quickly.</summary>
    public bool Uncompressed { get; set; }

    /// <summary>Where the training package is; null if no model asks for training.</summary>
    public ToolTraining? Training { get; set; }

    public string ToJson() => Json.Write(new List<KeyValuePair<string, object?>>
    {
        new("version", Version),
        new("cacheDirectory", CacheDirectory),
        new("cacheSize", CacheSize),
        new("requireCache", RequireCache),
        new("remoteCacheReadOnly", RemoteCacheReadOnly),
        new("threads", Threads),
        new("projectDirectory", ProjectDirectory),
        new("uncompressed", Uncompressed),
        new("training", Training?.ToJson()),
        new("models", Models.Select(m => (object?)m.ToJson()).ToList()),
    });

    /// <exception cref="FormatException">The text is no request of this version.</exception>
    public static ToolRequest FromJson(string text)
    {
        JsonObject json = new(Json.Parse(text));
        if (json.Number("version") != Version) throw new FormatException("The request is of another version; package and tool must be of the same version");
        ToolRequest request = new()
        {
            CacheDirectory = json.Text("cacheDirectory"),
            CacheSize = (long?)json.Number("cacheSize"),
            RequireCache = json.Flag("requireCache"),
            RemoteCacheReadOnly = json.Flag("remoteCacheReadOnly"),
            Threads = (int)(json.Number("threads") ?? 0),
            ProjectDirectory = json.Text("projectDirectory"),
            Uncompressed = json.Flag("uncompressed"),
            Training = json.Has("training") ? ToolTraining.FromJson(json.Object("training")) : null,
        };
        request.Models.AddRange(json.Objects("models").Select(ToolModel.FromJson));
        return request;
    }
}

/// <summary>One model of a request.</summary>
internal sealed class ToolModel
{
    public ToolModel(string path) => Path = path;

    /// <summary>The .onnx file.</summary>
    public string Path { get; }

    /// <summary>Where the Plan text goes; null if none is wanted. Written only when it differs.</summary>
    public string? PlanPath { get; set; }

    /// <summary>Where the artifact goes; null if none is wanted. Written only when it differs.</summary>
    public string? ArtifactPath { get; set; }

    /// <summary>Name in messages; the file name if null.</summary>
    public string? Title { get; set; }

    /// <summary>Which of the options come from properties of the project: messages name those.</summary>
    public List<string> ProjectOptions { get; private set; } = new();

    /// <summary>Options by the names of the item's metadata, as the user wrote them; empty ones are left out.</summary>
    public Dictionary<string, string> Options { get; } = new(StringComparer.OrdinalIgnoreCase);

    internal object ToJson() => new List<KeyValuePair<string, object?>>
    {
        new("path", Path),
        new("plan", PlanPath),
        new("artifact", ArtifactPath),
        new("title", Title),
        new("projectOptions", ProjectOptions.ConvertAll(o => (object?)o)),
        new("options", Options.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => new KeyValuePair<string, object?>(o.Key, o.Value)).ToList()),
    };

    internal static ToolModel FromJson(JsonObject json)
    {
        ToolModel model = new(json.Text("path") ?? throw new FormatException("A model of the request has no path"))
        {
            PlanPath = json.Text("plan"),
            ArtifactPath = json.Text("artifact"),
            Title = json.Text("title"),
            ProjectOptions = json.Texts("projectOptions"),
        };
        foreach (KeyValuePair<string, object?> pair in json.Object("options").Pairs)
            if (pair.Value is string value) model.Options[pair.Key] = value;
        return model;
    }
}
