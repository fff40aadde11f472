using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Range whose bounds are known as expressions.</summary>
internal sealed class Range() : OnnxOperator("Range")
{
    public override void Import(NodeContext node)
    {
        Value first = node[0];
        if ((first.IsFloat || first.Type is ElementType.Int32 or ElementType.Int64) && node.ShapeOfData(1, 0, 1, 2) is { } declared)
        {
            node.Return(node.Builder.Emit("Range", [first, node[1], node[2]], StepAttributes.Empty, first.Type, declared, node.OutputName()));
            return;
        }
        if (first.IsFloat) Floats(node);
        else if (first.Type is ElementType.Int32 or ElementType.Int64) Integers(node, first.Type);
        else throw node.UnsupportedType(first.Type);
    }

    private static void Integers(NodeContext node, ElementType type)
    {
        Dimension start = Only(node, node.Sizes(0, "its start")), limit = Only(node, node.Sizes(1, "its limit")), delta = Only(node, node.Sizes(2, "its step"));
        if (delta.Equals(Dimension.Zero)) throw node.Invalid("its step is 0");
        Dimension up = Steps(limit - start, delta), down = Steps(start - limit, delta * -1);
        node.Return(node.Builder.Range(start, delta, delta.LowerBound() > 0 ? up : delta.UpperBound() < 0 ? down : Dimension.Choose(delta, up, down), type, node.OutputName()));
    }

    private static void Floats(NodeContext node)
    {
        if (node[0].Scalar is { } from && node[1].Scalar is { } to && node[2].Scalar is { } step)
        {
            double count = Math.Ceiling((double)(to - from) / step);
            if (double.IsNaN(count) || count > 1 << 24) throw node.Invalid("its bounds make no sense");
            float[] values = [.. Enumerable.Range(0, (int)Math.Max(0, count)).Select(i => from + i * step)];
            node.Return(Value.Of(node.OutputName() ?? "", ConstantTensor.Of([values.Length], values)));
            return;
        }
        Real start = Known(node, 0, "its start"), limit = Known(node, 1, "its limit"), delta = Known(node, 2, "its step");
        Dimension length = Dimension.Max(Dimension.Truncate(Real.Of(RealOperation.Steps, Real.Of(RealOperation.Subtract, limit, start), delta)), 0);
        GraphBuilder builder = node.Builder;
        if (start.Exact is { Denominator: 1 } whole && delta.Exact is { Denominator: 1 } step1)
        {
            node.Return(builder.Cast(builder.Range(whole.Numerator, step1.Numerator, length, ElementType.Int64), ElementType.Float32, node.OutputName()));
            return;
        }
        Value index = builder.Cast(builder.Range(Dimension.Zero, Dimension.One, length, ElementType.Int64), ElementType.Float32);
        node.Return(builder.Binary("Add", builder.Binary("Mul", index, builder.Reshape(node[2], [])), builder.Reshape(node[0], []), output: node.OutputName()));
    }

    private static Dimension Steps(Dimension way, Dimension delta) => Dimension.Max(Dimension.CeilingDivide(way, delta), 0);

    private static T Only<T>(NodeContext node, T[] values) => values is [{ } only] ? only : throw node.Invalid("a bound is not one number");

    private static Real Known(NodeContext node, int input, string what) => Only(node, node[input].Reals ?? throw node.DataDependent(what, node[input]));
}
