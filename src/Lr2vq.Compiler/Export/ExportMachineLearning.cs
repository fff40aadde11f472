using System;
using System.Linq;
using Lr2vq.Import;
using Lr2vq.Onnx;

namespace Lr2vq.Export;

/// <summary>Decision trees and encoders of labels, in operators of ai.onnx.ml whose tables are attributes.</summary>
internal static class ExportMachineLearning
{
    private static readonly string[] s_modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];

    /// <summary>True if the step was one of these.</summary>
    public static bool TryExport(ExportStep step)
    {
        switch (step.Operator)
        {
            case "TreeEnsemble": Trees(step); return true;
            case "LabelEncoder": Labels(step); return true;
            default: return false;
        }
    }

    private static void Trees(ExportStep step)
    {
        int[] roots = step.Values<int>(1), features = step.Values<int>(3), next = step.Values<int>(5), targets = step.Values<int>(6);
        byte[] modes = step.Values<byte>(2);
        float[] thresholds = step.Values<float>(4), weights = step.Values<float>(7);
        int[] treeOf = new int[modes.Length], leafOf = new int[targets.Length];
        for (int node = 0, tree = -1; node < modes.Length; node++)
        {
            // Trees come one after the other.
            if (Array.IndexOf(roots, node) >= 0) tree++;
            treeOf[node] = tree;
            if (modes[node] != Operators.TreeEnsemble.Leaf) continue;
            for (int entry = next[2 * node]; entry < next[2 * node] + next[2 * node + 1]; entry++) leafOf[entry] = node;
        }
        string join = step.Attributes.Text("join", "sum").ToUpperInvariant();
        OnnxAttribute[] attributes =
        [
            Integers("nodes_treeids", modes.Length, i => treeOf[i]), Integers("nodes_nodeids", modes.Length, i => i), Integers("nodes_featureids", modes.Length, i => features[i]), OnnxAttribute.Of("nodes_values", thresholds),
            Integers("nodes_truenodeids", modes.Length, i => IsLeaf(i) ? 0 : next[2 * i]), Integers("nodes_falsenodeids", modes.Length, i => IsLeaf(i) ? 0 : next[2 * i + 1]),
            Integers("nodes_missing_value_tracks_true", modes.Length, i => !IsLeaf(i) && (modes[i] & Operators.TreeEnsemble.AlsoNaN) != 0 ? 1 : 0),
            OnnxAttribute.Of("nodes_modes", [.. modes.Select((mode, i) => IsLeaf(i) ? "LEAF" : s_modes[mode & 7])]),
            Integers("target_treeids", targets.Length, i => treeOf[leafOf[i]]), Integers("target_nodeids", targets.Length, i => leafOf[i]), Integers("target_ids", targets.Length, i => targets[i]), OnnxAttribute.Of("target_weights", weights),
            OnnxAttribute.Of("n_targets", step.Outputs[0].Shape[1].Value), OnnxAttribute.Of("aggregate_function", join),
        ];
        step.Builder.NodeOf(MachineLearningOperator.Domain, 3, "TreeEnsembleRegressor", [step[0]], attributes, step.Output());

        bool IsLeaf(int node) => modes[node] == Operators.TreeEnsemble.Leaf;
    }

    private static void Labels(ExportStep step)
    {
        bool floatKeys = step.Weight(1)!.Type == ElementType.Float32, floatValues = step.Weight(2)!.Type == ElementType.Float32;
        OnnxAttribute keys, values, other;
        if (floatKeys) keys = OnnxAttribute.Of("keys_floats", step.Values<float>(1));
        else keys = OnnxAttribute.Of("keys_int64s", step.Values<long>(1));
        if (floatValues)
        {
            float[] all = step.Values<float>(2);
            (values, other) = (OnnxAttribute.Of("values_floats", all[..^1]), OnnxAttribute.Of("default_float", all[^1]));
        }
        else
        {
            long[] all = step.Values<long>(2);
            (values, other) = (OnnxAttribute.Of("values_int64s", all[..^1]), OnnxAttribute.Of("default_int64", all[^1]));
        }
        step.Builder.NodeOf(MachineLearningOperator.Domain, 3, "LabelEncoder", [step[0]], [keys, values, other], step.Output());
    }

    private static OnnxAttribute Integers(string name, int count, Func<int, int> value) => OnnxAttribute.Of(name, [.. Enumerable.Range(0, count).Select(i => (long)value(i))]);
}
