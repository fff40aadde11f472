namespace Lr2vq.Import;

/// <summary>BitwiseNot of integers.</summary>
internal sealed class BitwiseNot() : OnnxOperator("BitwiseNot")
{
    public override void Import(NodeContext node) => node.Return(node.Builder.Unary("BitwiseNot", node[0], output: node.OutputName()));
}
