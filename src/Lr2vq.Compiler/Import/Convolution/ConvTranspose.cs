using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>ConvTranspose of 1-D and 2-D signals.</summary>
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
        int[] strides = Window.Two(node, "strides", spatial, 1), dilations = Window.Two(node, "dilations", spatial, 1);
        int[] extra = Window.Two(node, "output_padding", spatial, 0);
        string autoPad = node.Text("auto_pad", "NOTSET");
        int[]? given = node.Ints("pads"), wanted = node.Ints("output_shape");
        if (wanted is not null) wanted = wanted[^Math.Min(spatial, wanted.Length)..];
        Dimension[] lengths = Window.Lengths(x, spatial), outputs = new Dimension[2];
        var pads = new int[4];
        for (int i = 0; i < 2; i++)
        {
            Dimension full = (lengths[i] - 1) * strides[i] + (extra[i] + (kernel[i] - 1) * dilations[i] + 1);
            int source = i - (2 - spatial);
            if (source < 0) (pads[i], pads[i + 2]) = (0, 0);
            else if (wanted is not null || autoPad is "SAME_UPPER" or "SAME_LOWER")
            {
                Dimension total = full - (wanted is not null ? Dimension.Of(wanted[source]) : lengths[i] * strides[i]);
                if (!total.IsConstant) throw node.Unsupported("an output shape that does not follow from the input's");
                int sum = (int)Math.Max(0, total.Value), half = sum / 2;
                pads[i] = autoPad == "SAME_UPPER" ? half : sum - half;
                pads[i + 2] = sum - pads[i];
                if (total.Value < 0) full += -total.Value;
            }
            else if (given is not null && autoPad is "NOTSET") (pads[i], pads[i + 2]) = Window.PadPair(node, given, source, spatial);
            outputs[i] = full - (pads[i] + pads[i + 2]);
        }
        if (pads.Any(pad => pad < 0)) throw node.Unsupported("negative padding");
        if (outputs.Any(o => o.IsConstant && o.Value < 1)) throw node.Invalid("its output is empty");
        AttributeList attributes = new AttributeList().Add("strides", strides, [1, 1]).Add("pads", pads, [0, 0, 0, 0])
            .Add("dilations", dilations, [1, 1]).Add("group", group, 1);
        Value y = node.Builder.Emit("ConvTranspose", [Window.Lift(node, x, spatial), weight, Conv.Bias(node, channels)], attributes,
            ElementType.Float32, [x.Shape[0], channels, .. outputs], spatial == 2 ? node.OutputName() : null);
        node.Return(Window.Drop(node, y, spatial, node.OutputName()));
    }
}
