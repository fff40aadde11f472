using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>LinearClassifier.</summary>
internal sealed class LinearClassifier() : MachineLearningOperator("LinearClassifier")
{
    public override void Import(NodeContext node)
    {
        Value x = Scores.Rows(node);
        int classes = Scores.Classes(node), rows = node.Attribute("intercepts")?.Floats.Length ?? classes;
        if (rows == 0) rows = classes;
        Value scores = LinearRegressor.Product(node, x, rows);
        if (rows == 1)
        {
            if (classes != 2) throw node.Unsupported($"one score for {classes} classes");
            Scores.Return(node, Scores.Above(node, scores, 0f), Scores.OfTwo(node, scores, areShares: false, node.OutputName(1)));
            return;
        }
        if (rows != classes) throw node.Invalid($"it has {rows} scores for {classes} classes");
        Scores.Return(node, Scores.Largest(node, scores), Scores.Transformed(node, scores, node.OutputName(1)));
    }
}
