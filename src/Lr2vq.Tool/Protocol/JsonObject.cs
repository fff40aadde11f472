// Linked into the MSBuild task (netstandard2.0).
using System;
using System.Collections.Generic;
using System.Linq;

namespace Lr2vq.Protocol;

/// <summary>Reads members of a JSON object; a missing one is null.</summary>
internal readonly struct JsonObject
{
    private readonly Dictionary<string, object?> _pairs;

    /// <exception cref="FormatException">The value is no object.</exception>
    public JsonObject(object? value) => _pairs = value as Dictionary<string, object?> ?? throw new FormatException("A JSON object was expected");

    public IEnumerable<KeyValuePair<string, object?>> Pairs => _pairs;

    public bool Has(string name) => Find(name) is not null;

    public string? Text(string name) => Find(name) as string;

    public double? Number(string name) => Find(name) as double?;

    public bool Flag(string name) => Find(name) is true;

    /// <summary>The member; an empty object if it is missing.</summary>
    public JsonObject Object(string name) => new(Find(name) ?? new Dictionary<string, object?>());

    /// <summary>The texts of a list; empty if it is missing.</summary>
    public List<string> Texts(string name) => (Find(name) as List<object?> ?? new List<object?>()).OfType<string>().ToList();

    public IEnumerable<JsonObject> Objects(string name) =>
        (Find(name) as List<object?> ?? new List<object?>()).Select(item => new JsonObject(item));

    private object? Find(string name) => _pairs.TryGetValue(name, out object? value) ? value : null;
}
