using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Pad: amounts and value as attributes before opset 11, as inputs since.</summary>
internal sealed class Pad() : OnnxOperator("Pad")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        Value x = node[0];
        string mode = node.Text("mode", "constant");
        if (mode is not ("constant" or "reflect" or "edge" or "wrap")) throw node.Unsupported($"mode '{mode}'");
        if (node.Opset >= 11 && node.ShapeOfData(x.Rank, 1, 3) is { } declared)
        {
            Value? border = mode == "constant" && node.Optional(2) is { } filled && filled.Dimensions is not [] ? filled : null, named = node.Opset >= 18 && node.Optional(3) is not null ? node.Indices(3) : null;
            node.Return(node.Builder.Emit("Pad", [x, border, node.Indices(1), named], new AttributeList().Add("mode", mode, "constant"), x.Type, declared, node.OutputName()));
            return;
        }
        Dimension[] given = node.Opset < 11 ? [.. (node.Ints("pads") ?? []).Select(pad => Dimension.Of(pad))] : node.Sizes(1, "its pads");
        int[] axes = node.Opset >= 18 && node.Optional(3) is not null
            ? [.. node.Numbers(3, "its axes").Select(axis => node.Axis(axis, x.Rank))]
            : [.. Enumerable.Range(0, x.Rank)];
        if (given.Length != 2 * axes.Length) throw node.Invalid($"its pads do not fit {x}");
        Dimension[] pads = [.. Enumerable.Repeat(Dimension.Zero, 2 * x.Rank)];
        for (int i = 0; i < axes.Length; i++) (pads[axes[i]], pads[axes[i] + x.Rank]) = (given[i], given[i + axes.Length]);
        if (pads.All(pad => pad.Equals(Dimension.Zero)))
        {
            node.Return(x);
            return;
        }
        Dimension[] shape = [.. x.Shape.Select((length, axis) => length + pads[axis] + pads[axis + x.Rank])];
        if (shape.Any(length => length.IsConstant && length.Value < 0)) throw node.Invalid("it removes more than there is");
        AttributeList attributes = new AttributeList().Add("pads", pads).Add("mode", mode, "constant");
        Value? value = null;
        if (mode == "constant")
            if (node.Opset < 11) attributes.Add("value", node.Float("value", 0f), 0f);
            else if (node.Optional(2) is { } fill)
                if (fill.Scalar is { } number && x.IsFloat) attributes.Add("value", number, 0f);
                else value = !ElementTypes.IsNarrowFloat(x.Type) && fill.Dimensions is [{ IsConstant: true, Value: 0 }] ? null : fill;
        // It has no zero.
        if (x.Type == ElementType.Float8E8M0 && mode == "constant" && value is null) throw node.Invalid("it lacks the number to fill with");
        node.Return(node.Builder.Emit("Pad", [x, value], attributes, x.Type, shape, node.OutputName()));
    }
}
