using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <summary>Random decision trees, as the lists of ONNX and as the tables of the step.</summary>
internal sealed class DrawnTrees
{
    private static readonly string[] s_modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];

    private readonly Draw _draw;
    private readonly int _features;
    private readonly List<Node> _nodes = [];
    private readonly List<int> _roots = [];
    private readonly List<(int Node, int Target, float Weight)> _leaves = [];

    /// <param name="draw">What chooses.</param>
    /// <param name="count">Number of trees.</param>
    /// <param name="features">Columns of a row.</param>
    /// <param name="targets">Targets or classes.</param>
    /// <param name="all">Each leaf gives something to every target.</param>
    /// <param name="positive">No weight is negative.</param>
    public DrawnTrees(Draw draw, int count, int features, int targets, bool all, bool positive = false)
    {
        (_draw, _features, Targets) = (draw, features, targets);
        for (int tree = 0; tree < count; tree++)
        {
            _roots.Add(_nodes.Count);
            // Like the compiler: a node, then where it holds, then the other way.
            Add(tree, depth: draw.Int(0, 4), all, positive);
        }
    }

    public int Targets { get; }

    /// <summary>Rows of features, some of which are thresholds or NaN.</summary>
    public HostTensor Rows()
    {
        HostTensor x = _draw.Floats(_draw.Int(1, 9), _features);
        for (int i = 0; i < x.Length; i++)
            if (_draw.Chance(0.3)) x.Values<float>()[i] = _nodes[_draw.Int(0, _nodes.Count - 1)].Threshold;
            else if (_draw.Chance(0.1)) x.Values<float>()[i] = float.NaN;
        return x;
    }

    /// <param name="prefix">Of the lists of leaves.</param>
    public (string, object)[] Attributes(string prefix)
    {
        return
        [
            ("nodes_treeids", Longs(n => n.Tree)), ("nodes_nodeids", Longs(n => n.Number)), ("nodes_featureids", Longs(n => n.Feature)), ("nodes_values", _nodes.Select(n => n.Threshold).ToArray()),
            ("nodes_modes", _nodes.Select(n => n.Mode < 0 ? "LEAF" : s_modes[n.Mode]).ToArray()), ("nodes_truenodeids", Longs(n => n.Next)), ("nodes_falsenodeids", Longs(n => n.Else)),
            ("nodes_missing_value_tracks_true", Longs(n => n.AlsoNaN ? 1 : 0)),
            (prefix + "_treeids", _leaves.Select(l => (long)_nodes[l.Node].Tree).ToArray()), (prefix + "_nodeids", _leaves.Select(l => (long)l.Node).ToArray()),
            (prefix + "_ids", _leaves.Select(l => (long)l.Target).ToArray()), (prefix + "_weights", _leaves.Select(l => l.Weight).ToArray()),
        ];

        long[] Longs(Func<Node, int> value) => [.. _nodes.Select(n => (long)value(n))];
    }

    /// <summary>The operands of the step behind the rows.</summary>
    public (string, HostTensor)[] Tables()
    {
        int[] next = [.. _nodes.SelectMany((n, i) => n.Mode < 0 ? new[] { _leaves.FindIndex(l => l.Node == i) is >= 0 and int first ? first : 0, _leaves.Count(l => l.Node == i) } : [n.Next, n.Else])];
        return
        [
            ("roots", HostTensor.Of([.. _roots], _roots.Count)), ("modes", HostTensor.Of([.. _nodes.Select(n => (byte)(n.Mode < 0 ? 7 : n.Mode + (n.AlsoNaN ? 8 : 0)))], _nodes.Count)),
            ("features", HostTensor.Of([.. _nodes.Select(n => n.Feature)], _nodes.Count)), ("thresholds", HostTensor.Of([.. _nodes.Select(n => n.Threshold)], _nodes.Count)), ("next", HostTensor.Of(next, _nodes.Count, 2)),
            ("targets", HostTensor.Of([.. _leaves.Select(l => l.Target)], _leaves.Count)), ("weights", HostTensor.Of([.. _leaves.Select(l => l.Weight)], _leaves.Count)),
        ];
    }

    private int Add(int tree, int depth, bool all, bool positive)
    {
        int place = _nodes.Count;
        if (depth == 0 || _draw.Chance(0.2))
        {
            _nodes.Add(new Node(tree, place, -1, 0, 0f, 0, 0, false));
            foreach (int target in Enumerable.Range(0, Targets).Where(_ => all || _draw.Chance())) _leaves.Add((place, target, _draw.Float(positive ? 0.05f : -2f, 2f)));
            // Of a single target each leaf speaks, if only of 0.
            if (Targets == 1 && !_leaves.Exists(l => l.Node == place)) _leaves.Add((place, 0, 0f));
            return place;
        }
        // Equality of floats is rarely drawn, so that NaN and thresholds decide it. ONNX Runtime wants one comparison in all nodes to be quick; any mix is right.
        _nodes.Add(new Node(tree, place, _draw.Int(0, 5), _draw.Int(0, _features - 1), _draw.Float(-2f, 2f), 0, 0, _draw.Chance(0.3)));
        int next = Add(tree, depth - 1, all, positive), other = Add(tree, depth - 1, all, positive);
        _nodes[place] = _nodes[place] with { Next = next, Else = other };
        return place;
    }

    private sealed record Node(int Tree, int Number, int Mode, int Feature, float Threshold, int Next, int Else, bool AlsoNaN);
}
