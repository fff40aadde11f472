using System.Collections.Generic;

namespace Lr2vq.Import;

/// <summary>How an ONNX operator becomes operators of the run time: differences of opsets, defaults, shape rule, lowering.</summary>
/// <param name="types">The operators that it imports.</param>
internal abstract class OnnxOperator(params string[] types)
{
    public IReadOnlyList<string> Types { get; } = types;

    /// <summary>True if the default domain has it.</summary>
    public virtual bool IsOnnx => true;

    /// <summary>True if com.microsoft has it.</summary>
    public virtual bool IsMicrosoft => false;

    /// <summary>Another domain that has it; null for none.</summary>
    public virtual string? OtherDomain => null;

    /// <summary>True if operands may have the types of 4 bits, and the floats of 8; those of others are refused.</summary>
    public virtual bool TakesNarrow => false;

    /// <summary>Adds the nodes and returns the outputs with <see cref="NodeContext.Return"/>.</summary>
    /// <exception cref="ImportException">The node is wrong or not supported.</exception>
    public abstract void Import(NodeContext node);
}
