using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>MaxRoiPool: regions that name their image.</summary>
internal sealed class MaxRoiPool() : OnnxOperator("MaxRoiPool")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), regions = node.Floats(1);
        if (x.Rank != 4 || regions.Rank != 2 || !Shapes.MayBeEqual(regions.Shape[1], 5)) throw node.Invalid($"{x} and {regions} do not fit");
        if (node.Ints("pooled_shape") is not [>= 1 and var height, >= 1 and var width]) throw node.Invalid("pooled_shape is missing or below 1");
        AttributeList attributes = new AttributeList().Add("spatial_scale", node.Float("spatial_scale", 1f), 1f);
        node.Return(node.Builder.Emit("MaxRoiPool", [x, regions], attributes, ElementType.Float32, [regions.Shape[0], x.Shape[1], height, width], node.OutputName()));
    }
}
