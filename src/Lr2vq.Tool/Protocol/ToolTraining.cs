// Linked into the MSBuild task (netstandard2.0).
using System.Collections.Generic;

namespace Lr2vq.Protocol;

/// <summary>Where a project has the training package, and how it restores packages.</summary>
internal sealed class ToolTraining
{
    /// <summary>Lr2vq.Training.dll; null if the project has no such package.</summary>
    public string? Assembly { get; set; }

    /// <summary>Folders with restored packages, the one that is written to first.</summary>
    public List<string> PackageFolders { get; set; } = new();

    /// <summary>Properties of MSBuild that say where packages come from, those of the project.</summary>
    public Dictionary<string, string> Restore { get; } = new();

    internal object ToJson() => new List<KeyValuePair<string, object?>>
    {
        new("assembly", Assembly),
        new("packageFolders", PackageFolders.ConvertAll(f => (object?)f)),
        new("restore", Pairs()),
    };

    internal static ToolTraining FromJson(JsonObject json)
    {
        ToolTraining training = new() { Assembly = json.Text("assembly"), PackageFolders = json.Texts("packageFolders") };
        foreach (KeyValuePair<string, object?> pair in json.Object("restore").Pairs)
            if (pair.Value is string value) training.Restore[pair.Key] = value;
        return training;
    }

    private List<KeyValuePair<string, object?>> Pairs()
    {
        List<KeyValuePair<string, object?>> pairs = new();
        foreach (KeyValuePair<string, string> pair in Restore) pairs.Add(new(pair.Key, pair.Value));
        pairs.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        return pairs;
    }
}
