using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>Trilu: the upper or lower triangle.</summary>
internal sealed class Trilu() : OnnxOperator("Trilu")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        if (x.Rank < 2) throw node.Invalid($"{x} is no matrix");
        AttributeList attributes = new AttributeList().Add("upper", node.Int("upper", 1), 1);
        if (node.Optional(1) is { Dimensions: null, Count: 1, Type: ElementType.Int32 or ElementType.Int64 } given)
        {
            node.Return(node.Builder.Emit("Trilu", [x, given], attributes, x.Type, x.Shape, node.OutputName()));
            return;
        }
        int k = node.Optional(1) is null ? 0 : node.Numbers(1, "its diagonal") is [int only] ? only : throw node.Invalid("its diagonal is not one number");
        node.Return(node.Builder.Unary("Trilu", x, attributes.Add("k", k, 0), node.OutputName()));
    }
}
