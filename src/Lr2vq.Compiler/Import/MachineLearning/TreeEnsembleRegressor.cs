using System.Linq;
using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>TreeEnsembleRegressor.</summary>
internal sealed class TreeEnsembleRegressor() : MachineLearningOperator("TreeEnsembleRegressor")
{
    public override void Import(NodeContext node)
    {
        Value x = Scores.Rows(node);
        int targets = node.Int("n_targets", 1);
        if (targets < 1) throw node.Invalid("it has no targets");
        string join = node.Choice("aggregate_function", "SUM", "SUM", "AVERAGE", "MIN", "MAX").ToLowerInvariant();
        var trees = new TreeEnsembleLists(node, "target");
        Value y = trees.Emit(x, targets, join);
        if (node.Attribute("base_values")?.Floats is { Length: > 0 } start)
        {
            // ONNX Runtime starts no target at its base value that no leaf speaks of.
            if (targets > 1 && Enumerable.Range(0, targets).Any(target => !trees.AlwaysGive(target))) throw node.Unsupported("base values of targets that leaves leave out");
            if (start.Length != targets) throw node.Invalid("its base values are not one for each target");
            y = node.Builder.Binary("Add", y, node.Builder.Constant(ConstantTensor.Of([targets], start), "start"));
        }
        node.Return(Scores.Regressed(node, y, targets));
    }
}
