using System.Collections.Generic;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Onnx;

namespace Lr2vq.Import;

/// <summary>What the graphs inside nodes share, however often each of them is imported.</summary>
internal sealed class InnerGraphs(DiagnosticBag problems)
{
    /// <summary>What was said of their nodes, and of all others.</summary>
    public DiagnosticBag Problems { get; } = problems;

    /// <summary>How many nodes of them were imported; those of turns that were given up do not count.</summary>
    public int Nodes { get; set; }

    /// <summary>How often a node that draws random numbers was imported before, by its name.</summary>
    public Dictionary<string, int> Draws { get; } = [];

    public Dictionary<OnnxTensor, (Value Value, Value? Exact)> Constants { get; } = [];
}
