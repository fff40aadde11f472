using System;
using System.Collections.Generic;

namespace Lr2vq.Generator;

/// <summary>What the project says about the class of a model; the line <c>class</c> of an Interface.</summary>
/// <param name="Name">Name of the class.</param>
/// <param name="Namespace">Its namespace; empty for the global one.</param>
/// <param name="Access"><c>public</c> or <c>internal</c>.</param>
/// <param name="Storage">Where the artifact is: <c>embedded</c>, <c>file</c> or <c>none</c>.</param>
/// <param name="Location">Name of the embedded resource, or of the file beside the app; empty for <c>none</c>.</param>
/// <param name="Source">The model's file name, for documentation.</param>
/// <param name="Renames">Original name of an input or output, and the identifier that it gets.</param>
internal sealed record ClassOptions(string Name, string Namespace, string Access, string Storage, string Location, string Source,
    IReadOnlyList<KeyValuePair<string, string>> Renames)
{
    private const string BackendKey = "backend", OnnxRuntimeWord = "OnnxRuntime";

    /// <summary>How pictures become the input, in the words of the options (<c>mean=0.5 layout=NHWC</c>); empty if nothing says so.</summary>
    public string Pictures { get; init; } = "";

    /// <summary>Names of the classes; empty for none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Whether ONNX Runtime computes the network.</summary>
    public bool UsesOnnxRuntime { get; init; }

    /// <summary>Name with namespace.</summary>
    public string FullName => Namespace.Length == 0 ? Name : Namespace + "." + Name;

    /// <summary>The words of the line.</summary>
    /// <param name="shapeless">Outputs whose shape the model does not tell.</param>
    public IReadOnlyList<KeyValuePair<string, string>> ToPairs(IEnumerable<string> shapeless)
    {
        var pairs = new List<KeyValuePair<string, string>>
        {
            new("class", Name), new("namespace", Namespace), new("access", Access), new("storage", Storage),
            new("location", Location), new("source", Source),
        };
        foreach (KeyValuePair<string, string> rename in Renames)
        {
            pairs.Add(new("rename", rename.Key));
            pairs.Add(new("as", rename.Value));
        }
        if (UsesOnnxRuntime) pairs.Add(new(BackendKey, OnnxRuntimeWord));
        if (Pictures.Length > 0) pairs.Add(new("pictures", Pictures));
        if (Labels.Count > 0) pairs.Add(new("labels", string.Join("\n", Labels)));
        foreach (string output in shapeless) pairs.Add(new("shapeless", output));
        return pairs;
    }

    /// <exception cref="FormatException">The words are not what <see cref="ToPairs"/> makes.</exception>
    public static ClassOptions FromPairs(IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var renames = new List<KeyValuePair<string, string>>();
        for (int i = 0; i < pairs.Count; i++)
        {
            if (pairs[i].Key == "rename" && i + 1 < pairs.Count && pairs[i + 1].Key == "as")
                renames.Add(new(pairs[i].Value, pairs[++i].Value));
            else if (pairs[i].Key != "shapeless")
                values[pairs[i].Key] = pairs[i].Value;
        }
        string Value(string key) =>
            values.TryGetValue(key, out string? value) ? value : throw new FormatException("'" + key + "' is missing in the line 'class'");
        return new ClassOptions(Value("class"), Value("namespace"), Value("access"), Value("storage"), Value("location"), Value("source"),
            renames)
        {
            UsesOnnxRuntime = values.TryGetValue(BackendKey, out string? backend) && (backend == OnnxRuntimeWord ? true : throw new FormatException("the back end '" + backend + "' is not known")),
            Pictures = values.TryGetValue("pictures", out string? pictures) ? pictures : "",
            Labels = values.TryGetValue("labels", out string? labels) ? labels.Split('\n') : [],
        };
    }
}
