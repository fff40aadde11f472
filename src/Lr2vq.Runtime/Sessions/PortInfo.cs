using System.Collections.Generic;

namespace Lr2vq;

/// <summary>An input or output of a model.</summary>
public sealed class PortInfo
{
    internal PortInfo()
    {
    }

    /// <summary>The ONNX name.</summary>
    public required string Name { get; init; }

    /// <summary>Element type.</summary>
    public required ElementType Type { get; init; }

    /// <summary>Dimensions: numbers, or expressions in the model's symbols, e.g. <c>N</c> or <c>H/2</c> (division rounds down).</summary>
    public required IReadOnlyList<string> Dimensions { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Type} [{string.Join(",", Dimensions)}]";
}
