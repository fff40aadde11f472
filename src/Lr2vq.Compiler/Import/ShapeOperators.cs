using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Shape and Size: numbers and expressions that are known without running.</summary>
internal sealed class ShapeOf() : OnnxOperator("Shape", "Size")
{
    public override void Import(NodeContext node)
    {
        Dimension[] shape = node[0].Shape;
        if (node.OpType == "Size")
        {
            node.Return(node.Builder.Emit("DimensionValues", [], new AttributeList().Add("values", [Shapes.Product(shape)]), ElementType.Int64, [], node.OutputName()));
            return;
        }
        int Clamped(int end) => Math.Clamp(end < 0 ? end + shape.Length : end, 0, shape.Length);
        int start = Clamped(node.Int("start", 0)), end = Clamped(node.Int("end", shape.Length));
        shape = start < end ? shape[start..end] : [];
        node.Return(node.Builder.Emit("DimensionValues", [], new AttributeList().Add("values", shape), ElementType.Int64, [shape.Length], node.OutputName()));
    }
}

/// <summary>Reshape: 0 copies a dimension, −1 takes what is left.</summary>
internal sealed class ReshapeTo() : OnnxOperator("Reshape")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        Dimension[] wanted = [.. node.Sizes(1, "its shape")];
        bool allowZero = node.Int("allowzero", 0) != 0;
        int free = -1;
        for (int i = 0; i < wanted.Length; i++)
            if (!wanted[i].IsConstant) continue;
            else if (wanted[i].Value == 0 && !allowZero)
                wanted[i] = i < x.Rank ? x.Shape[i] : throw node.Invalid($"dimension {i} cannot be copied from {x}");
            else if (wanted[i].Value == -1 && free < 0) free = i;
            else if (wanted[i].Value < 0) throw node.Invalid("its shape has negative dimensions");
        Dimension total = Shapes.Product(x.Shape);
        if (free >= 0)
        {
            Dimension others = Shapes.Product(wanted.Where((_, i) => i != free));
            if (others.Equals(Dimension.Zero)) throw node.Invalid("its shape leaves a dimension open");
            wanted[free] = Dimension.TryDivide(total, others) ?? (total.IsConstant && others.IsConstant
                ? throw node.Invalid($"{total} elements cannot be divided into [{string.Join(",", (object[])wanted)}]")
                : Dimension.FloorDivide(total, others));
        }
        else if (!Shapes.MayBeEqual(total, Shapes.Product(wanted)))
            throw node.Invalid($"{x} cannot become [{string.Join(",", (object[])wanted)}]");
        node.Return(node.Builder.Reshape(x, wanted, node.OutputName()));
    }
}

/// <summary>Flatten to a matrix.</summary>
internal sealed class Flatten() : OnnxOperator("Flatten")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int axis = node.Int("axis", 1);
        if (axis < -x.Rank || axis > x.Rank) throw node.Invalid($"axis {axis} is outside {x}");
        if (axis < 0) axis += x.Rank;
        node.Return(node.Builder.Reshape(x, [Shapes.Product(x.Shape[..axis]), Shapes.Product(x.Shape[axis..])], node.OutputName()));
    }
}

/// <summary>Squeeze and Unsqueeze: axes are an attribute before opset 13, an input since.</summary>
internal sealed class Squeeze() : OnnxOperator("Squeeze", "Unsqueeze")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int[]? given = node.AttributeOrInput("axes", 1, 13);
        if (node.OpType == "Squeeze")
        {
            int[] drop = given is null
                ? [.. Enumerable.Range(0, x.Rank).Where(axis => x.Shape[axis].Equals(Dimension.One))]
                : node.Axes(given, x.Rank);
            foreach (int axis in drop)
                if (!Shapes.MayBeEqual(x.Shape[axis], 1)) throw node.Invalid($"axis {axis} of {x} is not 1");
            node.Return(node.Builder.Reshape(x, [.. x.Shape.Where((_, axis) => !drop.Contains(axis))], node.OutputName()));
            return;
        }
        int rank = x.Rank + (given ?? throw node.Invalid("its axes are missing")).Length;
        int[] axes = node.Axes(given, rank);
        int next = 0;
        node.Return(node.Builder.Reshape(x, [.. Enumerable.Range(0, rank).Select(axis => axes.Contains(axis) ? Dimension.One : x.Shape[next++])], node.OutputName()));
    }
}

/// <summary>What does nothing when a network runs.</summary>
internal sealed class Identity() : OnnxOperator("Identity", "Dropout")
{
    public override void Import(NodeContext node)
    {
        if (node.OpType == "Dropout" && node.Optional(2) is { } training && training.Elements is not [{ IsConstant: true, Numerator.Value: 0 }])
            throw node.Unsupported("training mode");
        node.Return(node[0]);
    }
}

/// <summary>Expand, and Tile.</summary>
internal sealed class Repetition() : OnnxOperator("Expand", "Tile")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        Dimension[] amounts = node.Sizes(1, node.OpType == "Expand" ? "its shape" : "its repeats");
        if (amounts.Any(amount => amount.IsConstant && amount.Value < 0)) throw node.Invalid("a length is negative");
        if (node.OpType == "Expand")
        {
            node.Return(node.Builder.Expand(x, Shapes.Broadcast(x.Shape, amounts) ?? throw node.Invalid($"{x} cannot become [{string.Join(",", (object[])amounts)}]"), node.OutputName()));
            return;
        }
        if (amounts.Length != x.Rank) throw node.Invalid($"its repeats do not fit {x}");
        Dimension[] shape = [.. x.Shape.Zip(amounts, (length, times) => length * times)];
        node.Return(shape.SequenceEqual(x.Shape) ? x : node.Builder.Emit("Tile", [x], StepAttributes.Empty, x.Type, shape, node.OutputName()));
    }
}
