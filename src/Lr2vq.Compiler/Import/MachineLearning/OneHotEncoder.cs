using System;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>OneHotEncoder of numbers: 1 at the place of the category, along a new last axis.</summary>
internal sealed class OneHotEncoder() : MachineLearningOperator("OneHotEncoder")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        long[] categories = node.Attribute("cats_int64s")?.Ints ?? [];
        if (categories.Length == 0) throw node.Unsupported("categories that are texts");
        // Else a category that is not known ends the run.
        if (node.Int("zeros", 1) == 0) throw node.Unsupported("an error for unknown categories (zeros=0)");
        Value x = builder.Cast(node[0], ElementType.Int64);
        node.FloatType = ElementType.Float32;
        Value same = builder.Binary("Equal", builder.Reshape(x, [.. x.Shape, Dimension.One]), builder.Constant(ConstantTensor.Of([categories.Length], categories), "categories"), ElementType.Bool);
        node.Return(builder.Cast(same, ElementType.Float32, node.OutputName()));
    }
}
