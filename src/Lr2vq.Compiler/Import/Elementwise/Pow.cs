using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Pow: alone may mix types; the result has that of the base.</summary>
internal sealed class Pow() : OnnxOperator("Pow")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value a = node[0], b = node[1];
        if (a.IsFloat || a.Type == b.Type) Arithmetic.Emit(node, a, builder.Cast(b, a.Type), new AttributeList());
        else
        {
            // Powers of whole numbers to whole numbers are exact; others are those of f64, as ONNX Runtime has them.
            ElementType type = b.IsFloat && !IsWhole(b) ? ElementType.Float64 : ElementType.Int64;
            _ = Widening.Of(node, a);
            if (!b.IsFloat) _ = Widening.Of(node, b);
            node.Return(builder.Cast(builder.Binary("Pow", builder.Cast(a, type), builder.Cast(b, type)), a.Type, node.OutputName()));
        }
    }

    private static bool IsWhole(Value exponent) =>
        exponent.Constant is { Count: <= Value.LongestElements } constant && constant.ToFloats().All(e => e is >= 0 and <= int.MaxValue && MathF.Floor(e) == e);
}
