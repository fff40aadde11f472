using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>LRN: each element by those of neighbouring channels.</summary>
internal sealed class LRN() : OnnxOperator("LRN")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        int size = node.Int("size", 0);
        if (x.Rank < 3 || size < 1) throw node.Invalid("its size or input does not fit");
        AttributeList attributes = new AttributeList().Add("alpha", node.Float("alpha", 1e-4f)).Add("beta", node.Float("beta", 0.75f))
            .Add("bias", node.Float("bias", 1f)).Add("size", size);
        node.Return(node.Builder.Unary("LRN", x, attributes, node.OutputName()));
    }
}
