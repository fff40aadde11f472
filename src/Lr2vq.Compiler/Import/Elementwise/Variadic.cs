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
