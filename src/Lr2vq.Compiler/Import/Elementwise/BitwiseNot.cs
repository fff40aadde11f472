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
        // The low bits are those of the narrow type, and i64 has all bits of u64.
        Value wide = x.Type == ElementType.UInt64 ? node.Builder.Cast(x, ElementType.Int64) : Widening.Of(node, x);
        bool widened = wide.Type != x.Type;
        node.Return(node.Builder.Cast(node.Builder.Unary("BitwiseNot", wide, output: widened ? null : node.OutputName()), x.Type, node.OutputName()));
    }
}
