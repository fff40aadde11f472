using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Softmax, LogSoftmax and Hardmax: over one axis since opset 13, over that axis and all after it before.</summary>
internal sealed class Softmax() : OnnxOperator("Softmax", "LogSoftmax", "Hardmax")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        int axis = node.Axis(node.Int("axis", node.Opset < 13 ? 1 : -1), x.Rank);
        GraphBuilder builder = node.Builder;
        bool flatten = node.Opset < 13 && x.Shape[(axis + 1)..].Any(length => !length.Equals(Dimension.One));
        if (!flatten)
        {
            node.Return(builder.Unary(node.OpType, x, new AttributeList().Add("axis", axis), node.OutputName()));
            return;
        }
        Value rows = builder.Reshape(x, [Shapes.Product(x.Shape[..axis]), Shapes.Product(x.Shape[axis..])]);
        rows = builder.Unary(node.OpType, rows, new AttributeList().Add("axis", 1));
        node.Return(builder.Reshape(rows, x.Shape, node.OutputName()));
    }
}
