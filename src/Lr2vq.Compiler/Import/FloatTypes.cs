using System;
using System.Collections.Generic;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>The graph computes every float as f32; here is what the model says that they are, and, where it exists as such, the value in that type.
/// Names of a model's graphs are unique, also across those inside nodes.</summary>
internal sealed class FloatTypes
{
    private readonly Dictionary<string, (ElementType Type, Value? Exact)> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<Value, ElementType> _byValue = [];

    /// <summary>The model's type of a value.</summary>
    public ElementType Of(string name, Value value) => !value.IsFloat ? value.Type
        : _byName.TryGetValue(name, out (ElementType Type, Value? Exact) known) ? known.Type
        : Of(value);

    /// <summary>The model's type of a value that no name says.</summary>
    public ElementType Of(Value value) => _byValue.GetValueOrDefault(value, value.Type);

    /// <summary>The value in the model's type; null if only the f32 exists.</summary>
    public Value? Exact(string name) => _byName.TryGetValue(name, out (ElementType Type, Value? Exact) known) ? known.Exact : null;

    public void Set(string name, Value value, ElementType type, Value? exact = null)
    {
        if (!value.IsFloat) return;
        _byName[name] = (type, exact);
        _byValue.TryAdd(value, type);
    }
}
