using System;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>What the convolutions of bytes have in common.</summary>
internal static class QuantizedConvolution
{
    /// <param name="node">Where strides, pads, dilations and groups are.</param>
    /// <param name="op">The step.</param>
    /// <param name="x">The input.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="zero">Zero point of the input, which borders hold; null for 0.</param>
    /// <param name="type">The type of the result.</param>
    /// <param name="operands">The operands of the step for an input that has two axes and, where that is a step of its own, borders.</param>
    public static Value Emit(NodeContext node, string op, Value x, Value weight, Value? zero, ElementType type, Func<Value, Value?[]> operands)
    {
        int spatial = Window.Spatial(node, x, most: 2);
        int[] kernel = Window.Kernel(node, weight, spatial);
        int group = Conv.Groups(node, x, weight);
        var window = new Window(node, x, kernel, fillValue: zero);
        Value y = node.Builder.Emit(op, operands(window.Input), Conv.Attributes(window, group), type, [window.Input.Shape[0], weight.Shape[0], .. window.Outputs],
            spatial == 2 ? node.OutputName() : null);
        return Window.Drop(node, y, spatial, node.OutputName());
    }
}
