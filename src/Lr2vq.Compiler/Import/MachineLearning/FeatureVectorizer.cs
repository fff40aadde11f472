using System.Collections.Generic;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>FeatureVectorizer: the features of all inputs side by side, as floats.</summary>
internal sealed class FeatureVectorizer() : MachineLearningOperator("FeatureVectorizer")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        int[] counts = node.Ints("inputdimensions") ?? [];
        var parts = new List<Value>();
        for (int i = 0; i < node.InputCount; i++)
        {
            Value x = builder.Cast(node[i], ElementType.Float32);
            if (x.Rank == 1) x = builder.Reshape(x, [Dimension.One, x.Shape[0]]);
            if (x.Rank != 2 || i >= counts.Length || !NodeContext.Unify(x.Shape[1], counts[i])) throw node.Unsupported($"an input {x} that does not have as many features as inputdimensions says");
            if (parts.Count > 0 && !Shapes.MayBeEqual(parts[0].Shape[0], x.Shape[0])) throw node.Invalid($"{x} does not have as many rows as {parts[0]}");
            parts.Add(x);
        }
        if (parts.Count == 0) throw node.Invalid("it has no inputs");
        node.FloatType = ElementType.Float32;
        node.Return(parts.Count == 1 ? parts[0] : builder.Concat([.. parts], 1));
    }
}
