using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>ConvTranspose of 1-D, 2-D and 3-D signals.</summary>
internal sealed class ConvTranspose() : OnnxOperator("ConvTranspose")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), weight = node.Floats(1);
        int spatial = Window.Spatial(node, x);
        int[] kernel = Window.Kernel(node, weight, spatial);
        int group = node.Int("group", 1);
        if (group < 1 || weight.Shape[0].Value % group != 0) throw node.Invalid($"{weight.Shape[0]} input channels cannot be divided into {group} groups");
        if (!NodeContext.Unify(x.Shape[1], weight.Shape[0]))
            throw node.Invalid($"the input has {x.Shape[1]} channels where the weight wants {weight.Shape[0]}");
        if (!x.Shape[1].IsConstant) throw node.Unsupported($"an input of {x.Shape[1]} channels");
        Dimension channels = weight.Shape[1] * group;
        int[] strides = Window.Each(node, "strides", spatial, 1), dilations = Window.Each(node, "dilations", spatial, 1);
        int[] extra = Window.Each(node, "output_padding", spatial, 0);
        string autoPad = node.Text("auto_pad", "NOTSET");
        int[]? given = node.Ints("pads"), wanted = node.Ints("output_shape");
        if (wanted is not null) wanted = wanted[^Math.Min(spatial, wanted.Length)..];
        Dimension[] lengths = Window.Lengths(x, spatial), outputs = new Dimension[kernel.Length];
        int axes = kernel.Length;
        int[] pads = new int[2 * axes];
        for (int i = 0; i < axes; i++)
        {
            Dimension full = (lengths[i] - 1) * strides[i] + (extra[i] + (kernel[i] - 1) * dilations[i] + 1);
            int source = i - (axes - spatial);
            if (source < 0) (pads[i], pads[i + axes]) = (0, 0);
            else if (wanted is not null || autoPad is "SAME_UPPER" or "SAME_LOWER")
            {
                Dimension total = full - (wanted is not null ? Dimension.Of(wanted[source]) : lengths[i] * strides[i]);
                if (!total.IsConstant) throw node.Unsupported("an output shape that does not follow from the input's");
                int sum = (int)Math.Max(0, total.Value), half = sum / 2;
                pads[i] = autoPad == "SAME_UPPER" ? half : sum - half;
                pads[i + axes] = sum - pads[i];
                if (total.Value < 0) full += -total.Value;
            }
            else if (given is not null && autoPad is "NOTSET") (pads[i], pads[i + axes]) = Window.PadPair(node, given, source, spatial);
            outputs[i] = full - (pads[i] + pads[i + axes]);
        }
        if (pads.Any(pad => pad < 0)) throw node.Unsupported("negative padding");
        if (outputs.Any(o => o.IsConstant && o.Value < 1)) throw node.Invalid("its output is empty");
        int[] ones = [.. kernel.Select(_ => 1)];
        AttributeList attributes = new AttributeList().Add("strides", strides, ones).Add("pads", pads, new int[2 * axes]).Add("dilations", dilations, ones).Add("group", group, 1);
        Value? bias = Conv.Bias(node, channels);
        Dimension[] shape = [x.Shape[0], channels, .. outputs];
        if (spatial == 3)
        {
            // The depth of the kernel belongs to the output channels of the weight.
            weight = node.Builder.Reshape(weight, [weight.Shape[0], weight.Shape[1] * kernel[0], kernel[1], kernel[2]]);
            node.Return(node.Builder.Emit("ConvTranspose3D", [x, weight, bias], attributes.Add("kernel_depth", kernel[0], 1), ElementType.Float32, shape, node.OutputName()));
            return;
        }
        Value y = node.Builder.Emit("ConvTranspose", [Window.Lift(node, x, spatial), weight, bias], attributes, ElementType.Float32, shape, spatial == 2 ? node.OutputName() : null);
        node.Return(Window.Drop(node, y, spatial, node.OutputName()));
    }
}
