using System.Linq;
using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>TreeEnsembleClassifier, as ONNX Runtime understands it: leaves of two classes may all speak of one of them.</summary>
internal sealed class TreeEnsembleClassifier() : MachineLearningOperator("TreeEnsembleClassifier")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = Scores.Rows(node);
        var trees = new TreeEnsembleLists(node, "class");
        int classes = Scores.Classes(node);
        if (classes < 2) throw node.Unsupported("a single class");
        float[] start = node.Attribute("base_values")?.Floats ?? [];
        int[] ids = [.. trees.Given.SelectMany(leaf => leaf.Given).Select(given => given.Target).Distinct()];
        if (classes == 2 && ids is [0])
        {
            if (start.Length > 1) throw node.Unsupported("a base value for each of two classes whose leaves speak of one");
            Value score = trees.Emit(x, 1, "sum");
            if (start.Length == 1) score = builder.Binary("Add", score, builder.Scalar(start[0], "start"));
            bool areShares = trees.Given.SelectMany(leaf => leaf.Given).All(given => given.Weight >= 0);
            Scores.Return(node, Scores.Above(node, score, areShares ? 0.5f : 0f), Scores.OfTwo(node, score, areShares, node.OutputName(1)));
            return;
        }
        // A class that no leaf speaks of for a row is none for ONNX Runtime, whatever its base value.
        if (Enumerable.Range(0, classes).Any(id => !trees.AlwaysGive(id))) throw node.Unsupported("leaves that leave out classes");
        if (classes == 2 && start.Length > 0) throw node.Unsupported("base values of two classes");
        Value scores = trees.Emit(x, classes, "sum");
        if (start.Length > 0)
        {
            if (start.Length != classes) throw node.Invalid("its base values are not one for each class");
            scores = builder.Binary("Add", scores, builder.Constant(ConstantTensor.Of([classes], start), "start"));
        }
        Value number = classes > 2 ? Scores.Largest(node, scores) : Scores.Above(node, builder.Slice(scores, 1, 1, 1), 0f);
        Scores.Return(node, number, Scores.Transformed(node, scores, node.OutputName(1)));
    }
}
