using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>IsNaN and IsInf, the latter of either sign or one.</summary>
internal sealed class IsNaN() : OnnxOperator("IsNaN", "IsInf")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        Value x = ElementTypes.IsNarrowFloat(node[0].Type) ? node.Builder.Cast(node[0], ElementType.Float32) : node.Floats(0);
        AttributeList attributes = new AttributeList().Add("detect_positive", node.Int("detect_positive", 1), 1)
            .Add("detect_negative", node.Int("detect_negative", 1), 1);
        node.Return(node.Builder.Emit(node.OpType, [x], attributes, ElementType.Bool, x.Shape, node.OutputName()));
    }
}
