using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>RoiAlign; before opset 16 corners are not shifted by half a pixel.</summary>
internal sealed class RoiAlign() : OnnxOperator("RoiAlign")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), regions = node.Floats(1), images = node.Indices(2);
        if (x.Rank != 4 || regions.Rank != 2 || images.Rank != 1 || !Shapes.MayBeEqual(regions.Shape[1], 4) || !Shapes.MayBeEqual(regions.Shape[0], images.Shape[0]))
            throw node.Invalid($"{x}, {regions} and {images} do not fit");
        int height = node.Int("output_height", 1), width = node.Int("output_width", 1), samples = node.Int("sampling_ratio", 0);
        if (height < 1 || width < 1 || samples < 0) throw node.Invalid("the size of its output is below 1");
        bool half = node.Opset >= 16 && node.Choice("coordinate_transformation_mode", "half_pixel", "half_pixel", "output_half_pixel") == "half_pixel";
        AttributeList attributes = new AttributeList().Add("mode", node.Choice("mode", "avg", "avg", "max"), "avg").Add("spatial_scale", node.Float("spatial_scale", 1f), 1f)
            .Add("sampling_ratio", samples, 0).Flag("half_pixel", half);
        node.Return(node.Builder.Emit("RoiAlign", [x, regions, images], attributes, ElementType.Float32, [regions.Shape[0], x.Shape[1], height, width], node.OutputName()));
    }
}
