using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>One node of a decision tree: a comparison with two next nodes, or a leaf.</summary>
/// <param name="Mode">Number of the comparison, as the step has it.</param>
/// <param name="Feature">Column that is compared.</param>
/// <param name="Threshold">What with.</param>
/// <param name="Next">Where it holds.</param>
/// <param name="Else">Where it does not.</param>
/// <param name="Leaf">Targets and what they get; null for a comparison.</param>
internal readonly record struct TreeNode(int Mode, int Feature, float Threshold, int Next, int Else, IReadOnlyList<(int Target, float Weight)>? Leaf);

/// <summary>The tables of the step TreeEnsemble, tree after tree, each node before its next ones.</summary>
internal sealed class TreeTables(NodeContext node)
{
    private readonly List<long> _roots = [], _modes = [], _features = [], _next = [], _targets = [];
    private readonly List<float> _thresholds = [], _weights = [];

    /// <summary>Adds a tree.</summary>
    /// <param name="root">Its first node.</param>
    /// <param name="nodes">All nodes by their numbers.</param>
    /// <param name="used">Comparisons that were reached; twice is no tree.</param>
    /// <param name="single">There is one target, of which each leaf speaks once: a leaf without a number gives 0.</param>
    public void Add(int root, IReadOnlyList<TreeNode> nodes, bool[] used, bool single)
    {
        // What is still to be placed, and where its number goes.
        var open = new Stack<(int Number, int Place)>();
        open.Push((root, -1));
        while (open.TryPop(out (int Number, int Place) one))
        {
            if ((uint)one.Number >= (uint)nodes.Count) throw node.Invalid("a node of its trees is missing");
            TreeNode next = nodes[one.Number];
            if (next.Leaf is null && used[one.Number]) throw node.Invalid("its nodes are no trees: one is reached twice");
            used[one.Number] = true;
            if (one.Place < 0) _roots.Add(_modes.Count);
            else _next[one.Place] = _modes.Count;
            _modes.Add(next.Leaf is null ? next.Mode : Operators.TreeEnsemble.Leaf);
            _features.Add(next.Feature);
            _thresholds.Add(next.Threshold);
            int place = _next.Count;
            IReadOnlyList<(int Target, float Weight)> given = next.Leaf ?? [];
            if (single && given.Count > 1) throw node.Unsupported("a leaf that gives its only target several numbers");
            if (single && next.Leaf is { Count: 0 }) given = [(0, 0f)];
            _next.AddRange([_targets.Count, given.Count]);
            foreach ((int target, float weight) in given)
            {
                _targets.Add(target);
                _weights.Add(weight);
            }
            if (next.Leaf is not null) continue;
            open.Push((next.Else, place + 1));
            open.Push((next.Next, place));
        }
    }

    /// <summary>The step: what the trees give for the rows of x.</summary>
    public Value Emit(Value x, int targets, string join)
    {
        if (_targets.Any(target => (ulong)target >= (ulong)targets)) throw node.Invalid($"a leaf gives something to a target beyond {targets}");
        if (_features.Any(feature => feature < 0 || x.Shape[1].IsConstant && feature >= x.Shape[1].Value)) throw node.Invalid($"its trees compare a feature that {x} lacks");
        return node.Builder.Emit("TreeEnsemble", [x, Integers("roots", _roots), Constant("modes", ElementType.UInt8, [_modes.Count], _modes), Integers("features", _features), Floats("thresholds", _thresholds),
            Constant("next", ElementType.Int32, [_modes.Count, 2], _next), Integers("targets", _targets), Floats("weights", _weights)], new AttributeList().Add("join", join, "sum"), ElementType.Float32, [x.Shape[0], targets]);
    }

    /// <summary>The number of a comparison by its ONNX name; −1 for a leaf.</summary>
    public static int Mode(NodeContext node, string name) => name switch
    {
        "BRANCH_LEQ" => 0,
        "BRANCH_LT" => 1,
        "BRANCH_GTE" => 2,
        "BRANCH_GT" => 3,
        "BRANCH_EQ" => 4,
        "BRANCH_NEQ" => 5,
        "LEAF" => -1,
        "BRANCH_MEMBER" => throw node.Unsupported("a comparison with a set (BRANCH_MEMBER)"),
        _ => throw node.Invalid($"a node of its trees has the mode '{name}'"),
    };

    private Value Integers(string name, List<long> values) => Constant(name, ElementType.Int32, [values.Count], values);

    private Value Constant(string name, ElementType type, int[] shape, List<long> values) =>
        node.Builder.Constant(ConstantTensor.Of(type, shape, [.. values]) ?? throw node.Invalid($"the numbers of its {name} are too large"), name);

    private Value Floats(string name, List<float> values) => node.Builder.Constant(ConstantTensor.Of([values.Count], [.. values]), name);
}
