using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Reductions over axes: an attribute at first, an input since opset 18 (ReduceSum: 13).</summary>
internal sealed class Reductions() : OnnxOperator("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
    "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        if (!x.IsFloat && node.OpType is "ReduceL2" or "ReduceLogSum" or "ReduceLogSumExp") throw node.UnsupportedType(x.Type);
        ElementType type = x.Type;
        x = Widening.Of(node, x);
        int[]? given = node.AttributeOrInput("axes", 1, node.OpType == "ReduceSum" ? 13 : 18);
        bool all = given is null or { Length: 0 }, keep = node.Int("keepdims", 1) != 0;
        int[] axes = !all ? node.Axes(given!, x.Rank) : node.Int("noop_with_empty_axes", 0) != 0 ? [] : [.. Enumerable.Range(0, x.Rank)];
        if (axes.Length == 0)
        {
            // Nothing to reduce, but squares and logarithms are still taken: over an axis of length 1.
            axes = [x.Rank];
            x = node.Builder.Reshape(x, [.. x.Shape, Dimension.One]);
            keep = false;
        }
        Dimension[] shape = keep
            ? [.. x.Shape.Select((length, axis) => axes.Contains(axis) ? Dimension.One : length)]
            : [.. x.Shape.Where((_, axis) => !axes.Contains(axis))];
        string? output = x.Type == type ? node.OutputName() : null;
        node.Return(node.Builder.Cast(node.Builder.Emit(node.OpType, [x], new AttributeList().Add("axes", axes), x.Type, shape, output), type, node.OutputName()));
    }
}
