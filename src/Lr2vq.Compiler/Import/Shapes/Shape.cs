using System;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Shape: numbers and expressions that are known without running.</summary>
internal sealed class Shape() : OnnxOperator("Shape")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        Dimension[] shape = node[0].Shape;
        int Clamped(int end) => Math.Clamp(end < 0 ? end + shape.Length : end, 0, shape.Length);
        int start = Clamped(node.Int("start", 0)), end = Clamped(node.Int("end", shape.Length));
        shape = start < end ? shape[start..end] : [];
        node.Return(node.Builder.Emit("DimensionValues", [], new AttributeList().Add("values", shape), ElementType.Int64, [shape.Length], node.OutputName()));
    }
}
