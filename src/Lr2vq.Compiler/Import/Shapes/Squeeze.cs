using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Squeeze: axes are an attribute before opset 13, an input since; without them, all of length 1.</summary>
internal sealed class Squeeze() : OnnxOperator("Squeeze")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int[] drop = node.AttributeOrInput("axes", 1, 13) is { } given
            ? node.Axes(given, x.Rank)
            : [.. Enumerable.Range(0, x.Rank).Where(axis => IsOne(node, x.Shape[axis]))];
        foreach (int axis in drop)
            if (!Shapes.MayBeEqual(x.Shape[axis], 1)) throw node.Invalid($"axis {axis} of {x} is not 1");
        node.Return(node.Builder.Reshape(x, [.. x.Shape.Where((_, axis) => !drop.Contains(axis))], node.OutputName()));
    }

    /// <summary>A dimension whose length decides the rank must be known.</summary>
    private static bool IsOne(NodeContext node, Dimension length)
    {
        if (length.IsConstant) return length.Value == 1;
        return length.LowerBound() > 1 ? false : throw node.UnknownRank(length);
    }
}
