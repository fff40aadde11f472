using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Split into given lengths, or equal ones.</summary>
internal sealed class Split() : OnnxOperator("Split")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int axis = node.Axis(node.Int("axis", 0), x.Rank), count = node.OutputCount;
        Dimension length = x.Shape[axis];
        Dimension[] sizes;
        if (node.Opset < 13 ? node.Ints("split") is { Length: > 0 } : node.Optional(1) is not null)
            sizes = node.Opset < 13 ? [.. node.Ints("split")!.Select(size => Dimension.Of(size))] : node.Sizes(1, "its lengths");
        else
        {
            // The last part is shorter if they cannot be equal (since opset 18).
            Dimension part = Dimension.CeilingDivide(length, count);
            sizes = [.. Enumerable.Range(0, count).Select(i => i < count - 1 ? part : length - part * (count - 1))];
        }
        if (sizes.Length != count || !Shapes.MayBeEqual(sizes.Aggregate(Dimension.Zero, (sum, size) => sum + size), length))
            throw node.Invalid($"its parts do not make up the {length} elements of axis {axis}");
        if (count == 1)
        {
            node.Return(x);
            return;
        }
        Value[] parts = [.. sizes.Select((size, i) => new Value(node.OutputName(i) ?? x.Name + "/" + i, x.Type,
            [.. x.Shape.Select((d, a) => a == axis ? size : d)]))];
        node.Return(node.Builder.Emit("Split", [x], new AttributeList().Add("axis", axis), parts));
    }
}
