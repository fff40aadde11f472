using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Slice: bounds as attributes before opset 10, as inputs since; they may be expressions.</summary>
internal sealed class Slice() : OnnxOperator("Slice")
{
    /// <summary>Exporters write "to the end" as some huge number.</summary>
    private const long Endless = int.MaxValue / 2;

    public override void Import(NodeContext node)
    {
        Value x = node[0];
        if (node.Opset >= 10 && node.ShapeOfData(x.Rank, 1, 2, 3, 4) is { } declared)
        {
            node.Return(node.Builder.Emit("Slice", [x, node.Indices(1), node.Indices(2), .. Enumerable.Range(3, 2).Select(i => node.Optional(i) is null ? null : node.Indices(i))], StepAttributes.Empty, x.Type, declared, node.OutputName()));
            return;
        }
        Dimension[] starts, ends;
        int[]? axes, steps = null;
        if (node.Opset < 10)
        {
            starts = [.. (node.Ints("starts") ?? []).Select(bound => Dimension.Of(bound))];
            ends = [.. (node.Ints("ends") ?? []).Select(bound => Dimension.Of(bound))];
            axes = node.Ints("axes");
        }
        else
        {
            (starts, ends) = (node.Sizes(1, "its starts"), node.Sizes(2, "its ends"));
            axes = node.Optional(3) is null ? null : node.Numbers(3, "its axes");
            steps = node.Optional(4) is null ? null : node.Numbers(4, "its steps");
        }
        axes = [.. (axes ?? [.. Enumerable.Range(0, starts.Length)]).Select(axis => node.Axis(axis, x.Rank))];
        steps ??= [.. axes.Select(_ => 1)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length || axes.Distinct().Count() != axes.Length)
            throw node.Invalid("starts, ends, axes and steps do not fit");
        Dimension[] shape = [.. x.Shape];
        var kept = new List<(int Axis, Dimension Start, int Step)>();
        for (int i = 0; i < axes.Length; i++)
        {
            Dimension length = x.Shape[axes[i]];
            int step = steps[i] != 0 ? steps[i] : throw node.Invalid("a step is 0");
            (Dimension start, Dimension count) = Resolve(starts[i], ends[i], length, step);
            shape[axes[i]] = count;
            if (!start.Equals(Dimension.Zero) || step != 1 || !count.Equals(length)) kept.Add((axes[i], start, step));
        }
        if (kept.Count == 0)
        {
            node.Return(x);
            return;
        }
        kept.Sort((a, b) => a.Axis - b.Axis);
        AttributeList attributes = new AttributeList().Add("axes", kept.Select(k => k.Axis)).Add("starts", kept.Select(k => k.Start))
            .Add("steps", kept.Select(k => k.Step), kept.Select(_ => 1));
        node.Return(node.Builder.Emit("Slice", [x], attributes, x.Type, shape, node.OutputName()));
    }

    private static (Dimension Start, Dimension Count) Resolve(Dimension start, Dimension end, Dimension length, int step)
    {
        if (step > 0)
        {
            (start, end) = (Bound(start, length, 0, length), Bound(end, length, 0, length));
            return (start, Dimension.Max(Dimension.CeilingDivide(end - start, step), 0));
        }
        (start, end) = (Bound(start, length, 0, length - 1), Bound(end, length, -1, length - 1));
        return (start, Dimension.Max(Dimension.CeilingDivide(start - end, -(long)step), 0));
    }

    /// <summary>A bound counted from the start, between two limits.</summary>
    private static Dimension Bound(Dimension bound, Dimension length, Dimension least, Dimension most)
    {
        if (bound.IsConstant)
        {
            if (bound.Value >= Endless) return most;
            if (bound.Value <= -Endless) return least;
            if (bound.Value < 0) bound = length + bound;
        }
        else bound = Dimension.Choose(bound * -1, length + bound, bound);
        return Dimension.Min(Dimension.Max(bound, least), most);
    }
}
