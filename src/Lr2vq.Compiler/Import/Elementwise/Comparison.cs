using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Comparisons: bool results.</summary>
internal sealed class Comparison() : OnnxOperator("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual")
{
    public override void Import(NodeContext node)
    {
        Value a = node[0], b = node[1];
        if (a.Type != b.Type) throw node.Invalid($"its operands have the types {ElementTypes.Word(a.Type)} and {ElementTypes.Word(b.Type)}");
        if (a.Type != ElementType.Bool || node.OpType != "Equal") (a, b) = (Widening.Of(node, a), Widening.Of(node, b));
        Dimension[] shape = Shapes.Broadcast(a.Shape, b.Shape) ?? throw node.Invalid($"the shapes of {a} and {b} do not fit");
        node.Return(node.Builder.Emit(node.OpType, [a, b], StepAttributes.Empty, ElementType.Bool, shape, node.OutputName()));
    }
}
