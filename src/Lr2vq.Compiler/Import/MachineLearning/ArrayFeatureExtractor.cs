using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>ArrayFeatureExtractor: some entries of the last axis.</summary>
internal sealed class ArrayFeatureExtractor() : MachineLearningOperator("ArrayFeatureExtractor")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0], indices = node.Indices(1);
        if (x.Rank == 0) throw node.Invalid($"{x} has no axis");
        Dimension count = Shapes.Product(indices.Shape);
        indices = node.Builder.Reshape(indices, [count]);
        if (x.Rank == 1) x = node.Builder.Reshape(x, [Dimension.One, x.Shape[0]]);
        node.Return(node.Builder.Emit("Gather", [x, indices], new AttributeList().Add("axis", x.Rank - 1), x.Type, [.. x.Shape[..^1], count], node.OutputName()));
    }
}
