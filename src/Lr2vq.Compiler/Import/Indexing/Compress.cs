using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Compress. With a condition that is known it picks entries as Gather does.</summary>
internal sealed class Compress() : OnnxOperator("Compress")
{
    private const int MostKnown = 1 << 16;

    public override void Import(NodeContext node)
    {
        Value x = node[0], condition = node[1];
        if (condition.Type != ElementType.Bool || condition.Rank != 1) throw node.Invalid("its condition is not a row of bool");
        int? axis = node.Has("axis") ? node.Axis(node.Int("axis", 0), x.Rank) : null;
        if (condition.Constant is { Count: <= MostKnown } known)
        {
            Value from = axis is null ? node.Builder.Reshape(x, [Shapes.Product(x.Shape)]) : x;
            Dimension length = from.Shape[axis ?? 0];
            long[] picked = [.. known.ToInt64s().Select((value, i) => (value, i)).Where(pair => pair.value != 0).Select(pair => (long)pair.i)];
            if (length.IsConstant) picked = [.. picked.Where(index => index < length.Value)];
            // Of an axis whose length is not known, entries must be there.
            if (length.IsConstant || picked.Length == 0 || picked[^1] == 0)
            {
                Value indices = node.Builder.Constant(ConstantTensor.Of([picked.Length], picked), "indices");
                Dimension[] taken = [.. from.Shape];
                taken[axis ?? 0] = picked.Length;
                node.Return(node.Builder.Emit("Gather", [from, indices], new AttributeList().Add("axis", axis ?? 0), x.Type, taken, node.OutputName()));
                return;
            }
        }
        Dimension[] shape = axis is null ? [Shapes.Product(x.Shape)] : [.. x.Shape];
        AttributeList attributes = axis is { } along ? new AttributeList().Add("axis", along) : [];
        Dimension bound = Dimension.Min(shape[axis ?? 0], condition.Shape[0]);
        node.Return(node.Builder.Find("Compress", [x, condition], attributes, bound, size =>
        {
            Dimension[] taken = [.. shape];
            taken[axis ?? 0] = size;
            return [new Value(node.OutputName() ?? "", x.Type, taken)];
        }));
    }
}
