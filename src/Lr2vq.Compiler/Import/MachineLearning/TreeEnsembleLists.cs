using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Onnx;

namespace Lr2vq.Import;

/// <summary>The trees of TreeEnsembleClassifier and TreeEnsembleRegressor: lists with an entry for each node, named by tree and number, and lists of what leaves give.</summary>
internal sealed class TreeEnsembleLists
{
    private readonly NodeContext _node;
    private readonly List<TreeNode> _nodes = [];
    private readonly long[] _treeOf;
    private readonly Dictionary<(long Tree, long Number), int> _places = [];

    /// <param name="node">The node.</param>
    /// <param name="prefix">Of the lists of leaves: class or target.</param>
    public TreeEnsembleLists(NodeContext node, string prefix)
    {
        _node = node;
        long[] trees = Longs("nodes_treeids"), numbers = Longs("nodes_nodeids", trees.Length), features = Longs("nodes_featureids", trees.Length),
            next = Longs("nodes_truenodeids", trees.Length), other = Longs("nodes_falsenodeids", trees.Length);
        float[] thresholds = Floats("nodes_values", trees.Length);
        string[] modes = node.Attribute("nodes_modes")?.Strings ?? [];
        long[] missing = node.Attribute("nodes_missing_value_tracks_true")?.Ints ?? [];
        if (modes.Length != trees.Length || missing.Length > 0 && missing.Length != trees.Length) throw node.Invalid("the lists of its nodes differ in length");
        for (int i = 0; i < trees.Length; i++)
            if (!_places.TryAdd((trees[i], numbers[i]), i)) throw node.Invalid($"node {numbers[i]} of tree {trees[i]} is there twice");
        List<(int, float)>[] leaves = Leaves(prefix, trees.Length);
        Trees = [.. trees.Distinct()];
        for (int i = 0; i < trees.Length; i++)
        {
            int mode = TreeTables.Mode(node, modes[i]);
            if (mode < 0) _nodes.Add(new TreeNode(0, 0, 0f, 0, 0, leaves[i]));
            else _nodes.Add(new TreeNode(mode | (missing.Length > 0 && missing[i] != 0 ? Operators.TreeEnsemble.AlsoNaN : 0), NodeContext.Narrow(features[i]), thresholds[i],
                Place(trees[i], next[i]), Place(trees[i], other[i]), null));
        }
        _treeOf = trees;
    }

    public IReadOnlyList<long> Trees { get; }

    /// <summary>What each leaf gives, with its tree.</summary>
    public IEnumerable<(long Tree, IReadOnlyList<(int Target, float Weight)> Given)> Given => _nodes.Select((n, i) => (Tree: _treeOf[i], n.Leaf)).Where(leaf => leaf.Leaf is not null).Select(leaf => (leaf.Tree, leaf.Leaf!));

    /// <summary>True if all leaves of some tree speak of a target.</summary>
    public bool AlwaysGive(int target)
    {
        HashSet<long> without = [.. Given.Where(leaf => leaf.Given.All(given => given.Target != target)).Select(leaf => leaf.Tree)];
        return Trees.Any(tree => !without.Contains(tree));
    }

    /// <summary>The step.</summary>
    public Value Emit(Value x, int targets, string join)
    {
        var tables = new TreeTables(_node);
        bool[] isNext = new bool[_nodes.Count], used = new bool[_nodes.Count];
        foreach (TreeNode one in _nodes)
            if (one.Leaf is null)
            {
                if (one.Next >= 0) isNext[one.Next] = true;
                if (one.Else >= 0) isNext[one.Else] = true;
            }
        var roots = Enumerable.Range(0, _nodes.Count).Where(i => !isNext[i]).GroupBy(i => _treeOf[i]).ToDictionary(group => group.Key, group => group.ToArray());
        foreach (long tree in Trees)
            tables.Add(roots.GetValueOrDefault(tree) is [int root] ? root : throw _node.Invalid($"tree {tree} does not have one root"), _nodes, used, targets == 1);
        if (Array.IndexOf(used, false) >= 0) throw _node.Invalid("its nodes are no trees: some are not reached");
        return tables.Emit(x, targets, join);
    }

    private int Place(long tree, long number) => _places.TryGetValue((tree, number), out int place) ? place : -1;

    private List<(int, float)>[] Leaves(string prefix, int count)
    {
        var leaves = new List<(int, float)>[count];
        for (int i = 0; i < count; i++) leaves[i] = [];
        long[] trees = Longs(prefix + "_treeids"), numbers = Longs(prefix + "_nodeids", trees.Length), targets = Longs(prefix + "_ids", trees.Length);
        float[] weights = Floats(prefix + "_weights", trees.Length);
        for (int i = 0; i < trees.Length; i++)
            leaves[Place(trees[i], numbers[i]) is >= 0 and int place ? place : throw _node.Invalid($"a leaf {numbers[i]} of tree {trees[i]} is missing")].Add((NodeContext.Narrow(targets[i]), weights[i]));
        return leaves;
    }

    private long[] Longs(string name, int? count = null)
    {
        long[] values = _node.Attribute(name)?.Ints ?? [];
        return count is null || values.Length == count ? values : throw _node.Invalid($"the list {name} does not have {count} entries");
    }

    private float[] Floats(string name, int count)
    {
        if (_node.Attribute(name + "_as_tensor")?.Tensor is { } tensor)
            return tensor.ElementType == ElementType.Float32 && tensor.Count == count ? tensor.ToFloats() : throw _node.UnsupportedType(tensor.ElementType);
        float[] values = _node.Attribute(name)?.Floats ?? [];
        return values.Length == count ? values : throw _node.Invalid($"the list {name} does not have {count} entries");
    }
}
