using System.Collections.Generic;

namespace Lr2vq.Import;

/// <summary>How an ONNX operator becomes operators of the run time: differences of opsets, defaults, shape rule, lowering.</summary>
/// <param name="types">The ONNX operators of the default domain that it imports.</param>
internal abstract class OnnxOperator(params string[] types)
{
    public IReadOnlyList<string> Types { get; } = types;

    /// <summary>Adds the nodes and returns the outputs with <see cref="NodeContext.Return"/>.</summary>
    /// <exception cref="ImportException">The node is wrong or not supported.</exception>
    public abstract void Import(NodeContext node);
}
