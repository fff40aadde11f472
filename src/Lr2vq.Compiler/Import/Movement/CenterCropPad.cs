using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>CenterCropPad: some axes are cut, or padded with zeros, on both ends until they have a given length.</summary>
internal sealed class CenterCropPad() : OnnxOperator("CenterCropPad")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        Dimension[] wanted = node.Sizes(1, "its shape");
        int[] axes = [.. (node.Ints("axes") ?? [.. Enumerable.Range(0, x.Rank)]).Select(axis => node.Axis(axis, x.Rank))];
        if (axes.Length != wanted.Length || axes.Distinct().Count() != axes.Length) throw node.Invalid("its shape and axes do not fit");
        Dimension[] starts = [.. Enumerable.Repeat(Dimension.Zero, x.Rank)], pads = [.. starts, .. starts], kept = [.. x.Shape], shape = [.. x.Shape];
        for (int i = 0; i < axes.Length; i++)
        {
            Dimension length = x.Shape[axes[i]], more = Dimension.Max(wanted[i] - length, 0), before = Dimension.FloorDivide(more, 2);
            starts[axes[i]] = Dimension.FloorDivide(Dimension.Max(length - wanted[i], 0), 2);
            (pads[axes[i]], pads[axes[i] + x.Rank]) = (before, more - before);
            (kept[axes[i]], shape[axes[i]]) = (Dimension.Min(length, wanted[i]), wanted[i]);
        }
        GraphBuilder builder = node.Builder;
        Value y = x;
        if (!kept.SequenceEqual(x.Shape)) y = builder.Emit("Slice", [y], new AttributeList().Add("axes", Enumerable.Range(0, x.Rank)).Add("starts", starts), x.Type, kept);
        if (!pads.All(pad => pad.Equals(Dimension.Zero))) y = builder.Emit("Pad", [y], new AttributeList().Add("pads", pads), x.Type, shape, node.OutputName());
        node.Return(y);
    }
}
