using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Det: determinants of the last two axes.</summary>
internal sealed class Det() : OnnxOperator("Det")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        if (x.Rank < 2 || !Shapes.MayBeEqual(x.Shape[^1], x.Shape[^2])) throw node.Invalid($"{x} holds no square matrices");
        node.Return(node.Builder.Emit("Det", [x], StepAttributes.Empty, x.Type, x.Shape[..^2], node.OutputName()));
    }
}
