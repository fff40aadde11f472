using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Conv of 1-D and 2-D signals; 1-D ones get height 1.</summary>
internal sealed class Conv() : OnnxOperator("Conv")
{
    public override void Import(NodeContext node) => node.Return(Convolve(node, node.OutputName()));

    /// <summary>The convolution of the first two inputs, and of the third where it is there.</summary>
    internal static Value Convolve(NodeContext node, string? output)
    {
        Value x = node.Floats(0), weight = node.Floats(1);
        int spatial = Window.Spatial(node, x);
        int[] kernel = Window.Kernel(node, weight, spatial);
        int group = Groups(node, x, weight);
        Dimension channels = weight.Shape[0];
        var window = new Window(node, x, kernel);
        Value padded = window.Input;
        Value? bias = Bias(node, channels);
        Value y = node.Builder.Emit("Conv", [padded, weight, bias], Attributes(window, group), ElementType.Float32,
            [padded.Shape[0], channels, .. window.Outputs], spatial == 2 ? output : null);
        return Window.Drop(node, y, spatial, output);
    }

    /// <summary>The groups of input and weight, which fit each other.</summary>
    internal static int Groups(NodeContext node, Value x, Value weight)
    {
        int group = node.Int("group", 1);
        if (group < 1 || weight.Shape[0].Value % group != 0) throw node.Invalid($"{weight.Shape[0]} output channels cannot be divided into {group} groups");
        if (!NodeContext.Unify(x.Shape[1], weight.Shape[1] * group))
            throw node.Invalid($"the input has {x.Shape[1]} channels where the weight wants {weight.Shape[1] * group}");
        return x.Shape[1].IsConstant ? group : throw node.Unsupported($"an input of {x.Shape[1]} channels");
    }

    internal static AttributeList Attributes(Window window, int group) => new AttributeList().Add("strides", window.Strides, [1, 1])
        .Add("pads", window.Pads, [0, 0, 0, 0]).Add("dilations", window.Dilations, [1, 1]).Add("group", group, 1);

    /// <summary>A bias for each output channel; constant weights only.</summary>
    internal static Value? Bias(NodeContext node, Dimension channels)
    {
        if (node.Optional(2) is not { } bias) return null;
        if (bias.Rank != 1 || !bias.Shape[0].Equals(channels)) throw node.Invalid($"the bias {bias} does not fit {channels} output channels");
        return bias.Constant is null ? throw node.Unsupported("a bias that is computed") : bias;
    }
}
