using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>SpaceToDepth: blocks of an image become channels.</summary>
internal sealed class SpaceToDepth() : OnnxOperator("SpaceToDepth")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int block = node.Int("blocksize", 0);
        if (x.Rank != 4 || block < 1) throw node.Invalid("its input or block size does not fit");
        Dimension[] shape = [x.Shape[0], x.Shape[1] * (block * block), Dimension.FloorDivide(x.Shape[2], block), Dimension.FloorDivide(x.Shape[3], block)];
        if (!Shapes.MayBeEqual(Shapes.Product(shape), Shapes.Product(x.Shape))) throw node.Invalid($"{x} cannot be divided into blocks of {block}");
        node.Return(node.Builder.Emit("SpaceToDepth", [x], new AttributeList().Add("blocksize", block), x.Type, shape, node.OutputName()));
    }
}
