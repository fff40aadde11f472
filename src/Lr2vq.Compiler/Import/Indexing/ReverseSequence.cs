using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>ReverseSequence: the first steps in time of each sequence are turned round, as many as it is long.</summary>
internal sealed class ReverseSequence() : OnnxOperator("ReverseSequence")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = node[0], lengths = node.Indices(1);
        if (x.Rank < 2) throw node.Invalid($"{x} does not have two dimensions");
        int batch = node.Axis(node.Int("batch_axis", 1), x.Rank), time = node.Axis(node.Int("time_axis", 0), x.Rank);
        if (batch == time || lengths.Rank != 1 || !Shapes.MayBeEqual(lengths.Shape[0], x.Shape[batch])) throw node.Invalid($"{lengths} and its axes do not fit {x}");
        int[] order = [batch, time, .. Enumerable.Range(0, x.Rank).Where(axis => axis != batch && axis != time)];
        Value sequences = builder.Transpose(x, order);
        (Dimension count, Dimension steps) = (sequences.Shape[0], sequences.Shape[1]);
        Value place = builder.Range(Dimension.Zero, Dimension.One, steps, lengths.Type), length = builder.Reshape(lengths, [count, 1]);
        Value last = builder.Binary("Sub", length, builder.Constant(ConstantTensor.Of(lengths.Type, [], [1L])!, "one"));
        Value turned = builder.Emit("Where", [builder.Binary("Less", place, length, ElementType.Bool), builder.Binary("Sub", last, place), place], StepAttributes.Empty, lengths.Type, [count, steps]);
        Value y = builder.Emit("GatherND", [sequences, builder.Reshape(turned, [count, steps, 1])], new AttributeList().Add("batch_dims", 1, 0), x.Type, sequences.Shape);
        node.Return(builder.Transpose(y, [.. Enumerable.Range(0, x.Rank).Select(axis => Array.IndexOf(order, axis))], node.OutputName()));
    }
}
