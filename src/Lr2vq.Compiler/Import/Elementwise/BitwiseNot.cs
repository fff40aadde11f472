using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>BitwiseNot of integers.</summary>
internal sealed class BitwiseNot() : OnnxOperator("BitwiseNot")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        if (x.IsFloat || x.Type == ElementType.Bool) throw node.UnsupportedType(x.Type);
        node.Return(node.Builder.Unary("BitwiseNot", x, output: node.OutputName()));
    }
}
