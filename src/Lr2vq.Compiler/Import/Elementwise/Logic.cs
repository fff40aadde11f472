using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>And, Or, Xor of bools.</summary>
internal sealed class Logic() : OnnxOperator("And", "Or", "Xor")
{
    public override void Import(NodeContext node)
    {
        Value a = node[0], b = node[1];
        if (a.Type != ElementType.Bool || b.Type != ElementType.Bool) throw node.Invalid("its operands are not bool");
        Dimension[] shape = Shapes.Broadcast(a.Shape, b.Shape) ?? throw node.Invalid($"the shapes of {a} and {b} do not fit");
        node.Return(node.Builder.Emit(node.OpType, [a, b], StepAttributes.Empty, ElementType.Bool, shape, node.OutputName()));
    }
}
