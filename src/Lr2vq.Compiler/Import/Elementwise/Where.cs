using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Where: chooses between two operands.</summary>
internal sealed class Where() : OnnxOperator("Where")
{
    public override void Import(NodeContext node)
    {
        Value condition = node[0], a = node[1], b = node[2];
        if (condition.Type != ElementType.Bool || a.Type != b.Type) throw node.Invalid("its operands have the wrong types");
        Dimension[]? shape = Shapes.Broadcast(a.Shape, b.Shape);
        shape = shape is null ? null : Shapes.Broadcast(condition.Shape, shape);
        if (shape is null) throw node.Invalid("the shapes of its operands do not fit");
        node.Return(node.Builder.Emit("Where", [condition, a, b], StepAttributes.Empty, a.Type, shape, node.OutputName()));
    }
}
