using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>GridSample of images and volumes; opset 20 gave the modes other names, and com.microsoft has the older ones.</summary>
internal sealed class GridSample() : OnnxOperator("GridSample")
{
    public override bool IsMicrosoft => true;

    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), grid = node.Floats(1);
        if (x.Rank is not (4 or 5)) throw node.Unsupported($"an input of {x.Rank} dimensions (4 and 5 are supported)");
        if (grid.Rank != x.Rank || !Shapes.MayBeEqual(grid.Shape[0], x.Shape[0]) || !Shapes.MayBeEqual(grid.Shape[^1], x.Rank - 2)) throw node.Invalid($"{grid} does not fit {x}");
        string mode = node.Choice("mode", "linear", "linear", "bilinear", "nearest", "cubic", "bicubic");
        if (mode.StartsWith("bi", System.StringComparison.Ordinal)) mode = mode[2..];
        AttributeList attributes = new AttributeList().Add("mode", mode, "linear").Add("padding_mode", node.Choice("padding_mode", "zeros", "zeros", "border", "reflection"), "zeros")
            .Flag("align_corners", node.Int("align_corners", 0) != 0);
        node.Return(node.Builder.Emit("GridSample", [x, grid], attributes, ElementType.Float32, [x.Shape[0], x.Shape[1], .. grid.Shape[1..^1]], node.OutputName()));
    }
}
