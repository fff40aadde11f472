using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>QLinearConcat: every operand is quantized with the scale of the result first.</summary>
internal sealed class QLinearConcat() : MicrosoftOperator("QLinearConcat")
{
    public override void Import(NodeContext node)
    {
        if (node.InputCount < 5 || (node.InputCount - 2) % 3 != 0) throw node.Invalid($"it has {node.InputCount} inputs");
        if (node[1].Type is not (ElementType.UInt8 or ElementType.Int8)) throw node.UnsupportedType(node[1].Type);
        Value scale = QuantizationParameters.Scale(node, 0), zero = QuantizationParameters.ZeroPoint(node, 1, node[1].Type);
        var parts = new Value[(node.InputCount - 2) / 3];
        int axis = node.Axis(node.Attribute("axis")?.Int ?? throw node.Invalid("the attribute axis is missing"), node[2].Rank);
        for (int i = 0; i < parts.Length; i++)
        {
            Value x = QuantizationParameters.Bytes(node, 2 + 3 * i);
            bool fits = x.Rank == node[2].Rank && x.Type == zero.Type && Enumerable.Range(0, x.Rank).All(d => d == axis || Shapes.MayBeEqual(x.Shape[d], node[2].Shape[d]));
            if (!fits) throw node.Invalid($"{x} does not fit {node[2]}");
            Value floats = QuantizationParameters.Dequantize(node, x, QuantizationParameters.Scale(node, 3 + 3 * i), QuantizationParameters.ZeroPoint(node, 4 + 3 * i, x.Type));
            parts[i] = QuantizationParameters.Quantize(node, floats, scale, zero, null);
        }
        node.Return(node.Builder.Concat(parts, axis));
    }
}
