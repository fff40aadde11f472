using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Reductions over axes: an attribute at first, an input since opset 18 (ReduceSum: 13).</summary>
internal sealed class Reduction() : OnnxOperator("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
    "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        bool integers = node.OpType is "ReduceSum" or "ReduceMax" or "ReduceMin" or "ReduceProd" && x.Type is ElementType.Int32 or ElementType.Int64;
        if (!x.IsFloat && !integers) throw node.UnsupportedType(x.Type);
        int[]? given = node.AttributeOrInput("axes", 1, node.OpType == "ReduceSum" ? 13 : 18);
        if (given is null or { Length: 0 } && node.Int("noop_with_empty_axes", 0) != 0)
        {
            node.Return(x);
            return;
        }
        int[] axes = given is null or { Length: 0 } ? [.. Enumerable.Range(0, x.Rank)] : node.Axes(given, x.Rank);
        bool keep = node.Int("keepdims", 1) != 0;
        if (axes.Length == 0)
        {
            // A scalar has nothing to reduce, but squares and logarithms are still taken: over an axis of length 1.
            x = node.Builder.Reshape(x, [Dimension.One]);
            axes = [0];
            keep = false;
        }
        Dimension[] shape = keep
            ? [.. x.Shape.Select((length, axis) => axes.Contains(axis) ? Dimension.One : length)]
            : [.. x.Shape.Where((_, axis) => !axes.Contains(axis))];
        node.Return(node.Builder.Emit(node.OpType, [x], new AttributeList().Add("axes", axes), x.Type, shape, node.OutputName()));
    }
}

/// <summary>ArgMax and ArgMin.</summary>
internal sealed class ArgExtreme() : OnnxOperator("ArgMax", "ArgMin")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int axis = node.Axis(node.Int("axis", 0), x.Rank);
        if (!x.IsFloat && x.Type is not (ElementType.Int32 or ElementType.Int64)) throw node.UnsupportedType(x.Type);
        Dimension[] shape = node.Int("keepdims", 1) != 0
            ? [.. x.Shape.Select((length, i) => i == axis ? Dimension.One : length)]
            : [.. x.Shape.Where((_, i) => i != axis)];
        AttributeList attributes = new AttributeList().Add("axis", axis).Add("select_last_index", node.Int("select_last_index", 0), 0);
        node.Return(node.Builder.Emit(node.OpType, [x], attributes, ElementType.Int64, shape, node.OutputName()));
    }
}

/// <summary>CumSum along a constant axis.</summary>
internal sealed class CumulativeSum() : OnnxOperator("CumSum")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int axis = node.Axis(node.Numbers(1, "its axis") is [int only] ? only : throw node.Invalid("its axis is not one number"), x.Rank);
        if (!x.IsFloat && x.Type is not (ElementType.Int32 or ElementType.Int64)) throw node.UnsupportedType(x.Type);
        AttributeList attributes = new AttributeList().Add("axis", axis).Flag("exclusive", node.Int("exclusive", 0) != 0)
            .Flag("reverse", node.Int("reverse", 0) != 0);
        node.Return(node.Builder.Unary("CumSum", x, attributes, node.OutputName()));
    }
}

/// <summary>TopK: k is an attribute before opset 10, an input since.</summary>
internal sealed class TopK() : OnnxOperator("TopK")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        if (!x.IsFloat && x.Type is not (ElementType.Int32 or ElementType.Int64)) throw node.UnsupportedType(x.Type);
        int axis = node.Axis(node.Int("axis", -1), x.Rank);
        Dimension k = node.Opset < 10 ? node.Int("k", 0) : node.Sizes(1, "k") is [{ } only] ? only : throw node.Invalid("k is not one number");
        if (k.IsConstant && (k.Value < 0 || x.Shape[axis].IsConstant && k.Value > x.Shape[axis].Value)) throw node.Invalid($"k is {k}, the axis has {x.Shape[axis]} elements");
        Dimension[] shape = [.. x.Shape.Select((length, i) => i == axis ? k : length)];
        AttributeList attributes = new AttributeList().Add("axis", axis).Add("largest", node.Int("largest", 1), 1).Add("sorted", node.Int("sorted", 1), 1);
        string name = node.Builder.Graph.Name;
        node.Return(node.Builder.Emit("TopK", [x], attributes,
            [new Value(node.OutputName() ?? name, x.Type, shape), new Value(node.OutputName(1) ?? name, ElementType.Int64, shape)]));
    }
}

/// <summary>Softmax, LogSoftmax and Hardmax: over one axis since opset 13, over that axis and all after it before.</summary>
internal sealed class Softmax() : OnnxOperator("Softmax", "LogSoftmax", "Hardmax")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        int axis = node.Axis(node.Int("axis", node.Opset < 13 ? 1 : -1), x.Rank);
        GraphBuilder builder = node.Builder;
        bool flatten = node.Opset < 13 && x.Shape[(axis + 1)..].Any(length => !length.Equals(Dimension.One));
        if (!flatten)
        {
            node.Return(builder.Unary(node.OpType, x, new AttributeList().Add("axis", axis), node.OutputName()));
            return;
        }
        Value rows = builder.Reshape(x, [Shapes.Product(x.Shape[..axis]), Shapes.Product(x.Shape[axis..])]);
        rows = builder.Unary(node.OpType, rows, new AttributeList().Add("axis", 1));
        node.Return(builder.Reshape(rows, x.Shape, node.OutputName()));
    }
}
