using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Arithmetic of two operands that broadcast.</summary>
internal sealed class Arithmetic() : OnnxOperator("Add", "Sub", "Mul", "Div", "BitwiseAnd", "BitwiseOr", "BitwiseXor")
{
    public override void Import(NodeContext node) => Emit(node, node[0], node[1], new AttributeList());

    /// <summary>The step of the same name, for two operands of one type.</summary>
    internal static void Emit(NodeContext node, Value a, Value b, AttributeList attributes)
    {
        if (a.Type != b.Type) throw node.Invalid($"its operands have the types {ElementTypes.Word(a.Type)} and {ElementTypes.Word(b.Type)}");
        GraphBuilder builder = node.Builder;
        ElementType type = a.Type;
        (a, b) = (Widening.Of(node, a), Widening.Of(node, b));
        Dimension[] shape = Shapes.Broadcast(a.Shape, b.Shape) ?? throw node.Invalid($"the shapes of {a} and {b} do not fit");
        if (a.Type == type) node.Return(builder.Emit(node.OpType, [a, b], attributes, type, shape, node.OutputName()));
        // Cutting off high bits gives what the narrow type would.
        else node.Return(builder.Cast(builder.Emit(node.OpType, [a, b], attributes, a.Type, shape, node.OutputName() + "/wide"), type));
    }
}
