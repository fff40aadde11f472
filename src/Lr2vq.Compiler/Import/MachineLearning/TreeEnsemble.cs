using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>TreeEnsemble of ai.onnx.ml 5: comparisons and leaves are numbered apart.</summary>
internal sealed class TreeEnsemble() : MachineLearningOperator("TreeEnsemble")
{
    private static readonly string[] s_modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER"];

    public override void Import(NodeContext node)
    {
        Value x = Scores.Rows(node);
        long[] roots = Longs(node, "tree_roots"), features = Longs(node, "nodes_featureids"), next = Longs(node, "nodes_truenodeids", features.Length), other = Longs(node, "nodes_falsenodeids", features.Length),
            isLeaf = Longs(node, "nodes_trueleafs", features.Length), otherIsLeaf = Longs(node, "nodes_falseleafs", features.Length), targets = Longs(node, "leaf_targetids");
        long[] missing = node.Has("nodes_missing_value_tracks_true") ? Longs(node, "nodes_missing_value_tracks_true", features.Length) : new long[features.Length];
        float[] splits = Floats(node, "nodes_splits", features.Length), weights = Floats(node, "leaf_weights", targets.Length);
        byte[] modes = node.Attribute("nodes_modes")?.Tensor is { ElementType: ElementType.UInt8 } tensor && tensor.Count == features.Length ? tensor.ToBytes() : throw node.Invalid("the modes of its nodes are missing");
        var nodes = new List<TreeNode>();
        for (int i = 0; i < features.Length; i++)
        {
            int mode = TreeTables.Mode(node, modes[i] < s_modes.Length ? s_modes[modes[i]] : "");
            nodes.Add(new TreeNode(mode | (missing[i] != 0 ? Operators.TreeEnsemble.AlsoNaN : 0), NodeContext.Narrow(features[i]), splits[i], Number(next[i], isLeaf[i]), Number(other[i], otherIsLeaf[i]), null));
        }
        nodes.AddRange(targets.Select((target, i) => new TreeNode(0, 0, 0f, 0, 0, [(NodeContext.Narrow(target), weights[i])])));
        int count = node.Int("n_targets", 1), join = node.Int("aggregate_function", 1), transform = node.Int("post_transform", 0);
        if (count < 1 || join is < 0 or > 3) throw node.Invalid("its targets cannot be joined");
        var tables = new TreeTables(node);
        bool[] used = new bool[nodes.Count];
        foreach (long root in roots) tables.Add(NodeContext.Narrow(root), nodes, used, count == 1);
        Value y = tables.Emit(x, count, new[] { "average", "sum", "min", "max" }[join]);
        node.Return(transform switch
        {
            0 => y,
            1 when count > 1 => node.Builder.Unary("Softmax", y, new AttributeList().Add("axis", 1), node.OutputName()),
            2 => node.Builder.Unary("Sigmoid", y, output: node.OutputName()),
            _ => throw node.Unsupported($"the transform {transform} of its scores"),
        });

        int Number(long number, long leaf) => leaf == 0 ? NodeContext.Narrow(number) : number >= 0 && number < targets.Length ? features.Length + (int)number : -1;
    }

    private static long[] Longs(NodeContext node, string name, int? count = null)
    {
        long[] values = node.Attribute(name)?.Ints ?? [];
        return count is null || values.Length == count ? values : throw node.Invalid($"the list {name} does not have {count} entries");
    }

    private static float[] Floats(NodeContext node, string name, int count)
    {
        if (node.Attribute(name)?.Tensor is not { } tensor || tensor.Count != count) throw node.Invalid($"the list {name} does not have {count} entries");
        return tensor.ElementType == ElementType.Float32 ? tensor.ToFloats() : throw node.UnsupportedType(tensor.ElementType);
    }
}
