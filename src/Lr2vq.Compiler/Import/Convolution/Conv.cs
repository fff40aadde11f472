using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Conv of 1-D, 2-D and 3-D signals; 1-D ones get height 1.</summary>
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
        if (spatial == 3) return Volume(node, window, kernel, weight, bias, group, output);
        Value y = node.Builder.Emit("Conv", [padded, weight, bias], Attributes(window, group), ElementType.Float32,
            [padded.Shape[0], channels, .. window.Outputs], spatial == 2 ? output : null);
        return Window.Drop(node, y, spatial, output);
    }

    /// <summary>A convolution over three axes. The depth of its kernel belongs to the input channels of its weight, [O, I·Kd, Kh, Kw]. Where nothing but the depth is convolved,
    /// the planes are rows of an image.</summary>
    private static Value Volume(NodeContext node, Window window, int[] kernel, Value weight, Value? bias, int group, string? output)
    {
        GraphBuilder builder = node.Builder;
        Value x = window.Input;
        Dimension channels = weight.Shape[0], depth = weight.Shape[1] * kernel[0];
        Dimension[] shape = [x.Shape[0], channels, .. window.Outputs];
        if (kernel[1] * kernel[2] > 1 || window.Strides[1] * window.Strides[2] > 1 || new[] { 1, 2, 4, 5 }.Any(i => window.Pads[i] > 0))
        {
            AttributeList all = new AttributeList().Add("kernel_depth", kernel[0], 1).Add("strides", window.Strides, [1, 1, 1]).Add("pads", window.Pads, [0, 0, 0, 0, 0, 0])
                .Add("dilations", window.Dilations, [1, 1, 1]).Add("group", group, 1);
            return builder.Emit("Conv3D", [x, builder.Reshape(weight, [channels, depth, kernel[1], kernel[2]]), bias], all, ElementType.Float32, shape, output);
        }
        AttributeList attributes = new AttributeList().Add("strides", [window.Strides[0], 1], [1, 1]).Add("pads", [window.Pads[0], 0, window.Pads[3], 0], [0, 0, 0, 0])
            .Add("dilations", [window.Dilations[0], 1], [1, 1]).Add("group", group, 1);
        Value image = builder.Reshape(x, [x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3] * x.Shape[4]]);
        Value y = builder.Emit("Conv", [image, builder.Reshape(weight, [channels, weight.Shape[1], kernel[0], 1]), bias], attributes, ElementType.Float32,
            [shape[0], channels, shape[2], shape[3] * shape[4]]);
        return builder.Reshape(y, shape, output);
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

    /// <summary>A bias for each output channel.</summary>
    internal static Value? Bias(NodeContext node, Dimension channels, int input = 2)
    {
        if (node.Optional(input) is null) return null;
        Value bias = node.Floats(input);
        if (bias.Rank != 1 || !NodeContext.Unify(bias.Shape[0], channels)) throw node.Invalid($"the bias {bias} does not fit {channels} output channels");
        return bias;
    }
}
