using Lr2vq.Graphs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>DequantizeLinear of what QuantizeLinear made with the same scale and zero point rounds floats to a grid: one step on floats, in every layout.</summary>
internal sealed class FuseRounding : RewriteRule
{
    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator != "DequantizeLinear" || Patterns.Maker(node.Inputs[0], "QuantizeLinear") is not { } quantize) return null;
        // Floats of 4 and 8 bits are no grid.
        if (ElementTypes.IsNarrow(quantize.Output.Type)) return null;
        if (node.Inputs[1]!.Scalar is not { } scale || quantize.Inputs[1]!.Scalar != scale) return null;
        if (ZeroPoint(node) is not { } zero || ZeroPoint(quantize) != zero) return null;
        var range = new QuantizedRange(quantize.Output.Type, zero);
        RecognizeHardSwish.Replace(graph, node, "RoundToGrid", quantize.Inputs[0]!, new AttributeList().Add("scale", scale).Add("low", range.Low).Add("high", range.High));
        return $"{node.Name} takes back what {quantize.Name} quantized";
    }

    /// <summary>The only zero point; null if there are several, or it is not known.</summary>
    private static int? ZeroPoint(Node node) => node.Input(2) is not { } zero ? 0 : zero is { Constant: not null, Dimensions: [var only] } ? (int)only.Value : null;
}
