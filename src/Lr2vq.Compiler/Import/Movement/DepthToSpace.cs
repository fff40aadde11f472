using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>DepthToSpace: channels become blocks of an image.</summary>
internal sealed class DepthToSpace() : OnnxOperator("DepthToSpace")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int block = node.Int("blocksize", 0);
        if (x.Rank != 4 || block < 1) throw node.Invalid("its input or block size does not fit");
        Dimension[] shape = [x.Shape[0], Dimension.FloorDivide(x.Shape[1], (long)block * block), x.Shape[2] * block, x.Shape[3] * block];
        if (!Shapes.MayBeEqual(Shapes.Product(shape), Shapes.Product(x.Shape))) throw node.Invalid($"{x} cannot be divided into blocks of {block}");
        AttributeList attributes = new AttributeList().Add("blocksize", block).Add("mode", node.Choice("mode", "DCR", "DCR", "CRD"), "DCR");
        node.Return(node.Builder.Emit("DepthToSpace", [x], attributes, x.Type, shape, node.OutputName()));
    }
}
