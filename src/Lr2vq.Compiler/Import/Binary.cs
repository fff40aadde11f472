using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Arithmetic of two operands that broadcast.</summary>
internal sealed class Arithmetic() : OnnxOperator("Add", "Sub", "Mul", "Div", "Pow", "Mod", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor")
{
    public override void Import(NodeContext node)
    {
        Value a = node[0], b = node[1];
        GraphBuilder builder = node.Builder;
        // Pow alone may mix types: the exponent follows the base.
        if (node.OpType == "Pow") b = builder.Cast(b, a.Type);
        if (a.Type != b.Type) throw node.Invalid($"its operands have the types {ElementTypes.Word(a.Type)} and {ElementTypes.Word(b.Type)}");
        ElementType type = a.Type;
        (a, b) = (Widening.Of(node, a), Widening.Of(node, b));
        var attributes = new AttributeList();
        if (node.OpType == "Mod") attributes.Flag("fmod", node.Int("fmod", 0) != 0);
        if (node.OpType == "BitShift") attributes.Add("direction", node.Text("direction", "").ToLowerInvariant());
        Dimension[] shape = Shapes.Broadcast(a.Shape, b.Shape) ?? throw node.Invalid($"the shapes of {a} and {b} do not fit");
        if (a.Type == type) node.Return(builder.Emit(node.OpType, [a, b], attributes, type, shape, node.OutputName()));
        // Cutting off high bits gives what the narrow type would.
        else node.Return(builder.Cast(builder.Emit(node.OpType, [a, b], attributes, a.Type, shape, node.OutputName() + "/wide"), type));
    }
}

/// <summary>Integers that the run time does not compute with become i64, which holds all of them.</summary>
internal static class Widening
{
    public static Value Of(NodeContext node, Value x) => x.Type switch
    {
        ElementType.Int8 or ElementType.Int16 or ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 => node.Builder.Cast(x, ElementType.Int64),
        _ when x.IsFloat || x.Type is ElementType.Int32 or ElementType.Int64 => x,
        _ => throw node.UnsupportedType(x.Type),
    };
}

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

/// <summary>Sum, Min, Max and Mean of any number of operands: pairs, from the first.</summary>
internal sealed class Variadic() : OnnxOperator("Sum", "Min", "Max", "Mean")
{
    public override void Import(NodeContext node)
    {
        string op = node.OpType is "Sum" or "Mean" ? "Add" : node.OpType;
        Value result = node[0];
        if (!result.IsFloat && result.Type is not (ElementType.Int32 or ElementType.Int64)) throw node.UnsupportedType(result.Type);
        for (int i = 1; i < node.InputCount; i++)
        {
            Value next = node[i];
            if (next.Type != result.Type) throw node.Invalid("its operands have different types");
            bool last = i == node.InputCount - 1 && node.OpType != "Mean";
            if (Shapes.Broadcast(result.Shape, next.Shape) is null) throw node.Invalid($"the shapes of {result} and {next} do not fit");
            result = node.Builder.Binary(op, result, next, output: last ? node.OutputName() : null);
        }
        if (node.OpType == "Mean" && node.InputCount > 1)
        {
            if (!result.IsFloat) throw node.UnsupportedType(result.Type);
            result = node.Builder.Binary("Mul", result, node.Builder.Scalar(1f / node.InputCount), output: node.OutputName());
        }
        node.Return(result);
    }
}

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

/// <summary>PRelu: a slope that broadcasts to the operand.</summary>
internal sealed class PRelu() : OnnxOperator("PRelu")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), slope = node.Floats(1);
        // Before broadcasting was written down, a slope of C elements was one for each channel.
        if (slope.Rank == 1 && x.Rank > 2 && slope.Count is > 1 && !slope.Shape[0].Equals(x.Shape[^1]) && slope.Shape[0].Equals(x.Shape[1]))
            slope = node.Builder.Reshape(slope, [slope.Shape[0], .. System.Linq.Enumerable.Repeat(Dimension.One, x.Rank - 2)]);
        if (Shapes.Broadcast(x.Shape, slope.Shape) is not { } shape || shape.Length != x.Rank) throw node.Invalid($"the slope {slope} does not fit {x}");
        node.Return(node.Builder.Emit("PRelu", [x, slope], StepAttributes.Empty, x.Type, x.Shape, node.OutputName()));
    }
}
