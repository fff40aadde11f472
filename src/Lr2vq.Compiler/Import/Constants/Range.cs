using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Range of integers whose bounds are known as expressions, or of constant floats.</summary>
internal sealed class Range() : OnnxOperator("Range")
{
    public override void Import(NodeContext node)
    {
        Value first = node[0];
        if (first.IsFloat)
        {
            if (node[0].Scalar is not { } start || node[1].Scalar is not { } limit || node[2].Scalar is not { } delta) throw node.DataDependent("its bounds");
            double count = Math.Ceiling(((double)limit - start) / delta);
            if (double.IsNaN(count) || count > 1 << 24) throw node.Invalid("its bounds make no sense");
            float[] values = [.. Enumerable.Range(0, (int)Math.Max(0, count)).Select(i => start + i * delta)];
            node.Return(Value.Of(node.OutputName() ?? "", ConstantTensor.Of([values.Length], values)));
            return;
        }
        if (first.Type is not (ElementType.Int32 or ElementType.Int64)) throw node.UnsupportedType(first.Type);
        Dimension from = node.Sizes(0, "its start")[0], to = node.Sizes(1, "its limit")[0], step = node.Sizes(2, "its step")[0];
        if (!step.IsConstant || step.Value == 0) throw node.Unsupported("a step that is 0 or no number");
        Dimension length = step.Value > 0 ? Dimension.CeilingDivide(to - from, step) : Dimension.CeilingDivide(from - to, -step.Value);
        AttributeList attributes = new AttributeList().Add("start", [from]).Add("delta", [step]);
        node.Return(node.Builder.Emit("Range", [], attributes, first.Type, [Dimension.Max(length, 0)], node.OutputName()));
    }
}
