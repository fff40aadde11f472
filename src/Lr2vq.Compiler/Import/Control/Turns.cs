using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>The turns of a loop one after the other, each as nodes of its own; what it stacks is put together at the end.</summary>
/// <param name="node">The loop.</param>
/// <param name="scans">How many results are stacked.</param>
internal sealed class Turns(NodeContext node, int scans)
{
    /// <summary>Most turns of a loop. Longer ones would make Plans that nobody wants.</summary>
    public const int Most = 256;

    /// <summary>Nodes of all turns of all loops, at most.</summary>
    private const int MostNodes = 1 << 16;

    public const string Otherwise = "Remove the loop with a simplifier (onnxsim), or export the model without control flow (traced, not scripted)";

    private readonly int _nodesBefore = node.Builder.Graph.Nodes.Count, _innerBefore = node.Inner.Nodes;
    private readonly List<Value>[] _stacked = [.. Enumerable.Range(0, scans).Select(_ => new List<Value>())];

    public int Count { get; private set; }

    /// <summary>What a loop of unknown length is refused with.</summary>
    /// <param name="what">What is not known.</param>
    /// <param name="value">The value that decides.</param>
    public static ImportException Unknown(NodeContext node, string what, Value value) => value.Dimensions is [{ IsConstant: false } size] ? node.NotANumber(what, size)
        : value.Unfollowed is not null ? node.DataDependent(what, value)
        : DecidingInputs.Refuse(DiagnosticCatalogue.DataDependentShape, what, value, Otherwise);

    /// <summary>Adds a turn.</summary>
    /// <param name="arguments">The body's inputs.</param>
    /// <returns>The body's outputs but those that are stacked; null if there are too many turns.</returns>
    public Value[]? Add(OnnxGraph body, IReadOnlyList<Value> arguments)
    {
        if (Count++ == Most || node.Inner.Nodes > MostNodes) return null;
        if (body.Inputs.Count != arguments.Count) throw node.Invalid($"its body has {body.Inputs.Count} inputs, not {arguments.Count}");
        Value[] made = node.Turn(body, arguments);
        if (made.Length < scans) throw node.Invalid($"its body has {made.Length} outputs");
        for (int i = 0; i < scans; i++) _stacked[i].Add(made[made.Length - scans + i]);
        return made[..(made.Length - scans)];
    }

    /// <summary>True if so many turns like those so far are too many.</summary>
    public bool AreTooMany(long all) => all > Most || (long)(node.Inner.Nodes - _innerBefore) / Count * all > MostNodes - _innerBefore;

    /// <summary>Removes what was added.</summary>
    public void GiveUp()
    {
        node.Builder.Graph.CutTo(_nodesBefore);
        node.Inner.Nodes = _innerBefore;
    }

    /// <summary>How a loop is refused that has too many turns and cannot be a step.</summary>
    public static ImportException TooMany(NodeContext node, string why) => node.Unsupported($"a loop of more than {Most} turns, or loops of more than {MostNodes} nodes{why}");

    /// <summary>The values of a stacked result, along a new axis.</summary>
    public Value Stacked(int index, int axis = 0, bool isReversed = false)
    {
        List<Value> parts = _stacked[index];
        if (parts.Count == 0) throw node.Unsupported("a loop without turns whose results are stacked");
        if (parts.Any(part => part.Type != parts[0].Type || !part.HasShapeOf(parts[0]))) throw node.Invalid("a stacked result has other shapes in other turns");
        axis = node.Axis(axis, parts[0].Rank + 1);
        Value[] slices = [.. parts.Select(part => node.Builder.Reshape(part, [.. part.Shape[..axis], Dimension.One, .. part.Shape[axis..]]))];
        if (isReversed) System.Array.Reverse(slices);
        return slices.Length == 1 ? slices[0] : node.Builder.Concat(slices, axis);
    }
}
