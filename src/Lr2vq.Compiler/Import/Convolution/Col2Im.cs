using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Col2Im: blocks of known lengths become an image.</summary>
internal sealed class Col2Im() : OnnxOperator("Col2Im")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        Dimension[] image = node.Sizes(1, "the shape of its image");
        if (node.ShapeOfData(image.Length + 2, 2) is { } declared)
        {
            OfData(node, x, image, declared);
            return;
        }
        int[] block = node.Numbers(2, "the shape of its blocks"), ones = [.. block.Select(_ => 1)], zeros = new int[2 * block.Length];
        int[] strides = node.Ints("strides") ?? ones, dilations = node.Ints("dilations") ?? ones, pads = node.Ints("pads") ?? zeros;
        if (x.Rank != 3 || block.Length == 0 || image.Length != block.Length || strides.Length != block.Length || dilations.Length != block.Length || pads.Length != zeros.Length)
            throw node.Invalid($"its attributes and shapes do not fit {x}");
        if (block.Concat(strides).Concat(dilations).Any(number => number < 1) || pads.Any(pad => pad < 0)) throw node.Invalid("a length, stride or dilation is below 1, or a pad below 0");
        Dimension channels = Dimension.FloorDivide(x.Shape[1], block.Aggregate(1L, (product, length) => checked(product * length)));
        AttributeList attributes = new AttributeList().Add("kernel_shape", block).Add("strides", strides, ones).Add("pads", pads, zeros).Add("dilations", dilations, ones);
        node.Return(node.Builder.Emit("Col2Im", [x], attributes, ElementType.Float32, [x.Shape[0], channels, .. image], node.OutputName()));
    }

    /// <summary>The lengths of a block are data.</summary>
    private static void OfData(NodeContext node, Value x, Dimension[] image, Dimension[] declared)
    {
        int axes = image.Length;
        if (!declared[2..].SequenceEqual(image)) throw node.Invalid("the shape of its image is not the declared one");
        int[] ones = [.. Enumerable.Repeat(1, axes)];
        AttributeList attributes = new AttributeList().Add("strides", node.Ints("strides") ?? ones).Add("pads", node.Ints("pads") ?? new int[2 * axes]).Add("dilations", node.Ints("dilations") ?? ones);
        node.Return(node.Builder.Emit("Col2Im", [x, node.Indices(2)], attributes, ElementType.Float32, declared, node.OutputName()));
    }
}
