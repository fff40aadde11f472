using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Softmax, LogSoftmax and Hardmax: over one axis since opset 13, over that axis and all after it before.</summary>
internal sealed class Softmax() : OnnxOperator("Softmax", "LogSoftmax", "Hardmax")
{
    public override void Import(NodeContext node) => node.Return(Emit(node, node.OpType, node.Floats(0), node.Opset, node.OutputName()));

    /// <summary>The function of floats, with the axes that an opset gives it.</summary>
    public static Value Emit(NodeContext node, string op, Value x, int opset, string? output)
    {
        int axis = node.Axis(node.Int("axis", opset < 13 ? 1 : -1), x.Rank);
        GraphBuilder builder = node.Builder;
        bool flatten = opset < 13 && x.Shape[(axis + 1)..].Any(length => !length.Equals(Dimension.One));
        if (!flatten) return builder.Unary(op, x, new AttributeList().Add("axis", axis), output);
        Value rows = builder.Reshape(x, [Shapes.Product(x.Shape[..axis]), Shapes.Product(x.Shape[axis..])]);
        rows = builder.Unary(op, rows, new AttributeList().Add("axis", 1));
        return builder.Reshape(rows, x.Shape, output);
    }
}
