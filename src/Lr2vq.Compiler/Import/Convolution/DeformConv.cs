using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>DeformConv: what the taps read, at places that are data, become channels of a pointwise convolution.</summary>
internal sealed class DeformConv() : OnnxOperator("DeformConv")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = node.Floats(0), weight = node.Floats(1), offsets = node.Floats(2);
        Value? mask = node.Optional(4) is null ? null : node.Floats(4);
        if (x.Rank != 4) throw node.Unsupported($"an input of {x.Rank} dimensions (4 are supported)");
        int[] kernel = Window.Kernel(node, weight, 2);
        int group = Conv.Groups(node, x, weight), parts = node.Int("offset_group", 1), taps = kernel[0] * kernel[1];
        if (parts < 1 || x.Shape[1].Value % parts != 0) throw node.Invalid($"{x.Shape[1]} channels cannot be divided into {parts} groups of offsets");
        var window = new Window(node, x, kernel);
        if (window.IsPadded) throw node.Unsupported("auto_pad of a symbolic length");
        void Fits(Value value, int numbers)
        {
            Dimension[] wanted = [x.Shape[0], parts * taps * numbers, .. window.Outputs];
            if (value.Rank != 4 || wanted.Where((length, axis) => !NodeContext.Unify(value.Shape[axis], length)).Any()) throw node.Invalid($"{value} does not fit the output [{string.Join(",", window.Outputs.AsEnumerable())}]");
        }
        Fits(offsets, 2);
        if (mask is not null) Fits(mask, 1);
        AttributeList attributes = new AttributeList().Add("kernel_shape", kernel).Add("strides", window.Strides, [1, 1]).Add("pads", window.Pads, [0, 0, 0, 0])
            .Add("dilations", window.Dilations, [1, 1]).Add("offset_group", parts, 1);
        Value columns = builder.Emit("DeformColumns", [x, offsets, mask], attributes, ElementType.Float32, [x.Shape[0], x.Shape[1] * taps, .. window.Outputs]);
        Value pointwise = builder.Reshape(weight, [weight.Shape[0], weight.Shape[1] * taps, 1, 1]);
        Value? bias = Conv.Bias(node, weight.Shape[0], input: 3);
        node.Return(builder.Emit("Conv", [columns, pointwise, bias], new AttributeList().Add("group", group, 1), ElementType.Float32, [x.Shape[0], weight.Shape[0], .. window.Outputs], node.OutputName()));
    }
}
