using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Sum, Min, Max and Mean of any number of operands: pairs, from the first.</summary>
internal sealed class Variadic() : OnnxOperator("Sum", "Min", "Max", "Mean")
{
    public override void Import(NodeContext node)
    {
        string op = node.OpType is "Sum" or "Mean" ? "Add" : node.OpType;
        Value result = node[0];
        ElementType type = result.Type;
        result = Widening.Of(node, result);
        for (int i = 1; i < node.InputCount; i++)
        {
            Value next = node[i];
            if (next.Type != type) throw node.Invalid("its operands have different types");
            next = Widening.Of(node, next);
            bool last = i == node.InputCount - 1 && node.OpType != "Mean" && result.Type == type;
            if (Shapes.Broadcast(result.Shape, next.Shape) is null) throw node.Invalid($"the shapes of {result} and {next} do not fit");
            result = node.Builder.Binary(op, result, next, output: last ? node.OutputName() : null);
        }
        if (node.OpType == "Mean" && node.InputCount > 1)
        {
            if (!result.IsFloat) throw node.UnsupportedType(result.Type);
            result = node.Builder.Binary("Mul", result, node.Builder.Scalar(1f / node.InputCount), output: node.OutputName());
        }
        node.Return(node.Builder.Cast(result, type, node.OutputName()));
    }
}
