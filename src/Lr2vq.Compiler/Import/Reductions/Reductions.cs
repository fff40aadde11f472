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
        // The largest of truth values is whether one is true.
        x = type == ElementType.Bool && node.OpType is "ReduceMax" or "ReduceMin" ? node.Builder.Cast(x, ElementType.Int32) : Widening.Of(node, x);
        int since = node.OpType == "ReduceSum" ? 13 : 18;
        bool keep = node.Int("keepdims", 1) != 0;
        if (node.Opset >= since && node.Optional(1) is { Count: { } count and > 0 } && node.ShapeOfData(keep ? x.Rank : x.Rank - NodeContext.Narrow(count), 1) is { } declared)
        {
            Value made = node.Builder.Emit(node.OpType, [x, node.Indices(1)], StepAttributes.Empty, x.Type, declared, x.Type == type ? node.OutputName() : null);
            node.Return(node.Builder.Cast(made, type, node.OutputName()));
            return;
        }
        int[]? given = node.AttributeOrInput("axes", 1, since);
        bool all = given is null or { Length: 0 };
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
