using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Not of bools.</summary>
internal sealed class Not() : OnnxOperator("Not")
{
    public override void Import(NodeContext node)
    {
        if (node[0].Type != ElementType.Bool) throw node.Invalid("its operand is not bool");
        node.Return(node.Builder.Unary("Not", node[0], output: node.OutputName()));
    }
}
